#!/usr/bin/env python3
"""Counts what one request costs; counts.sh runs this and says how."""
import argparse
import os
import subprocess
import sys
import tempfile

from counting.checking import check, set_anew
from counting.figures import MEASURES, figures, lines
from counting.origin import Origin
from counting.profile import profile
from counting.scenarios import SCENARIOS, named
from counting.tools import Tools
from measuring.process import NotReady, end_with_signals

THRESHOLDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "thresholds.json")


def arguments():
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="counts.sh")
    parser.add_argument("--binary", required=True, help="the methodwall to count")
    parser.add_argument("--decision", help="the decision benchmark, if it is to be run as well")
    parser.add_argument("--inclusive", action="store_true", help="--profile counts callees as well")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--check", action="store_true", help="compare with the thresholds")
    does.add_argument("--set", action="store_true", help="write the thresholds anew")
    does.add_argument("--profile", choices=[scenario.name for scenario in SCENARIOS])
    return parser.parse_args()


def print_figures(tools, upstream):
    """Prints what a request of each scenario costs."""
    print("Each figure is of one request, the mean of many; one worker.\n")
    for measure, meaning in MEASURES.items():
        print(f"  {measure:13} {meaning}")
    for scenario in SCENARIOS:
        print("\n" + "\n".join(lines(scenario, figures(tools, scenario, upstream))), flush=True)


def print_decision(tools, decision):
    """Prints what a decision takes, by a benchmark that counts its own allocations."""
    print("\na decision")
    print(subprocess.run([decision], capture_output=True, text=True, check=True, timeout=300,
                         env={**os.environ, "LD_PRELOAD": tools.allocations}).stdout)


def run(asked, tools, upstream):
    """Does what is asked for; returns the exit code."""
    if asked.check:
        return 0 if check(tools, upstream, THRESHOLDS) else 1
    if asked.set:
        set_anew(tools, upstream, THRESHOLDS)
    elif asked.profile:
        profile(tools, named(asked.profile), upstream, asked.inclusive)
    else:
        print_figures(tools, upstream)
        if asked.decision:
            print_decision(tools, asked.decision)
    return 0


def main():
    """Counts in a temporary folder, beside an origin of its own."""
    end_with_signals()
    asked = arguments()
    try:
        with tempfile.TemporaryDirectory() as folder, Origin() as origin:
            return run(asked, Tools(asked.binary, folder), origin.url)
    except (NotReady, OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"cannot count: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
