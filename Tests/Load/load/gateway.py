"""The gateway's process, its successor, and what they use."""
import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import statistics
import time

from load.http1 import Connection
from load.plan import Step
from load.response import Broken
from load.usage import Usage
from load.waiting import NotReady, until
from measuring.process import Server

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
_START_SECONDS = 20
_ASK_SECONDS = 5
_LISTENING = "0A"  # the state TCP_LISTEN in /proc/net/tcp
_SAMPLES, _SAMPLE_SECONDS = 40, 0.05


class Gateway:
    """The process that serves: `pid` is the successor's once it has taken over, at `handover`."""

    def __init__(self, binary, site):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # a successor's end is told to this process
        self._binary, self._site = binary, site
        self._said = []
        self.handover = self.first_is_apart = None
        self._told_to_hand_over = False
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.setblocking(False)
        self._notices.bind(f"{site.folder}/notify")
        asyncio.get_running_loop().add_reader(self._notices, self._read_notice)
        os.makedirs(f"{site.folder}/bin")
        self._program = f"{site.folder}/bin/methodwall"
        self._install()
        self._server = Server(
            [self._program, "run", "--config", f"{site.folder}/methodwall.yaml"],
            log=f"{site.folder}/methodwall.err", folder=site.folder,
            environment={"NOTIFY_SOCKET": f"{site.folder}/notify"})
        self.pid = self._server.pid

    # Signals

    async def ready(self):
        """Waits until it serves."""
        await until(lambda: self._notice("READY=1") or self._check(), _START_SECONDS,
                    "methodwall to be ready")

    def reload(self):
        """Tells it to read certificates and policies."""
        os.kill(self.pid, signal.SIGHUP)

    async def upgrade(self):
        """Replaces the program and has a successor take over. Returns how many seconds it took."""
        begun = time.monotonic()
        self._install()
        self._told_to_hand_over = True
        os.kill(self.pid, signal.SIGUSR2)
        notice = await until(lambda: self._notice("MAINPID=") or self._check(), _START_SECONDS,
                             "a successor to take over")
        self.handover = time.monotonic()
        self.pid = int(notice.removeprefix("MAINPID="))
        if not os.path.samefile(f"/proc/{self.pid}/exe", self._program):
            raise NotReady("the successor does not run what stands at the program's path")
        return self.handover - begun

    async def predecessor_listens_no_more(self):
        """Waits until the first process cannot get any connection that is made from now on."""
        ports = [f":{port:04X}" for port in (self._site.plain, self._site.tls)]

        def listens():
            inodes = set()
            with open("/proc/net/tcp") as file:
                for line in file:
                    _, local, _, state, *others = line.split()
                    if state == _LISTENING and local.endswith(tuple(ports)):
                        inodes.add(f"socket:[{others[5]}]")
            folder = f"/proc/{self._server.pid}/fd"
            with contextlib.suppress(OSError):
                return any(os.readlink(f"{folder}/{each}") in inodes for each in os.listdir(folder))
            return False
        await until(lambda: not listens(), 5, "the first process to close its listening sockets")
        self.first_is_apart = time.monotonic()

    def may_be_of_first(self, opened):
        """Whether a connection that was opened then may be with the first process."""
        return self.first_is_apart is None or opened < self.first_is_apart

    def may_close(self, opened):
        """Whether an idle connection that was opened then may be closed: its process hands over."""
        return self._told_to_hand_over and self.may_be_of_first(opened)

    async def predecessor_ended(self, seconds):
        """Waits until the first process has ended. Returns seconds since it was to drain."""
        await until(lambda: self._server.process.poll() is not None, seconds, "its end")
        if self._server.process.returncode:
            raise NotReady(f"ended with {self._server.process.returncode}: {self._said_last()}")
        return time.monotonic() - self.handover

    async def stop(self):
        """Ends the process that serves, in order. Raises NotReady if it does not."""
        os.kill(self.pid, signal.SIGTERM)
        await until(self._has_ended, 15, "methodwall to end")

    def cut(self):
        """Ends whatever is left."""
        asyncio.get_running_loop().remove_reader(self._notices)
        self._notices.close()
        if self.handover is not None:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        self._server.stop()

    def _has_ended(self):
        if self.handover is None:
            code = self._server.process.poll()
            if code is None:
                return False
        else:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if not ended:
                return False
            code = os.waitstatus_to_exitcode(status)
            self.handover = None
        if code:
            raise NotReady(f"ended with {code}: {self._said_last()}")
        return True

    def _check(self):
        if self._server.process.poll() is not None:
            raise NotReady(f"ended: {self._said_last()}")

    def _said_last(self):
        return self._server.said()[-1000:].strip()

    def _install(self):
        shutil.copy2(self._binary, self._program + ".new")
        os.chmod(self._program + ".new", 0o755)
        os.replace(self._program + ".new", self._program)

    def _read_notice(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self._said += self._notices.recv(4096).decode().split("\n")

    def _notice(self, begin):
        return next((said for said in self._said if said.startswith(begin)), None)

    # The admin listener

    async def status(self):
        """What /status says."""
        return json.loads(await self._ask("/status"))

    async def _ask(self, path):
        async def once():
            # The successor has its admin listener a moment after it has taken over.
            try:
                connection = await Connection.open_unix(f"{self._site.folder}/admin.sock")
            except OSError:
                return None
            try:
                response = await connection.ask(Step("GET", path, 200))
                return response.content if response.status == 200 else None
            except Broken:
                return None
            finally:
                connection.close()
        return await until(once, _ASK_SECONDS, f"an answer to {path}")

    # What it uses

    async def is_idle(self, seconds):
        """Waits until no connection is left, of clients or to origins. Returns whether none is."""
        async def has_none():
            status = await self.status()
            return not status["connections"] and not sum(
                origin["connections"] for origin in status["origins"])
        try:
            return await until(has_none, seconds, "all connections to be closed", every=0.2)
        except NotReady:
            return False

    async def usage(self):
        """What the idle process uses beside what comes and goes, as health checks do."""
        samples = []
        for _ in range(_SAMPLES):
            samples.append(Usage.of(self.pid))
            await asyncio.sleep(_SAMPLE_SECONDS)
        memory = statistics.median(sample.memory_kib for sample in samples)
        least = min(samples, key=lambda sample: sample.count)
        return Usage(round(memory), least.descriptors)
