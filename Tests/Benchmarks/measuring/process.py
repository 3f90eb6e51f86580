"""Server processes to measure: started on one core, awaited, read from /proc, and ended again.

    with Server(["nginx", ...], core=0, log="nginx.err") as server:
        wait_until(lambda: answers(port), 5, "nginx to answer")
        before = server.cpu_seconds()

Whatever was started here is ended when the program ends, also on SIGTERM and Ctrl-C: call
`end_with_signals()` first thing in `main`.
"""
import atexit
import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time

_running = []  # servers that have to be ended before this program ends


class NotReady(Exception):
    """Something did not happen before its deadline, or a server ended by itself."""


def end_with_signals():
    """Makes SIGTERM and SIGHUP end this program as Ctrl-C does, so that servers are ended as well."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: sys.exit(128 + got))


def raise_open_files():
    """Raises the number of open files to the hard limit, here and in what is started later.

    Returns the number.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port(address="127.0.0.1"):
    """A TCP port that nobody listens on. It is free now; a server has to take it soon."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what, every=0.002):
    """Returns the first true value of `condition()`; raises NotReady after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotReady(f"waited {seconds} s for {what}")
        time.sleep(every)


def accepts(port, address="127.0.0.1"):
    """Whether somebody accepts connections on the port."""
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False


@contextlib.contextmanager
def on_core(core):
    """Runs its body on one core; what is started inside stays there. None leaves everything as is."""
    if core is None:
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def two_cores():
    """The core for what is measured, and the one for the load and the origin.

    On a machine with a single core they are the same.
    """
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def with_descendants(pid):
    """The process and all its children, theirs too, as process ids."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError):
                with open(f"/proc/{entry}/stat") as file:
                    # pid (name, with any characters) state parent …
                    parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
    found = [pid] if pid in parents else []
    for known in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == known]
    return found


def cpu_seconds(pid):
    """User and system time in seconds of a process and its descendants, all their threads included.

    Read from each process's CPU clock: the same sum as utime and stime in /proc/PID/stat, which count in
    hundredths of a second, but in nanoseconds. A descendant that ended in between is not counted.
    """
    total = 0.0
    for each in with_descendants(pid):
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~each << 3) | 2)  # what clock_getcpuclockid(3) computes
    return total


def memory_kib(pid):
    """Proportional set size in KiB, summed over a process and its descendants.

    Pss counts a page that n processes share as 1/n page, so forked workers are not counted twice.
    """
    total = 0
    for each in with_descendants(pid):
        with contextlib.suppress(OSError):
            with open(f"/proc/{each}/smaps_rollup") as file:
                total += int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.MULTILINE).group(1))
    return total


class Server:
    """A process in a group of its own that is ended together with its children.

    Its standard error and output go to the file `log`. `environment` is added to this program's.
    """

    def __init__(self, command, core=None, log=os.devnull, environment=None, folder=None):
        self.name = os.path.basename(command[0])
        self.log = log
        with open(log, "ab") as output, on_core(core):
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
                start_new_session=True, env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        _running.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def cpu_seconds(self):
        """User and system time in seconds so far, children's included."""
        return cpu_seconds(self.pid)

    def memory_kib(self):
        """Proportional set size in KiB, children's included."""
        return memory_kib(self.pid)

    def signal(self, number):
        """Sends a signal to the process itself, not to its children."""
        self.process.send_signal(number)

    def said(self):
        """What the log file holds."""
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait_for(self, condition, seconds, what):
        """As wait_until; also raises NotReady, with the end of the log, if the process ends first."""
        def now():
            if self.process.poll() is not None:
                raise NotReady(f"{self.name} ended with {self.process.returncode} while waiting for "
                               f"{what}: {self.said()[-600:].strip()}")
            return condition()
        return wait_until(now, seconds, f"{what} ({self.name})")

    def wait_end(self, seconds):
        """Returns the exit status of a process that ends by itself; raises NotReady after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NotReady(f"{self.name} did not end within {seconds} s") from None

    def stop(self, seconds=3):
        """Ends the process and its children: SIGTERM, and SIGKILL to what is left after `seconds`."""
        if self not in _running:
            return
        _running.remove(self)
        for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, seconds)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            with contextlib.suppress(NotReady):
                wait_until(self._is_gone, patience, "the end of " + self.name)
                return

    def _is_gone(self):
        self.process.poll()  # takes the exit status, or the group would never be empty
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False


@atexit.register
def stop_all():
    """Ends every server that still runs."""
    for server in list(_running):
        server.stop(1)


class Methodwall(Server):
    """`methodwall run` with one worker on a loopback port of its choice; `port` tells which.

    `folder` receives the policy (`policy` is its text), the log of refusals (`refused.log`) and standard
    error. `config` is the text of a configuration file for what has no flag; `flags` are added as they
    are. `seconds` bounds the time until it listens.
    """

    def __init__(self, binary, folder, policy, upstream, core=None, config=None, flags=(),
                 environment=None, port=0, seconds=20):
        self.policy_file = f"{folder}/policies/all.yaml"
        self.refusals = f"{folder}/refused.log"
        os.makedirs(os.path.dirname(self.policy_file), exist_ok=True)
        self.write_policy(policy)
        command = [binary, "run", "--listen", f"127.0.0.1:{port}", "--workers", "1",
                   "--policies", f"{folder}/policies", "--upstream", upstream,
                   "--log", self.refusals]
        if config is not None:
            _write(f"{folder}/methodwall.yaml", config)
            command += ["--config", f"{folder}/methodwall.yaml"]
        super().__init__(command + list(flags), core, f"{folder}/methodwall.err", environment)
        try:
            self.port = int(self.wait_for(self._listening, seconds, "its port").group(1))
        except BaseException:
            self.stop()
            raise

    def write_policy(self, text):
        """Replaces the policy file by renaming, as an editor or a deployment does."""
        _write(self.policy_file + ".new", text)
        os.replace(self.policy_file + ".new", self.policy_file)

    def _listening(self):
        return re.search(r"listening on 127\.0\.0\.1:(\d+)", self.said())


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)  # others' write permission would make methodwall refuse the file
