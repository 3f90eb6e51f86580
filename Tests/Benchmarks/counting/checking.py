"""Counts all scenarios and holds them against their bounds, or sets the bounds anew."""
from .figures import figures
from .scenarios import SCENARIOS
from .thresholds import compare, higher, load, lower, save, set_from

RUNS_TO_SET = 3  # the highest figure of so many sets a bound


def verdicts(scenario, count, thresholds):
    """The comparisons of a scenario whose figures `count()` gives.

    If any bound is exceeded, it counts once more, and the lower of two figures is taken: what another
    process on the machine adds once is no regression.
    """
    found = count()
    compared = compare(scenario, found, thresholds)
    if all(each.passed for each in compared):
        return compared
    return compare(scenario, lower(found, count()), thresholds)


def summary(compared):
    """The lines after the table: a complaint for each failure, then how many passed and failed."""
    failed = [each for each in compared if not each.passed]
    loose = sum(each.is_loose for each in compared)
    lines = [""]
    if loose:
        lines += [f"{loose} could have tighter bounds: counts.sh --set writes them all anew", ""]
    lines += [each.complaint() for each in failed]
    return [*lines, f"{len(compared) - len(failed)} passed, {len(failed)} failed"]


def unknown(thresholds):
    """Comparisons that fail, for the scenarios in the thresholds that do not exist."""
    names = {scenario.name for scenario in SCENARIOS}
    return [each for name in thresholds if name not in names
            for each in compare(name, {}, thresholds)]


def check(tools, upstream, path):
    """Compares every scenario with the thresholds in the file `path`; returns whether all are met."""
    thresholds = load(path)
    print(f"{'scenario':18} {'measure':13} {'a request':>10} {'bound':>10}   verdict")
    compared = unknown(thresholds)
    for each in compared:
        print(each.row())
    for scenario in SCENARIOS:
        results = verdicts(scenario.name,
                           lambda: figures(tools, scenario, upstream).by_measure, thresholds)
        for each in results:
            print(each.row(), flush=True)
        compared += results
    print("\n".join(summary(compared)))
    return all(each.passed for each in compared)


def set_anew(tools, upstream, path):
    """Writes thresholds from today's figures, the highest of several runs, to the file `path`."""
    found = {}
    for scenario in SCENARIOS:
        for _ in range(RUNS_TO_SET):
            by_measure = figures(tools, scenario, upstream).by_measure
            found[scenario.name] = higher(by_measure, found.get(scenario.name, by_measure))
        print(f"{scenario.name}: counted {RUNS_TO_SET} times", flush=True)
    save(path, set_from(found))
    print(f"{sum(map(len, found.values()))} bounds written to {path}")
