"""Decision time, allocations and memory by rules and by hosts, from decision-benchmark."""
import json
import os
import subprocess

from growing.report import mebibytes
from measuring.chart import line_chart

ALLOCATIONS = os.path.join(os.path.dirname(__file__), "..", "allocations.c")


def measure(report, folder, quick):
    """Runs decision-benchmark for each size by itself, once with allocations counted, once without.

    Times are those of the run without: counting costs time.
    """
    library = counter(folder)
    rules = [10, 100, 1000, 10_000] + ([] if quick else [100_000])
    hosts = [1, 10, 100] + ([] if quick else [1000])
    by_rules = [figures(f"rules={count}", library) for count in rules]
    by_hosts = [figures(f"hosts={count}", library) for count in hosts]
    report.add("decisions", {"by_rules": by_rules, "by_hosts": by_hosts})
    table(report, "A decision by number of rules, one host", "rules", by_rules)
    table(report, "A decision by number of hosts, ten rules each", "hosts", by_hosts)
    charts(report, by_rules, by_hosts)


def counter(folder):
    """The library that counts allocations when it is preloaded."""
    library = f"{folder}/allocations.so"
    command = ["gcc", "-shared", "-fPIC", "-O2", "-o", library, ALLOCATIONS, "-ldl"]
    subprocess.run(command, check=True)
    return library


def figures(size, library):
    """What decision-benchmark says of one size, with `allocations` of a run that counts them."""
    found = run(size, {})
    counted = run(size, {"LD_PRELOAD": library})
    for kind in ("warm", "spread"):
        found[kind]["allocations"] = counted[kind]["allocations"]
    return found


def run(size, environment):
    output = subprocess.run(
        [os.environ["DECISION_BENCHMARK_BIN"], size, "--json"], check=True, text=True, timeout=300,
        stdout=subprocess.PIPE, env={**os.environ, **environment}).stdout
    return json.loads(output)


def table(report, title, what, all_figures):
    columns = [what, "warm median ns", "warm least ns", "spread median ns", "spread least ns",
               "allocations", "compiled in ms", "memory KiB", "memory a rule, octets"]
    rows = [[each[what],
             each["warm"]["median_ns"], each["warm"]["least_ns"],
             each["spread"]["median_ns"], each["spread"]["least_ns"],
             each["warm"]["allocations"] + each["spread"]["allocations"],
             each["compiled_ms"], each["snapshot_bytes"] // 1024,
             each["snapshot_bytes"] // each["rules"] if each["rules"] >= 1000 else None]
            for each in all_figures]
    report.table(title, columns, rows, (
        "Warm: 256 requests again and again. Spread: 16,384 requests over all rules and hosts. "
        "Allocations: in all decisions of both, more than two million. Memory: RssAnon after "
        "compiling, less that before; a few pages more or less."))


def charts(report, by_rules, by_hosts):
    for what, all_figures in (("rules", by_rules), ("hosts", by_hosts)):
        line_chart(
            report.chart(f"decision-by-{what}"), f"Time of a decision by number of {what}",
            what + ("" if what == "rules" else ", ten rules each"), "nanoseconds a decision",
            [(f"{kind}, {figure}",
              [(each[what], each[kind][f"{figure}_ns"]) for each in all_figures])
             for kind in ("warm", "spread") for figure in ("median", "least")],
            log_x=True)
    line_chart(
        report.chart("snapshot-memory"), "Memory of the compiled policies by number of rules",
        "rules", "MiB", [("one host", points(by_rules)), ("ten rules a host", points(by_hosts))],
        log_x=True, log_y=True)


def points(all_figures):
    return [(each["rules"], mebibytes(each["snapshot_bytes"])) for each in all_figures]
