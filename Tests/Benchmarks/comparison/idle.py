"""How much memory a connection costs that was used once and then waits."""
import contextlib

from measuring.process import NotReady
from comparison.client import KeptClient
from comparison.rows import Row, from_runs
from comparison.site import PLAIN
from comparison.wrk import request

CONNECTIONS = 5000
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 7)]


def measure(stage):
    """One row: KiB of the proxy's memory for each connection; the kernel's is not in it."""
    count = min(CONNECTIONS, stage.files // 3)
    row = Row("idle", f"{count:,} idle connections, each", "KiB", limit=6)
    runs = []
    for _ in range(stage.runs):
        run = {}
        for peer in stage.peers:
            try:
                run[peer.name] = _kib_each(stage, peer, count)
            except (OSError, NotReady) as error:
                row.missing[peer.name] = f"FAILED: {error}"
                stage.say(f"  {peer.name} FAILED: {error}")
        runs.append(run)
    return [from_runs(row, runs)]


def _kib_each(stage, peer, count):
    octets = request("GET", "/status")
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(peer.start(PLAIN, stage.origin.port, stage.core))
        for _ in range(100):  # what the first requests need once is not a connection's
            _used_once(here.port, octets, stack=None)
        before = here.server.memory_kib()
        for number in range(count):
            _used_once(here.port, octets, stack, ADDRESSES[number % len(ADDRESSES)])
        return (here.server.memory_kib() - before) / count


def _used_once(port, octets, stack, source=ADDRESSES[0]):
    """Sends one request; the connection stays open as long as the stack, or is closed without one."""
    client = KeptClient(port, octets, source)
    if stack:
        stack.callback(client.close)
    status, _ = client.ask()
    if status != 200:
        raise NotReady(f"status {status} instead of 200")
    if not stack:
        client.close()
