"""What happens to the gateway and its origins while clients use them."""
import asyncio
import random
import time

from load.http1 import Connection
from load.plan import CHANGING
from load.response import Broken
from load.waiting import NotReady, pause, until

_EFFECT_SECONDS = 5  # by when a changed policy is in force; files are looked at as often
_CERTIFICATE_SECONDS = 12  # by when a changed certificate is shown: ten, as TLS.md promises, and a little
_RELOADED_SECONDS = 2  # the same after SIGHUP
_SAME_SECONDS = 1.0  # by when all event loops show the same certificate


class _Change:
    """A certificate that was put in place, and by when it has to be shown."""

    def __init__(self, serial):
        self.serial = serial
        self.placed = time.monotonic()
        self.due = self.placed + _CERTIFICATE_SECONDS
        self.seen = None


class Certificates:
    """Which certificates are shown in handshakes, and which should be."""

    def __init__(self, tally):
        self._tally = tally
        self._changes = []
        self.handshakes = self.shown = 0

    def changed(self, serial):
        """Another certificate is in place."""
        self._changes.append(_Change(serial))

    def reloaded(self):
        """The gateway has been told to read them."""
        for change in self._changes:
            change.due = min(change.due, time.monotonic() + _RELOADED_SECONDS)

    def seen(self, begun, tls):
        """A handshake that began then has shown a certificate."""
        if tls is None:
            return
        self.handshakes += 1
        shown = int(tls.getpeercert()["serialNumber"], 16)
        for change in self._changes:
            if shown >= change.serial:
                change.seen = change.seen or time.monotonic()
            elif change.seen and begun > change.seen + _SAME_SECONDS:
                self._tally.fail("certificates", f"number {shown} was shown {begun - change.seen:.1f}"
                                                 f" s after number {change.serial}")

    def pause(self):
        """No handshakes are made from now on, until there are some again.

        What was put in place too late to be shown is let be.
        """
        for change in self._changes:
            when = change.seen or time.monotonic()
            if when > change.due:
                self._tally.fail("certificates",
                                 f"number {change.serial} was {'only' if change.seen else 'not'} "
                                 f"shown after {when - change.placed:.1f} s")
            elif change.seen:
                self.shown += 1
        self._changes.clear()


class Disturbance:
    """Policies, signals, certificates and origins, from `start` to `stop`.

    `files` is held while files are not what the gateway could be started with. `breaks` names what is
    to go wrong, for the tests of this test.
    """

    def __init__(self, site, tally, gateway, origins, certificates, breaks):
        self._site, self._tally, self._gateway = site, tally, gateway
        self._origins, self._certificates, self._breaks = origins, certificates, breaks
        self._over = asyncio.Event()
        self._tasks = []
        self.files = asyncio.Lock()
        self.policies = self.reloads = 0

    def start(self, pace):
        """Starts all of it. `pace`: 1 for the usual pace, less for a shorter run."""
        self._over.clear()
        self._tasks = [asyncio.get_running_loop().create_task(each) for each in (
            self._change_policies(2 * pace), self._reload(5 * pace),
            self._change_certificates(10 * pace), self._kill_origins())]

    async def stop(self):
        """Ends it, with all origins there and all files right."""
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def _change_policies(self, seconds):
        is_change = True
        while not await pause(self._over, seconds):
            async with self.files:
                if is_change:
                    allowed = self._site.change_policy()
                    await self._expect(lambda: self._allows(allowed), f"Allow to be {allowed}")
                else:
                    self._site.break_policy()
                    await self._expect(self._is_rejected, "a broken policy to be rejected")
                    await pause(self._over, seconds)
                    self._site.write_policy()
                    await self._expect(self._is_accepted, "a mended policy to be accepted")
            self.policies += 1 if is_change else 2
            is_change = not is_change

    async def _expect(self, condition, what):
        try:
            await until(condition, _EFFECT_SECONDS, what, every=0.1)
        except NotReady as late:
            self._tally.fail("policies", str(late))

    async def _is_rejected(self):
        return (await self._gateway.status())["reload"]["state"] == "failed"

    async def _is_accepted(self):
        return (await self._gateway.status())["reload"]["state"] == "ok"

    async def _allows(self, allowed):
        try:
            connection = await Connection.open(self._site.plain)
            try:
                return (await connection.ask(CHANGING)).field("allow") == allowed
            finally:
                connection.close()
        except (Broken, OSError) as error:
            self._tally.fail("policies", f"{CHANGING}: {error or type(error).__name__}")
            return False

    async def _reload(self, seconds):
        while not await pause(self._over, seconds):
            self._gateway.reload()
            self._certificates.reloaded()
            self.reloads += 1

    async def _change_certificates(self, seconds):
        while not await pause(self._over, seconds):
            async with self.files:
                if self._breaks == "certificates":
                    self._site.serial += 1
                else:
                    self._site.next_certificate()
                self._certificates.changed(self._site.serial)

    async def _kill_origins(self):
        chance = random.Random("origins")
        names = sorted(self._site.origins)
        while not await pause(self._over, chance.uniform(1.5, 2.5)):
            killed = names if self._breaks == "origins" else names[self._origins.kills % 2:][:1]
            for name in killed:
                self._origins.kill(name)
            await pause(self._over, chance.uniform(1.5, 2.5))
            for name in killed:
                await self._origins.revive(name)
