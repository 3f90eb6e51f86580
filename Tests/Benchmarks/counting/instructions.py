"""Instructions of one request, counted by valgrind's callgrind.

callgrind runs the gateway on a processor of its own making, one thread at a time, and counts what it
executes in user space: the figure does not depend on the clock or on what else the machine does. It
does depend on the versions of Swift's runtime and libcurl, and a little on the processor, for which
the C library chooses its memcpy.
"""
import contextlib
import os
import re
import stat
import subprocess
import tempfile

from measuring.process import Methodwall, NotReady

WARM_UP = 1280  # requests before counting: fill every entry of the log's table of repetitions
REQUESTS = 384  # counted requests; a multiple of what one turn of any client makes

_WRAPPER = """#!/bin/sh
exec valgrind --tool=callgrind --instr-atstart=no --fair-sched=yes \\
    --callgrind-out-file="$CALLGRIND_DUMPS" "$METHODWALL" "$@"
"""


class Callgrind:
    """A gateway under callgrind, with its files in `folder`."""

    def __init__(self, tools, folder, policy, upstream):
        self._dumps = f"{folder}/callgrind"
        self._dumped = 0
        wrapper = f"{folder}/methodwall-under-callgrind"
        with open(wrapper, "w") as file:
            file.write(_WRAPPER)
        os.chmod(wrapper, stat.S_IRWXU)
        self.gateway = Methodwall(wrapper, folder, policy, upstream, seconds=60, environment={
            "METHODWALL": tools.stripped,
            "LD_PRELOAD": tools.sigsuspend,
            "CALLGRIND_DUMPS": self._dumps,
            # Or each run would have other hash collisions.
            "SWIFT_DETERMINISTIC_HASHING": "1"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gateway.stop()

    def begin(self):
        """Begins to count."""
        self._control("-i", "on")

    def dump(self):
        """Writes what was counted since the last dump to a file, whose path it returns."""
        self._control("-d")
        self._dumped += 1
        return f"{self._dumps}.{self._dumped}"

    def _control(self, *arguments):
        done = subprocess.run(["callgrind_control", *arguments, str(self.gateway.pid)],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0 or "OK." not in done.stdout:
            raise NotReady(f"callgrind_control {' '.join(arguments)}: {done.stdout}{done.stderr}")


@contextlib.contextmanager
def dumped(tools, scenario, upstream, requests):
    """The path of a dump with what at least `requests` requests executed, and their number."""
    with (tempfile.TemporaryDirectory() as folder,
          Callgrind(tools, folder, scenario.policy, upstream) as callgrind,
          contextlib.closing(scenario.open(callgrind.gateway.port)) as client):
        client.make(WARM_UP)
        callgrind.begin()
        client.make(requests // 10)
        callgrind.dump()  # the beginning counts a little more: it is left out
        made = client.make(requests)
        yield callgrind.dump(), made


def total(dump):
    """The instructions in a dump."""
    with open(dump) as file:
        return int(re.search(r"^totals: (\d+)$", file.read(), re.MULTILINE).group(1))


def instructions(tools, scenario, upstream):
    """Instructions of one request in user space, the mean of many, all threads included."""
    with dumped(tools, scenario, upstream, REQUESTS) as (dump, made):
        return total(dump) / made
