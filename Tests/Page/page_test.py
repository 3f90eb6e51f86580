"""The browser test of the admin listener's page. See run.sh."""

import argparse
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import unittest

import checks_access
import checks_content
import checks_contract
import checks_faults
import checks_real
import checks_refusals
from browser import Browser
from real_admin import RealAdmin
from support import Settings


# Tests wait more than they work, so some run at a time, each in a tab of its own.
WORKERS = 6
TESTING = "testing"
# Those that take longest begin first.
LONGEST = ("_sizes", "_many_rules", "_flood", "_is_bounded", "_outage_and_recovery", "_refusals")
# Set when the tests end, whether all have run or not.
is_over = threading.Event()


def each_test(suite):
    """The tests of a suite and of the suites in it."""
    for part in suite:
        yield from each_test(part) if isinstance(part, unittest.TestSuite) else [part]


def run_one(test):
    """Runs a test, tells how it went, and returns what is wrong."""
    begun = time.monotonic()
    result = unittest.TestResult()
    test.run(result)
    wrong = [text for _, text in result.failures + result.errors]
    outcome = "passed"
    if result.skipped:
        outcome = f"skipped: {result.skipped[0][1]}"
    if wrong:
        outcome = "FAILED\n" + "\n".join(wrong)
    name = f"{type(test).__name__}.{test.id().rpartition('.test_')[2]}"
    measured = f" ({test.measured})" if test.measured else ""
    # In one piece, as several threads print.
    print(f"{time.monotonic() - begun:5.1f} s  {name}: {outcome}{measured}\n", end="", flush=True)
    return "failed" if wrong else "skipped" if result.skipped else "passed"


def run_all(tests):
    """Runs tests in several threads and returns what became of each."""
    waiting = queue.SimpleQueue()
    for test in tests:
        waiting.put(test)
    outcomes = []

    def work():
        while not is_over.is_set():
            try:
                test = waiting.get_nowait()
            except queue.Empty:
                return
            outcomes.append(run_one(test))
    workers = [threading.Thread(target=work, name=TESTING, daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # A thread that broke off has left its test without an outcome.
    return outcomes + ["failed"] * (len(tests) - len(outcomes))


def leave(*_):
    """Ends the tests at SIGTERM, which `timeout` sends twice."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def end(scratch):
    """Ends what still runs and removes the folder for it; no test that is under way stays behind."""
    is_over.set()
    RealAdmin.kill_all()
    if Settings.browser is not None:
        Settings.browser.close()
    for thread in threading.enumerate():
        if thread.name == TESTING:
            thread.join(10)
    shutil.rmtree(scratch, ignore_errors=True)


def main():
    """Runs all tests, or those whose name has one of the words that --only gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", metavar="PROGRAM", help="tests against this methodwall")
    parser.add_argument("--screenshots", metavar="DIR", help="saves screenshots in this folder")
    parser.add_argument("--only", metavar="WORD", help="only tests with this word in their name")
    arguments = parser.parse_args()
    modules = [checks_faults, checks_access, checks_refusals, checks_content]
    if arguments.real:
        modules += [checks_contract, checks_real]
        Settings.is_real, RealAdmin.program = True, arguments.real
    if arguments.screenshots:
        os.makedirs(arguments.screenshots, exist_ok=True)
        Settings.screenshots = arguments.screenshots
    loader = unittest.TestLoader()
    if arguments.only:
        loader.testNamePatterns = [f"*{arguments.only}*"]
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in modules)
    # So that what this program starts ends with it, whatever ends it.
    signal.signal(signal.SIGTERM, leave)
    scratch = tempfile.mkdtemp(prefix="methodwall-page-")
    try:
        RealAdmin.scratch = scratch
        Settings.browser = Browser(scratch)
        print(f"{Settings.browser.version}, {arguments.real or 'made-up listener'}", flush=True)
        begun = time.monotonic()
        outcomes = run_all(sorted(each_test(suite), key=lambda test: not test.id().endswith(LONGEST)))
    finally:
        end(scratch)
    counts = {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "skipped")}
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()),
          f"in {time.monotonic() - begun:.0f} s")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
