"""What /proc says of a process: memory, context switches, and CPU of each thread."""
import contextlib
import os
import re
import time

from measuring.process import wait_until


def anonymous_octets(pid):
    """`RssAnon`: octets of memory that are the process's own and resident, without files."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"^RssAnon:\s+(\d+) kB", file.read(), re.MULTILINE).group(1)) * 1024


def steady_octets(server, quiet=0.3, seconds=20):
    """RssAnon in octets, once it has stayed the same for `quiet` seconds."""
    last = [time.monotonic(), anonymous_octets(server.pid)]

    def is_steady():
        now, octets = time.monotonic(), anonymous_octets(server.pid)
        if octets != last[1]:
            last[:] = [now, octets]
        return now - last[0] >= quiet
    wait_until(is_steady, seconds, f"the memory of {server.name} to be steady", every=0.02)
    return last[1]


def context_switches(pid):
    """(voluntary, involuntary) context switches so far, over all threads that still run."""
    voluntary = involuntary = 0
    for text in _of_threads(pid, "status"):
        voluntary += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M).group(1))
        involuntary += int(re.search(r"^nonvoluntary_ctxt_switches:\s+(\d+)", text, re.M).group(1))
    return voluntary, involuntary


def thread_nanoseconds(pid):
    """CPU nanoseconds of each thread so far, by thread id; empty where the kernel counts none."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                found[thread] = int(file.read().split()[0])
    return found


def wait_idle(server, quiet=0.8, seconds=60):
    """Returns once the server has used next to no CPU for `quiet` seconds.

    The default is longer than the reloader waits between two loads, so that a second load of the
    same change is over as well.
    """
    last = [time.monotonic(), server.cpu_seconds()]

    def is_quiet():
        now, used = time.monotonic(), server.cpu_seconds()
        if used - last[1] > 0.002:
            last[:] = [now, used]
        return now - last[0] >= quiet
    wait_until(is_quiet, seconds, f"{server.name} to be idle", every=0.02)


def _of_threads(pid, name):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/task/{thread}/{name}") as file:
                yield file.read()
