"""All figures of a scenario, by measure, and the names and units of the measures."""
import dataclasses

from .allocations import allocations
from .calls import calls, sums
from .instructions import instructions

# In this order they are printed; each is of one request, the mean of many.
MEASURES = {
    "allocations": "calls of malloc and its like",
    "octets": "octets asked of malloc",
    "receives": "system calls that receive octets",
    "sends": "system calls that send octets",
    "again": "receives that found nothing (EAGAIN)",
    "epoll_wait": "system calls that wait for events",
    "epoll_ctl": "system calls that change what is waited for",
    "wakeups": "futex calls, and reads and writes of an eventfd: one thread wakes another",
    "other": "all other system calls",
    "instructions": "instructions in user space",
}


@dataclasses.dataclass(frozen=True)
class Figures:
    """What one request of a scenario costs: {measure: figure}, and {call: number} behind the sums."""

    by_measure: dict
    by_call: dict


def figures(tools, scenario, upstream):
    """Counts everything for the scenario."""
    by_call = calls(tools, scenario, upstream)
    found = {**allocations(tools, scenario, upstream), **sums(by_call),
             "instructions": instructions(tools, scenario, upstream)}
    return Figures({measure: found[measure] for measure in MEASURES}, by_call)


def text(figure):
    """A figure as it is printed: whole numbers from 1000 on, else two decimals."""
    return f"{figure:,.0f}" if figure >= 1000 else f"{figure:.2f}"


def lines(scenario, found):
    """The figures of a scenario for people, line by line."""
    yield f"{scenario.name}: {scenario.about}"
    yield "  " + "   ".join(f"{measure} {text(figure)}"
                            for measure, figure in found.by_measure.items())
    frequent = sorted((item for item in found.by_call.items() if item[1] >= 0.01),
                      key=lambda item: -item[1])
    yield "  calls: " + ", ".join(f"{call} {number:.2f}" for call, number in frequent)
