"""A client that keeps its connection and notices every delay and every connection that is closed on it."""
import re
import socket
import time

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Closed(Exception):
    """The connection ended before a response was complete."""


class KeptClient:
    """One connection on which the same request is sent again and again.

    `closed` counts connections that were closed under a request: each is a request that failed for a client
    that does not repeat it.
    """

    def __init__(self, port, request, source="127.0.0.1"):
        self._port, self._request, self._source = port, request, source
        self._connection = None
        self.closed = 0

    def close(self):
        """Closes the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def ask(self):
        """Sends the request; returns (status, seconds until the response was complete).

        Connecting counts as well, and so does a second try.
        """
        began = time.perf_counter()
        for last in (False, True):
            try:
                head = self._exchange()
                break
            except (Closed, ConnectionError):
                self.close()
                self.closed += 1
                if last:
                    raise
        took = time.perf_counter() - began
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return int(head[9:12]), took

    def _exchange(self):
        if not self._connection:
            self._connection = socket.create_connection(
                ("127.0.0.1", self._port), 30, (self._source, 0))
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(self._request)
        held = b""
        while True:
            piece = self._connection.recv(65536)
            if not piece:
                raise Closed("no complete response")
            held += piece
            head, separator, content = held.partition(b"\r\n\r\n")
            length = LENGTH.search(head) if separator else None
            if length and len(content) >= int(length.group(1)):
                return head
