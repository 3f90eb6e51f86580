"""Reloading 10,000 rules under load: when the new policy is in force, and who had to wait for it."""
import gc
import time

from measuring.process import NotReady
from comparison import paced
from comparison.client import Closed, KeptClient
from comparison.peer import Cannot
from comparison.rows import Row, from_runs
from comparison.site import changing
from comparison.wrk import request

RULES = 10_000
DEADLINE = 60  # seconds until the new policy has to be in force
TITLES = {
    "visible": ("reload", "until 10,000 rules are in force", "ms", 300),
    "stall": ("reload-stall", "longest answer meanwhile", "ms", 10),
    "quiet": ("reload-quiet", "longest answer without a reload", "ms", None),
    "failed": ("reload-failed", "requests that failed or took 5 s", "", 0),
}


def measure(stage):
    """Four rows; see TITLES."""
    missing, runs = {}, []
    for _ in range(stage.runs):
        run = {}
        for peer in stage.peers:
            try:
                run[peer.name] = _reload(stage, peer)
            except (Cannot, NotReady, Closed, OSError) as error:
                missing[peer.name] = f"FAILED: {error!r}"
                stage.say(f"  {peer.name} FAILED: {error!r}")
        runs.append(run)
    return [from_runs(Row(name, title, unit, limit=limit, missing=missing),
                      [{peer: figures[key] for peer, figures in run.items()} for run in runs])
            for key, (name, title, unit, limit) in TITLES.items()]


def _reload(stage, peer):
    """The figures of one reload, in milliseconds."""
    with peer.start(changing(RULES, False), stage.origin.port, stage.core) as here:
        new = changing(RULES, True)
        seconds = 2 * stage.seconds + 2
        with paced.start(stage.folder, here.port, "/status", seconds, stage.load_core) as load:
            client = KeptClient(here.port, request("POST", "/changing", body=b""))
            gc.disable()  # its pauses would be taken for the proxy's
            try:
                figures = _watch(stage, peer, here, client, new)
            finally:
                gc.enable()
                client.close()
            load.wait_end(seconds + 20)
            statuses = [status for status, _ in paced.read(stage.folder, load)]
        figures["failed"] = client.closed + sum(status != 200 for status in statuses)
        return figures


def _watch(stage, peer, here, client, new):
    """A quiet stretch, then one that begins with the reload."""
    client.ask()
    quiet, _ = _stretch(client, time.perf_counter() + stage.seconds, peer.refusal, None)
    began = time.perf_counter()
    peer.reload(here, new)
    written = time.perf_counter()  # some need the configuration's text first
    stall, visible = _stretch(client, began + stage.seconds, peer.refusal, written)
    return {"quiet": quiet * 1000, "stall": stall * 1000, "visible": visible * 1000}


def _stretch(client, end, refusal, signalled):
    """The longest answer in seconds, and how long after `signalled` the new policy answered.

    Goes on until `end`; if a change is awaited, also until it is there.
    """
    longest, visible = 0, None
    while time.perf_counter() < end or (signalled and visible is None):
        status, took = client.ask()
        longest = max(longest, took)
        if status not in (200, *refusal):
            raise NotReady(f"status {status} while reloading")
        if signalled and visible is None:
            since = time.perf_counter() - signalled
            if status == 200:
                visible = since
            elif since > DEADLINE:
                raise NotReady(f"the new policy was not in force after {DEADLINE} s")
    return longest, visible
