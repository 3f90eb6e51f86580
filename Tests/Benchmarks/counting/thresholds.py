"""Bounds of what one request may cost, by scenario and measure, and how figures compare with them.

thresholds.json holds for each the bound and the figure it was set from. A bound leaves a margin: enough
for what differs from run to run, too little for one more allocation or system call a request.
"""
import dataclasses
import json

from .figures import text

# measure: (part of the figure, absolute), both added to the figure.
MARGINS = {
    "allocations": (0.0, 0.5),
    "octets": (0.05, 64),
    "receives": (0.05, 0.05),
    "sends": (0.05, 0.05),
    "again": (0.05, 0.05),
    "epoll_wait": (0.05, 0.05),
    "epoll_ctl": (0.05, 0.05),
    "wakeups": (0.05, 0.05),
    "other": (0.05, 0.25),
    "instructions": (0.10, 0),
}
# Added to that where the figure depends on how many events happen to be found at once.
SLACK = {
    ("forwarded-64", "allocations"): 1.5,
    ("forwarded-64", "epoll_wait"): 0.3,
    ("forwarded-64", "epoll_ctl"): 0.2,
    ("new-connection", "epoll_wait"): 1,
}
TIGHT = 0.75  # of the bound; a figure below could have a tighter one


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A figure beside its bound; None where there is no such figure or no such bound."""

    scenario: str
    measure: str
    figure: float | None
    bound: float | None

    @property
    def passed(self):
        """Whether both are there and the figure is within the bound."""
        return None not in (self.figure, self.bound) and self.figure <= self.bound

    @property
    def is_loose(self):
        """Whether a tighter bound should be set: it would be lower by more than its own margin."""
        if not self.passed or (self.scenario, self.measure) in SLACK:
            return False
        tighter = bound_of(self.scenario, self.measure, self.figure)
        return self.figure < TIGHT * self.bound and self.bound - tighter > tighter - self.figure

    def row(self):
        """A line of the table: scenario, measure, figure, bound, verdict."""
        figure, bound = ("-" if each is None else text(each) for each in (self.figure, self.bound))
        if self.passed:
            verdict = "ok, could be tightened" if self.is_loose else "ok"
        else:
            verdict = "MISSING" if None in (self.figure, self.bound) else "EXCEEDED"
        return f"{self.scenario:18} {self.measure:13} {figure:>10} {bound:>10}   {verdict}"

    def complaint(self):
        """What is wrong and what to do about it, in one line."""
        name = f"{self.scenario}, {self.measure}"
        if self.bound is None:
            return (f"{name}: {text(self.figure)} a request, but thresholds.json has no bound for it; "
                    "set one with counts.sh --set")
        if self.figure is None:
            return f"{name}: thresholds.json has a bound for it, but it was not counted; remove the bound"
        return (f"{name}: {text(self.figure)} a request exceeds the bound of {text(self.bound)}. Find "
                f"out why: counts.sh --profile {self.scenario}. If it is meant to be so, change the "
                "bound in thresholds.json and give the reason in the commit")


def bound_of(scenario, measure, figure):
    """The bound to set from a figure: the figure and its margin, rounded to what text() shows."""
    part, absolute = MARGINS[measure]
    bound = figure * (1 + part) + absolute + SLACK.get((scenario, measure), 0)
    return round(bound) if bound >= 1000 else round(bound, 2)


def set_from(found):
    """The thresholds, as thresholds.json holds them, of {scenario: {measure: figure}}."""
    return {
        scenario: {
            measure: {"bound": bound_of(scenario, measure, figure), "set_from": round(figure, 3)}
            for measure, figure in by_measure.items()
        }
        for scenario, by_measure in found.items()
    }


def compare(scenario, found, thresholds):
    """A comparison for each measure that was found, {measure: figure}, or has a bound."""
    bounds = thresholds.get(scenario, {})
    return [Comparison(scenario, measure, found.get(measure), bounds.get(measure, {}).get("bound"))
            for measure in MARGINS if measure in found or measure in bounds]


def lower(one, other):
    """The lower figures of two counts of the same scenario: chance adds to a figure, a change to both."""
    return {measure: min(figure, other[measure]) for measure, figure in one.items()}


def higher(one, other):
    """The higher figures of two counts of the same scenario."""
    return {measure: max(figure, other[measure]) for measure, figure in one.items()}


def load(path):
    """The thresholds in a file."""
    with open(path) as file:
        return json.load(file)


def save(path, thresholds):
    """Writes thresholds to a file, one measure a line so that a change of one is a change of a line."""
    scenarios = []
    for scenario, bounds in thresholds.items():
        rows = ",\n".join(f"    {json.dumps(measure)}: {json.dumps(bound)}"
                          for measure, bound in bounds.items())
        scenarios.append(f"  {json.dumps(scenario)}: {{\n{rows}\n  }}")
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(scenarios) + "\n}\n")
