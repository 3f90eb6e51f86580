"""Measures how the cost of methodwall grows, and writes tables, JSON and charts.

Loopback only, about five minutes (`--quick`: about one). Times depend on the machine and on
what else it does; counts and octets hardly do.
"""
import argparse
import os
import platform
import sys
import tempfile

from growing import decisions, memory, reloading, workers
from growing.report import Report
from measuring.process import end_with_signals, raise_open_files

SECTIONS = {
    "decisions": decisions.measure,
    "reload": reloading.measure,
    "workers": workers.measure,
    "memory": memory.measure,
}


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/growth", description=__doc__)
    parser.add_argument("--only", metavar="PART,…", default=",".join(SECTIONS),
                        help="what to measure: " + ", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes and shorter runs")
    parser.add_argument("--out", metavar="DIR", default=".build-growth",
                        help="folder for tables, JSON and charts (default: %(default)s)")
    given = parser.parse_args()
    given.only = given.only.split(",")
    unknown = [name for name in given.only if name not in SECTIONS]
    if unknown:
        parser.error("--only knows " + ", ".join(SECTIONS) + ", not " + ", ".join(unknown))
    return given


def main():
    end_with_signals()
    given = arguments()
    raise_open_files()
    report = Report(given.out)
    report.add("machine", {
        "cores": len(os.sched_getaffinity(0)), "system": platform.platform(),
        "quick": given.quick})
    for name in given.only:
        with tempfile.TemporaryDirectory(prefix="methodwall-growth-") as folder:
            SECTIONS[name](report, folder, given.quick)
    report.write()
    print(f"\ntables, figures and charts: {given.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
