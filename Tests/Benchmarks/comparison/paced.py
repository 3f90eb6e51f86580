"""Loads at a fixed rate, each from a process of its own; see pacer.py."""
import sys

from measuring.process import NotReady, Server

CONNECTIONS = 16
RATE = 1000  # requests a second, far below what any of the proxies can do


def load(folder, port, path, seconds, core):
    """Sends RATE requests a second for `seconds`; returns (status, microseconds) of each."""
    with start(folder, port, path, seconds, core) as server:
        server.wait_end(seconds + 20)
    return read(folder, server)


def start(folder, port, path, seconds, core):
    """Starts such a load and returns its Server."""
    for name in ("paced.log", "paced.times"):
        open(f"{folder}/{name}", "w").close()
    return Server([sys.executable, "-m", "comparison.pacer", str(port), path, str(CONNECTIONS),
                   str(RATE), str(seconds), f"{folder}/paced.times"], core, f"{folder}/paced.log")


def read(folder, server):
    """What the load that `start` began wrote down; a status of -1 is a request that failed."""
    with open(f"{folder}/paced.times") as file:
        rows = [tuple(map(int, line.split())) for line in file]
    if not rows:
        raise NotReady(f"nothing was sent: {server.said().strip()[-300:]}")
    return rows


def percentile(values, share):
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
