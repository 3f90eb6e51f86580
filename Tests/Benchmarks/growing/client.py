"""A small HTTP/1.1 client over one kept-alive connection, for loopback."""
import re
import socket

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Client:
    """One connection. `source` is the address that it comes from."""

    def __init__(self, port, source="127.0.0.1", receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(20)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def response(self):
        """The next response's head; its content is read, too, and dropped.

        Content is what Content-Length says, and nothing without it.
        """
        while b"\r\n\r\n" not in self.held:
            self.held += self._piece()
        head, _, rest = self.held.partition(b"\r\n\r\n")
        length = content_length(head)
        while len(rest) < length:
            rest += self._piece()
        self.held = rest[length:]
        return head

    def head(self):
        """The next response's head and how many octets of content came with it."""
        while b"\r\n\r\n" not in self.held:
            self.held += self._piece()
        head, _, rest = self.held.partition(b"\r\n\r\n")
        self.held = b""
        return head, len(rest)

    def _piece(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the connection was closed within a response")
        return piece


def content_length(head):
    """What Content-Length says; 0 without it."""
    found = LENGTH.search(head)
    return int(found.group(1)) if found else 0


def request(method, path="/probe"):
    """A request without content."""
    return f"{method} {path} HTTP/1.1\r\nHost: example.test\r\n\r\n".encode()
