"""System calls of one request, as strace sees them."""
import collections
import contextlib
import glob
import re
import signal
import subprocess
import tempfile

from measuring.process import Methodwall, wait_until

WARM_UP = 320   # requests before counting
REQUESTS = 1280  # counted requests; a multiple of what one turn of any client makes

RECEIVES = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg")
SENDS = ("write", "writev", "sendto", "sendmsg", "sendmmsg", "sendfile")

# "PID call(descriptor<what it is>, ...", perhaps "<unfinished ...>" if another thread comes between,
# and then "PID <... call resumed>...": only the first is a call, but only the last has the result.
_CALL = re.compile(r"(\d+) +(\w+)\((?:\d+<([^>]*)>)?")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>")


def names(lines):
    """The name of each call in what strace wrote, with "wake-up" or "EAGAIN" after it if it was one.

    Wake-ups are reads and writes of an eventfd: they pass between threads and carry no message.
    """
    pending = {}
    for line in lines:
        if call := _CALL.match(line):
            thread, name, what = call.groups()
            if what and "eventfd" in what and name in RECEIVES + SENDS:
                name += " wake-up"
            if line.rstrip().endswith("<unfinished ...>"):
                pending[thread] = name
                continue
        elif resumed := _RESUMED.match(line):
            name = pending.pop(resumed.group(1), None)
        else:
            continue
        if name:
            yield name + (" EAGAIN" if "= -1 EAGAIN" in line else "")
    yield from pending.values()


def sums(calls):
    """The guarded sums of {name: calls}; each call is in one of them."""
    totals = dict.fromkeys(("receives", "sends", "epoll_wait", "epoll_ctl", "again", "wakeups",
                            "other"), 0)
    for name, number in calls.items():
        totals[_sum_of(name)] += number
    return totals


def _sum_of(name):
    call, *marks = name.split(" ")
    if "wake-up" in marks or call == "futex":
        return "wakeups"
    if call in RECEIVES:
        return "again" if "EAGAIN" in marks else "receives"
    if call in SENDS:
        return "sends"
    if call.startswith(("epoll_wait", "epoll_pwait")):
        return "epoll_wait"
    return "epoll_ctl" if call == "epoll_ctl" else "other"


def is_traced(pid):
    """Whether every thread of the process has a tracer."""
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path) as file:
            if "\nTracerPid:\t0\n" in file.read():
                return False
    return True


@contextlib.contextmanager
def traced(pid, report):
    """Has strace write to the file `report` what the process calls while the body runs."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "0", "-o", report, "-p", str(pid)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_traced(pid) or tracer.poll() is not None, 10, "strace")
        if tracer.poll() is not None:
            raise RuntimeError("strace cannot attach: is tracing other processes permitted?")
        yield
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
    finally:
        if tracer.poll() is None:
            tracer.kill()
            tracer.wait(10)


def calls(tools, scenario, upstream):
    """{name: calls} of one request, the mean of many, all threads included."""
    with tempfile.TemporaryDirectory() as folder:
        report = f"{folder}/strace"
        with (Methodwall(tools.binary, folder, scenario.policy, upstream,
                         environment={"SWIFT_DETERMINISTIC_HASHING": "1"}) as gateway,
              contextlib.closing(scenario.open(gateway.port)) as client):
            client.make(WARM_UP)
            with traced(gateway.pid, report):
                made = client.make(REQUESTS)
        with open(report, errors="replace") as file:
            numbers = collections.Counter(names(file))
    return {name: number / made for name, number in numbers.items()}
