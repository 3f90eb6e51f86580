"""The origin servers: two that take turns in being killed, and one that is always there."""
import signal
import sys

from load.http1 import Connection
from load.plan import Step
from load.waiting import until
from measuring.process import Server

_HEALTH = Step("GET", "/healthz", 200)


class Origins:
    """Starts all of them. `spoils`: the steady one sends content that is not right."""

    def __init__(self, site, spoils=False):
        self._site = site
        self._servers = {}
        self.kills = 0
        for name in site.origins:
            self._start(name)
        more = ["--spoil"] if spoils else []
        self._steady = Server([sys.executable, "-m", "load.steady", str(site.steady), *more],
                              log=f"{site.folder}/steady.err")

    async def ready(self):
        """Waits until all of them answer."""
        for port in (*self._site.origins.values(), self._site.steady):
            await self._answers(port)

    def kill(self, name):
        """Kills an origin at once, whatever it is doing."""
        server = self._servers.pop(name)
        server.signal(signal.SIGKILL)
        server.stop()
        self.kills += 1

    async def revive(self, name):
        """Starts an origin again and waits until it answers."""
        self._start(name)
        await self._answers(self._site.origins[name])

    def stop(self):
        """Ends all of them."""
        for server in (*self._servers.values(), self._steady):
            server.stop()

    def _start(self, name):
        folder = self._site.folder
        log = f"{folder}/{name}.err"
        self._servers[name] = Server(
            ["nginx", "-e", log, "-p", folder, "-c", f"{folder}/{name}.conf"], log=log)

    async def _answers(self, port):
        async def once():
            try:
                connection = await Connection.open(port)
            except OSError:
                return False
            try:
                return (await connection.ask(_HEALTH)).status == 200
            finally:
                connection.close()
        await until(once, 10, f"the origin on port {port} to answer")

