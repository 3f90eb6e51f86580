"""Runs the load and says what came of it. See Tests/Load/run.sh.

    python3 -m load BINARY [--seconds N] [--break WHAT]
"""
import argparse
import asyncio
import sys
import tempfile
import time

from load import report
from load.clients import ENDED, Load
from load.disturbing import Certificates, Disturbance
from load.gateway import Gateway
from load.origins import Origins
from load.site import Site
from load.tally import Tally
from load.usage import faults
from load.waiting import NotReady
from load.websocket import Tunnel
from measuring.process import end_with_signals

BREAKS = ("origins", "content", "certificates", "connections", "descriptors")
_WARM_UP, _UNTIL_UPGRADE, _AFTER_UPGRADE, _AGAIN = 0.1, 0.3, 0.2, 0.4  # parts of the whole time
_USUAL_SECONDS, _CERTIFICATE_SECONDS, _TUNNEL_SECONDS = 60, 10, 4
_DRAIN_SECONDS = 3  # how long clients that keep to the rules hold the first process up beyond that


class Run:
    """A short load, one with the upgrade in it, and one more. Before, between and after: measuring."""

    def __init__(self, binary, folder, seconds, breaks):
        self._seconds, self._breaks = seconds, breaks
        self._pace = min(1, seconds / _USUAL_SECONDS)
        count = int(seconds / (_CERTIFICATE_SECONDS * self._pace)) + 3
        self._site = Site(folder, count, max(0.8, _TUNNEL_SECONDS * self._pace),
                          idle_timeout="100ms" if breaks == "connections" else "75s")
        self.tally = Tally()
        self._certificates = Certificates(self.tally)
        self._origins = Origins(self._site, spoils=breaks == "content")
        self._gateway = Gateway(binary, self._site)
        self._disturbance = Disturbance(self._site, self.tally, self._gateway, self._origins,
                                        self._certificates, breaks)
        self._left_open = None
        self.usages = []
        self.facts = []

    def failed_lines(self):
        """What the gateway logged of requests that an origin failed."""
        return self._site.failed_lines()

    async def run(self):
        """Does all of it."""
        try:
            await self._origins.ready()
            await self._gateway.ready()
            await self._measure("first process, before the load")
            await self._load(0, lambda _: asyncio.sleep(self._seconds * _WARM_UP))
            await self._measure("first process, after a short load")
            await self._load(1000, self._upgrade_under_load)
            await self._measure("successor, after its first load")
            await self._load(2000, lambda _: asyncio.sleep(self._seconds * _AGAIN))
            if self._breaks == "descriptors":
                self._left_open = await Tunnel.open(self._site.plain)
            await self._measure("successor, after the second load")
            self._compare()
            await self._note_facts()
            await self._gateway.stop()
        except NotReady as late:
            self.tally.fail("methodwall", str(late))
        finally:
            self._gateway.cut()
            self._origins.stop()

    async def _load(self, seed, meanwhile):
        """Has clients and disturbances as long as `meanwhile` takes, which is told the load."""
        load = Load(self._site, self.tally, self._gateway, self._certificates, seed)
        load.start()
        self._disturbance.start(self._pace)
        try:
            await meanwhile(load)
        finally:
            await self._disturbance.stop()
            await load.stop()
            self._certificates.pause()

    async def _upgrade_under_load(self, load):
        await asyncio.sleep(self._seconds * _UNTIL_UPGRADE)
        await self._upgrade(load)
        end = asyncio.create_task(self._see_predecessor_off())
        await asyncio.sleep(self._seconds * _AFTER_UPGRADE)
        await end

    async def _upgrade(self, load):
        async with self._disturbance.files, load.undisturbed:
            took = await self._gateway.upgrade()
            await self._gateway.predecessor_listens_no_more()
        self.facts.append(f"the successor had taken over {took:.2f} s after SIGUSR2")

    async def _see_predecessor_off(self):
        try:
            took = await self._gateway.predecessor_ended(self._site.drain_tunnels + _DRAIN_SECONDS)
        except NotReady as late:
            return self.tally.fail("the first process", str(late))
        self.facts.append(f"the first process ended {took:.2f} s later; tunnels had "
                          f"{self._site.drain_tunnels:g} s")
        if not self.tally.excused[ENDED]:
            self.tally.fail("WebSocket", "no tunnel of the first process lasted for its time")

    async def _measure(self, when):
        if not await self._gateway.is_idle(15):
            self.tally.fail("methodwall", f"connections were still open 15 s after the load: {when}")
        self.usages.append((when, await self._gateway.usage()))

    def _compare(self):
        """Looks for growth since the short load, and since the successor's own first one."""
        (_, first), warm, base, (_, end) = self.usages
        for when, before in (warm, base):
            for fault in faults(before, end):
                self.tally.fail(f"grown since {when}", fault)
        if first.descriptors != end.descriptors:
            self.tally.fail("grown since the start", f"{end.count} descriptors, {first.count} "
                                                     f"before: {end.differences(first)}")

    async def _note_facts(self):
        failures = sum(origin["failures"] for origin in (await self._gateway.status())["origins"])
        self.facts += [
            f"origins were killed {self._origins.kills} times; the successor found "
            f"{failures} connections to one broken, or none to be had",
            f"policies were changed, broken or mended {self._disturbance.policies} times; "
            f"{self._disturbance.reloads} SIGHUP",
            f"{self._certificates.shown} new certificates were shown in time, in "
            f"{self._certificates.handshakes} handshakes",
        ]
        for name in self._site.origins:
            if not self.tally.origins[name]:
                self.tally.fail("origins", f"{name} answered nothing")


def main():
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="load")
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=_USUAL_SECONDS)
    parser.add_argument("--break", choices=BREAKS, dest="breaks")
    options = parser.parse_args()
    end_with_signals()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="load.") as folder:
        async def everything():
            run = Run(options.binary, folder, options.seconds, options.breaks)
            await run.run()
            return run
        run = asyncio.run(everything())
        print(report.text(run, time.monotonic() - begun))
    return 1 if run.tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
