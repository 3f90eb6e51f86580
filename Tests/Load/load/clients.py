"""The clients: what each does in a loop, and how many of them there are."""
import asyncio
import collections
import contextlib
import random
import ssl
import time

from load import http1, http2
from load.batches import run_batches
from load.plan import octets, steps
from load.response import Broken
from load.waiting import pause
from load.websocket import BINARY, TEXT, Tunnel

ENDED = "a tunnel ended with the first process, when its time was over"
_ANSWER_SECONDS = 15
_END_SECONDS = 20
_TUNNEL_TOLERANCE = (0.3, 2.0)  # seconds before and after the time that tunnels have
_MESSAGE_SIZES = (0, 5, 125, 126, 4000, 70_000)
_FAULTS = (Broken, OSError, asyncio.TimeoutError)


def _text(error):
    return str(error) or type(error).__name__


class Load:
    """All clients, from `start` to `stop`. `seed` decides what they ask for."""

    def __init__(self, site, tally, gateway, certificates, seed):
        self._site, self._tally, self._gateway = site, tally, gateway
        self._certificates = certificates
        self._seed = seed
        self._over = asyncio.Event()
        self._tasks = []
        self.undisturbed = asyncio.Lock()  # held while h2load runs, which nobody can tell to move
        self._tls = {name: ssl.create_default_context(cafile=site.authority)
                     for name in ("http/1.1", "h2")}
        for name, context in self._tls.items():
            context.set_alpn_protocols([name])

    def start(self):
        """Starts them."""
        tls = self._tls["http/1.1"]
        clients = [
            *(self._ask_serially("HTTP/1.1", 20, None, True) for _ in range(6)),
            *(self._ask_serially("HTTP/1.1, new connections", 15, None, False) for _ in range(3)),
            *(self._ask_serially("TLS", 15, tls, True) for _ in range(4)),
            *(self._ask_serially("TLS, new connections", 8, tls, False) for _ in range(2)),
            *(self._echo("WebSocket", None, stays) for stays in (True, True, False)),
            *(self._echo("WebSocket, TLS", tls, stays) for stays in (True, False)),
            run_batches(self._site, self._tally, self._over, self.undisturbed),
        ]
        for number in range(2):
            shared = _Shared(self._connect_http2, self._excuse,
                             random.Random(f"{self._seed}/{number}"))
            clients += [self._ask_beside_others(shared) for _ in range(3)]
        create = asyncio.get_running_loop().create_task
        self._tasks = [create(client) for client in clients]

    async def stop(self):
        """Has each end what it is doing."""
        self._over.set()
        _, late = await asyncio.wait(self._tasks, timeout=_END_SECONDS)
        for task in late:
            task.cancel()
            self._tally.fail("a client", f"had not ended after {_END_SECONDS} s")
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    # HTTP/1.1

    async def _ask_serially(self, who, rate, tls, keeps):
        chance, plan = self._chances(who)
        connection = None
        lasts = 0
        for step in plan:
            if await self._pace(chance, rate):
                break
            if connection and connection.is_open and connection.was_closed:
                self._excuse(who, connection, "an idle connection was found closed")
                lasts = 0
            # What must not be made twice goes on a connection that cannot be an old one.
            if connection and (not connection.is_open or not step.is_repeatable or lasts <= 0):
                connection.close()
                connection = None
            if connection is None:
                lasts = chance.randint(20, 200) if keeps else 1
            lasts -= 1
            connection = await self._ask_one(who, step, tls, connection)
        if connection:
            connection.close()

    async def _ask_one(self, who, step, tls, connection):
        """Returns the connection, if it can be used again."""
        age = "on a new connection"
        try:
            if connection is None:
                connection = await self._connect_http1(tls)
            else:
                age = "on a connection used before"
            try:
                response = await asyncio.wait_for(connection.ask(step), _ANSWER_SECONDS)
            except Broken as broken:
                if not (connection.used and broken.was_silent and step.is_repeatable):
                    raise
                self._excuse(who, connection,
                             "an idle connection was closed under a request (RFC 9112 9.3.1)")
                age = "on the second connection"
                connection = await self._connect_http1(tls)
                response = await asyncio.wait_for(connection.ask(step), _ANSWER_SECONDS)
        except _FAULTS as error:
            self._tally.fail(who, f"{step} {age}: {_text(error)}")
            if connection:
                connection.close()
            return None
        self._judge(who, step, response)
        return connection

    async def _connect_http1(self, tls):
        begun = time.monotonic()
        connection = await http1.Connection.open(self._site.tls if tls else self._site.plain, tls)
        self._certificates.seen(begun, connection.tls)
        return connection

    def _judge(self, who, step, response):
        fault = step.fault(response)
        if fault:
            self._tally.fail(who, f"{step}: {fault}")
        else:
            self._tally.answer(who, response)

    def _excuse(self, who, connection, why):
        """What a process may do to its clients' connections only once it hands over."""
        if self._gateway.may_close(connection.opened):
            self._tally.excuse(why)
        else:
            self._tally.fail(who, f"{why}, {time.monotonic() - connection.opened:.1f} s after it was "
                                  "opened, but its process goes on")

    # HTTP/2

    async def _ask_beside_others(self, shared):
        who = "HTTP/2"
        chance, plan = self._chances(who)
        for step in plan:
            if await self._pace(chance, 12):
                break
            try:
                response = await self._ask_on(shared, step)
            except _FAULTS as error:
                self._tally.fail(who, f"{step}: {_text(error)}")
            else:
                self._judge(who, step, response)
        await shared.close()

    async def _ask_on(self, shared, step):
        for _ in range(3):
            async with shared.connection() as connection:
                try:
                    return await asyncio.wait_for(connection.ask(step), _ANSWER_SECONDS)
                except http2.Elsewhere:
                    self._excuse("HTTP/2", connection,
                                 "an HTTP/2 request was to be made elsewhere (GOAWAY)")
        raise Broken("sent elsewhere three times", True)

    async def _connect_http2(self):
        begun = time.monotonic()
        connection = await http2.Connection.open(self._site.tls, self._tls["h2"])
        self._certificates.seen(begun, connection.tls)
        return connection

    # WebSocket

    async def _echo(self, who, tls, stays):
        chance, _ = self._chances(who)
        tunnel, opened, lasts = None, 0, 0
        while not await self._pace(chance, 15):
            try:
                if tunnel is None:
                    opened, lasts = time.monotonic(), chance.randint(5, 40)
                    port = self._site.tls if tls else self._site.plain
                    tunnel = await asyncio.wait_for(Tunnel.open(port, tls), _ANSWER_SECONDS)
                lasts -= 1
                if not lasts and not stays:
                    await asyncio.wait_for(self._end(who, tunnel), _ANSWER_SECONDS)
                    tunnel = None
                    continue
                size = chance.choice(_MESSAGE_SIZES)
                message = octets(size, chance.randint(0, 9))
                kind = BINARY
                if size < 126:
                    kind, message = TEXT, message.hex().encode()
                await asyncio.wait_for(self._exchange(who, tunnel, kind, message), _ANSWER_SECONDS)
            except _FAULTS as error:
                self._note_end(who, opened, error)
                if tunnel:
                    tunnel.abandon()
                tunnel = None
        if tunnel:
            try:
                await asyncio.wait_for(self._end(who, tunnel), _ANSWER_SECONDS)
            except _FAULTS as error:
                self._note_end(who, opened, error)

    async def _exchange(self, who, tunnel, kind, message):
        if await tunnel.echo(kind, message) != message:
            self._tally.fail(who, f"another message came back in place of {len(message)} octets")
        elif await tunnel.ping(b"?") != b"?":
            self._tally.fail(who, "no pong")
        else:
            self._tally.answer(who)

    async def _end(self, who, tunnel):
        if not await tunnel.close():
            self._tally.fail(who, "no closing handshake")

    def _note_end(self, who, opened, error):
        """A tunnel has ended. Those of the first process may, once `drain_tunnels` is over."""
        handover = self._gateway.handover
        early, late = _TUNNEL_TOLERANCE
        if handover and isinstance(error, Broken) and self._gateway.may_be_of_first(opened):
            over = time.monotonic() - handover - self._site.drain_tunnels
            if -early <= over <= late:
                return self._tally.excuse(ENDED)
        self._tally.fail(who, f"{_text(error)}, {time.monotonic() - opened:.1f} s after it was opened")

    # Pace

    def _chances(self, who):
        """Chances, and steps, of one client's own."""
        self._seed += 1
        return random.Random(f"{who}/{self._seed}"), steps(f"{who}/{self._seed}")

    async def _pace(self, chance, rate):
        """Waits until it is time for the next request. Returns whether there is to be none."""
        return await pause(self._over, min(chance.expovariate(rate), 0.5))


class _Shared:
    """An HTTP/2 connection for several clients, replaced after a while, or when it is to end."""

    def __init__(self, connect, excuse, chance):
        self._connect, self._excuse, self._chance = connect, excuse, chance
        self._lock = asyncio.Lock()
        self._held = None
        self._lasts = 0
        self._users = collections.Counter()

    @contextlib.asynccontextmanager
    async def connection(self):
        """The connection; one that was replaced is closed by its last user."""
        async with self._lock:
            if self._held and not self._held.is_open:
                self._excuse("HTTP/2", self._held, "an HTTP/2 connection was found closed")
                self._lasts = 0
            if self._held is None or self._lasts <= 0:
                await self.close()
                self._held, self._lasts = await self._connect(), self._chance.randint(100, 300)
            self._lasts -= 1
            connection = self._held
        self._users[connection] += 1
        try:
            yield connection
        finally:
            self._users[connection] -= 1
            if connection is not self._held and not self._users[connection]:
                await connection.close()

    async def close(self):
        """Closes it, unless somebody still uses it."""
        held, self._held = self._held, None
        if held and not self._users[held]:
            await held.close()
