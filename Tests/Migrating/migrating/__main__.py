"""Compares each proxy with methodwall, request by request, and both with the table.

    python3 -m migrating [--deploy DIR] [--tables DIR] [--page FILE] [--show]
                         [--more | --no-proxy | PROXY…]

METHODWALL_BIN is the program. --show prints what the two answer, as rows of a table. --more compares
the proxies from PyPI too; --no-proxy asks nobody and only reads the tables and the page.
"""
import argparse
import os
import subprocess
import sys
import tempfile

from measuring.process import end_with_signals
from migrating import origin
from migrating.asking import ask
from migrating.page import page_faults
from migrating.peers import MORE_PEERS, PEERS
from migrating.places import source_of
from migrating.table import VERDICTS, kinds_between, read_differences, read_rows, row_faults
from migrating.walls import start_wall


def compare(peer, deploy, rows, differences, show):
    """Asks both all rows. Returns the faults; prints where they agree and where they differ."""
    faults = [fault for row in rows for fault in row_faults(row, differences)]
    with tempfile.TemporaryDirectory(prefix="migrating-") as folder, origin.running() as port:
        os.chmod(folder, 0o755)  # Apache's workers have a user of their own
        with start_wall(peer, deploy, folder, port) as wall, peer.start(
                deploy, folder, port, wall) as proxy:
            for row in rows:
                source = source_of(row.request)
                answers = ask(proxy.port, row.request, source), ask(wall.port, row.request, source)
                faults += answer_faults(peer.name, row, answers)
                if show:
                    print(f"{row.request.text:58} | {answers[0]!s:29} | {answers[1]!s:42} | "
                          + ", ".join(sorted(kinds_between(*answers))))
    if not show:
        tell(peer.name, rows, differences)
    return faults


def answer_faults(name, row, answers):
    """Where the answers are not those of the table."""
    return [f"{row.request.text}: {who} answers {answer}, the table says {expected}"
            for who, answer, expected in ((name, answers[0], row.peer),
                                          ("methodwall", answers[1], row.wall))
            if answer != expected]


def tell(name, rows, differences):
    """Prints where the two agree, and each difference with the requests that show it."""
    alike = [row for row in rows if not row.names]
    print(f"\n{name}: {len(rows)} requests\n  the same answer to {len(alike)} of them")
    for row in alike:
        print(f"      {row.request.text}: {row.peer}")
    for verdict, heading in VERDICTS.items():
        print_differences(heading, rows, [difference for difference in differences.values()
                                          if difference.verdict == verdict])


def print_differences(heading, rows, differences):
    """Prints those of the differences that some row has."""
    names = {name for row in rows for name in row.names}
    shown = [difference for difference in differences if difference.name in names]
    if shown:
        print(f"  {heading}")
    for difference in shown:
        print(f"    {difference.name}: {difference.text}")
        for row in rows:
            if difference.name in row.names:
                print(f"      {row.request.text}: {row.peer}; methodwall: {row.wall}")


def policy_faults(deploy, peer):
    """What `methodwall check` finds in the policy as it is shipped; it runs the policy's tests."""
    checked = subprocess.run(
        [os.environ["METHODWALL_BIN"], "check", f"{deploy}/migrating/{peer.policies}"],
        capture_output=True, text=True, timeout=60)
    return [] if checked.returncode == 0 else [checked.stdout + checked.stderr]


def main():
    """Exits with 1 if anything is not as the tables say."""
    end_with_signals()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deploy", default="deploy")
    parser.add_argument("--tables", default="Tests/Migrating/tables")
    parser.add_argument("--page", default="Sources/methodwall/Documentation.docc/Migrating.md")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--no-proxy", action="store_true")
    parser.add_argument("names", nargs="*", metavar="PROXY")
    options = parser.parse_args()
    known = {**PEERS, **MORE_PEERS}
    differences, faults = read_differences(options.tables), []
    rows = {name: read_rows(f"{options.tables}/{name}.txt") for name in known}
    chosen = options.names or ([] if options.no_proxy else known if options.more else PEERS)
    for name in chosen:
        found = policy_faults(options.deploy, known[name]) or compare(
            known[name], options.deploy, rows[name], differences, options.show)
        faults += [f"{name}: {fault}" for fault in found]
    if not options.names:
        used = {used for table in rows.values() for row in table for used in row.names}
        faults += [f"differences.txt: no table uses {name}" for name in differences
                   if name not in used]
        faults += page_faults(options.page, options.deploy, rows)
    sys.stdout.flush()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
