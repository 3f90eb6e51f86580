"""A prober: one kept-alive connection that asks again as soon as it has its answer."""
import time

from growing.client import Client, request
from measuring.process import NotReady

QUESTION = request("OPTIONS")


class Prober(Client):
    """Asks for OPTIONS, which methodwall answers from the policy and does not log."""

    def __init__(self, port):
        self.port = port
        super().__init__(port)

    def probe(self):
        """One exchange: the response's head, and its seconds.

        The next one has a new connection if methodwall closes this one, as it does after 100,000
        requests; connecting is not part of any latency.
        """
        start = time.perf_counter()
        self.send(QUESTION)
        head = self.response()
        seconds = time.perf_counter() - start
        if b"\r\nConnection: close" in head:
            self.close()
            super().__init__(self.port)
        return head, seconds

    def probe_for(self, seconds):
        """The latencies in seconds of all exchanges in so long a time."""
        deadline = time.perf_counter() + seconds
        found = []
        while time.perf_counter() < deadline:
            found.append(self.probe()[1])
        return found

    def probe_until_changed(self, is_logged, lasting, seconds):
        """Probes until POST is allowed and `is_logged()`, and for `lasting` seconds at least.

        Returns when POST was allowed first and when the log had it, in seconds from the call, and
        all latencies. `is_logged` is asked at most each millisecond.
        """
        start = now = asked = time.perf_counter()
        changed = logged = None
        found = []
        while changed is None or logged is None or now - start < lasting:
            head, latency = self.probe()
            now = time.perf_counter()
            found.append(latency)
            if changed is None and b"POST" in head:
                changed = now - start
            if logged is None and now - asked > 0.001:
                asked = now
                logged = now - start if is_logged() else None
            if now - start > seconds:
                raise NotReady(f"no new policy within {seconds} s of SIGHUP")
        return changed, logged, found


def latencies(seconds):
    """Median, 99.9 % and longest in microseconds, and how many there are."""
    ordered = sorted(seconds)
    return {
        "requests": len(ordered),
        "median_us": ordered[len(ordered) // 2] * 1e6,
        "p999_us": ordered[min(len(ordered) - 1, len(ordered) * 999 // 1000)] * 1e6,
        "longest_us": ordered[-1] * 1e6}
