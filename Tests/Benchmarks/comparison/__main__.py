"""The command: reads flags, runs the scenarios one after the other, and writes what came out."""
import argparse
import datetime
import os
import platform
import shlex
import sys
import tempfile
import time

from measuring.process import end_with_signals, raise_open_files, two_cores
from comparison import binaries, idle, loading, origin, reloading, report, startup
from comparison.peers import PEERS
from comparison.scenarios import scenarios
from comparison.stage import Stage

OTHERS = {"idle": (idle, "memory of an idle connection"),
          "startup": (startup, "time to the first answer"),
          "reload": (reloading, "reload of 10,000 rules under load")}


def main():
    flags = _flags()
    if flags.list:
        _list()
        return 0
    end_with_signals()
    files = raise_open_files()
    os.makedirs(flags.out, exist_ok=True)
    core, load_core = two_cores()
    os.sched_setaffinity(0, {load_core})  # probes are sent from here
    with tempfile.TemporaryDirectory(prefix="compare-") as folder, \
            origin.start(folder, load_core, files) as served:
        peers = [PEERS[name]() for name in PEERS if name in flags.peers]
        stage = Stage(peers, served, core, load_core, flags.runs, flags.seconds, folder, files)
        return _run(flags, stage)


def _run(flags, stage):
    about = _about(stage)
    rows = []
    for name in flags.scenarios:
        began = time.monotonic()
        stage.say(f"{name} …")
        rows += _measure(name, stage)
        stage.say(f"  {time.monotonic() - began:.0f} s")
        # After each scenario, so that an interrupted comparison has something to show.
        report.write_json(f"{flags.out}/results.json", rows, about)
    names = [peer.name for peer in stage.peers]
    report.write_chart(f"{flags.out}/cpu.svg", rows, names, _note(about))
    report.print_table(rows, names)
    print(f"\n{flags.out}/results.json has all runs, {flags.out}/cpu.svg a chart.")
    return any("FAILED" in row.missing.get("methodwall", "") for row in rows)


def _measure(name, stage):
    if name in OTHERS:
        return OTHERS[name][0].measure(stage)
    return loading.measure(scenarios()[name], stage)


def _about(stage):
    """On what, with what and how it was measured."""
    return {
        "command": shlex.join(["Tests/Benchmarks/compare", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "kernel": platform.release(), "machine": platform.machine(), "processor": _processor(),
        "cores": os.cpu_count(), "load average": os.getloadavg(),
        "proxy core": stage.core, "load core": stage.load_core,
        "runs": stage.runs, "seconds": stage.seconds,
        "versions": {**{peer.name: peer.version() for peer in stage.peers},
                     "origin (nginx)": binaries.version("nginx", binaries.find("nginx"))}}


def _processor():
    with open("/proc/cpuinfo") as file:
        return next((line.partition(":")[2].strip() for line in file
                     if line.startswith("model name")), "unknown")


def _note(about):
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return f"{versions}; {about['processor']}; {about['date'][:10]}"


def _flags():
    known = [*scenarios(), *OTHERS]
    parser = argparse.ArgumentParser(
        prog="Tests/Benchmarks/compare", description="Compares methodwall with other proxies "
        "under one policy: processor time of a request, latency, memory, start and reload.")
    parser.add_argument("--runs", type=int, default=3, help="rounds; figures are medians (3)")
    parser.add_argument("--seconds", type=float, default=3, help="length of a load (3)")
    parser.add_argument("--quick", action="store_true", help="one run of 0.5 s, to see if it works")
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS), metavar="A,B",
                        help="proxies beside methodwall, of " + ", ".join(list(PEERS)[1:]))
    parser.add_argument("--scenarios", type=_names(known), default=known, metavar="A,B",
                        help="what to measure; --list tells what there is")
    parser.add_argument("--out", default=".build-compare", help="folder for results.json and cpu.svg")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    flags = parser.parse_args()
    if flags.quick:
        flags.runs, flags.seconds = 1, 0.5
    flags.peers = {"methodwall", *flags.peers}
    return flags


def _names(known):
    """Reads names separated by commas, each of which has to be known."""
    def read(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return names
    return read


def _list():
    for scenario in scenarios().values():
        print(f"{scenario.name:22} {scenario.title}")
    for name, (_, title) in OTHERS.items():
        print(f"{name:22} {title}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
