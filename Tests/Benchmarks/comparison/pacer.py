"""A client that sends requests at a fixed rate, evenly spaced, whatever the answers do.

    python3 -m comparison.pacer PORT PATH CONNECTIONS RATE SECONDS FILE

A latency begins when the request was due, so that one slow answer is seen by all requests that wait behind
it. Writes `status microseconds` for each to FILE; a status of -1 is a request whose connection was closed
under it, or that had no answer some seconds after the end.
"""
import collections
import gc
import select
import socket
import sys
import time

from comparison.client import LENGTH
from comparison.wrk import request

GRACE = 5  # seconds for the last answers


class Connection:
    """A kept connection with at most one request on it, due at `due`."""

    def __init__(self, port):
        self._port, self.due, self._held = port, None, b""
        self._connect()

    def _connect(self):
        self._socket = socket.create_connection(("127.0.0.1", self._port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self):
        """For select."""
        return self._socket.fileno()

    def send(self, octets, due):
        """Sends a request that was due then; a closed connection shows when it is read."""
        self.due, self._held = due, b""
        try:
            self._socket.sendall(octets)
        except OSError:
            pass

    def read(self):
        """The status of a complete response, -1 if the connection was closed, None if neither."""
        try:
            piece = self._socket.recv(65536)
        except OSError:
            piece = b""
        if not piece:
            self._reconnect()
            return -1
        self._held += piece
        head, separator, content = self._held.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if separator else None
        if not length or len(content) < int(length.group(1)):
            return None
        if b"\r\nconnection: close" in head.lower():
            self._reconnect()
        return int(head[9:12])

    def _reconnect(self):
        self._socket.close()
        self._connect()


def run(port, octets, count, rate, seconds):
    """Sends rate × seconds requests over `count` connections; returns (status, microseconds) of each."""
    connections = [Connection(port) for _ in range(count)]
    idle = collections.deque(connections)
    began = time.perf_counter()
    dues = collections.deque(began + number / rate for number in range(round(rate * seconds)))
    total, told = len(dues), []
    while len(told) < total and time.perf_counter() < began + seconds + GRACE:
        while dues and idle and dues[0] <= time.perf_counter():
            idle.popleft().send(octets, dues.popleft())
        wait = max(0, dues[0] - time.perf_counter()) if dues and idle else 0.1
        for connection in select.select(connections, [], [], wait)[0]:
            status = connection.read()
            if status is not None and connection.due is not None:
                told.append((status, round((time.perf_counter() - connection.due) * 1e6)))
                connection.due = None
                idle.append(connection)
    return told + [(-1, round(GRACE * 1e6))] * (total - len(told))


def main():
    port, path, count, rate, seconds, file = sys.argv[1:]
    gc.disable()  # its pauses would be taken for the proxy's
    told = run(int(port), request("GET", path), int(count), float(rate), float(seconds))
    with open(file, "w") as output:
        output.writelines(f"{status} {microseconds}\n" for status, microseconds in told)


if __name__ == "__main__":
    main()
