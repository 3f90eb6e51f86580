"""What comes out: rows of figures with ratios, spreads and goals."""
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """One figure of all proxies in one scenario.

    `values` are medians over the runs, `ratios` are methodwall's figure by the other's: (median, least,
    greatest). `limit` is the most that methodwall's own figure may be. `missing` says why a proxy has none.
    """
    name: str
    title: str
    unit: str
    values: dict = field(default_factory=dict)
    ratios: dict = field(default_factory=dict)
    goals: dict = field(default_factory=dict)
    limit: float = None
    missing: dict = field(default_factory=dict)
    runs: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def verdicts(self):
        """(what was to be met, whether it was) for each goal with a figure."""
        own = self.values.get("methodwall")
        if self.limit is not None and own is not None:
            yield f"{own:.3g} {self.unit} (goal {self.limit:g})", own <= self.limit
        for peer, goal in self.goals.items():
            if peer in self.ratios:
                ratio = self.ratios[peer][0]
                yield f"{ratio:.2f} of {peer} (goal {goal:g})", ratio <= goal


def finish(row, values, ratios):
    """Fills a row with medians: `values` and `ratios` are lists of the runs' figures by proxy."""
    row.values = {peer: statistics.median(of) for peer, of in values.items() if of}
    row.ratios = {peer: (statistics.median(of), min(of), max(of))
                  for peer, of in ratios.items() if of}
    return row


def from_runs(row, runs):
    """A row of measurements that were not interleaved: `runs` are figures by proxy, a dict a run.

    Counts, which have no unit, get no ratios.
    """
    row.runs = runs
    peers = dict.fromkeys(peer for run in runs for peer in run)
    values = {peer: [run[peer] for run in runs if peer in run] for peer in peers}
    ratios = {peer: [run["methodwall"] / run[peer] for run in runs
                     if run.get("methodwall") is not None and run.get(peer)]
              for peer in peers if peer != "methodwall" and row.unit}
    return finish(row, values, ratios)


def grouped(missing):
    """Lines that tell who is left out of a row and why."""
    reasons = {}
    for peer, reason in missing.items():
        reasons.setdefault(reason, []).append(peer)
    return [f"without {', '.join(peers)}: {reason}" for reason, peers in reasons.items()]
