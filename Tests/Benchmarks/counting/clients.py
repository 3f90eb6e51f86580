"""Clients that make a given number of requests, each in its own pattern, and wait for all answers."""
import re
import socket

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
SECONDS = 30  # without a single octet, after which a client gives up


class Connection:
    """A client's connection, which tells where one answer ends and the next begins."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = bytearray()

    def send(self, octets):
        """Sends all octets."""
        self._socket.sendall(octets)

    def read_answer(self):
        """Waits for one whole answer and returns its status."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            self._receive()
        length = _LENGTH.search(self._held, 0, end)
        end += 4 + (int(length.group(1)) if length else 0)
        while len(self._held) < end:
            self._receive()
        status = int(self._held[9:12])
        del self._held[:end]
        return status

    def read_end(self):
        """Waits until the gateway closes."""
        while self._socket.recv(65536):
            pass

    def close(self):
        """Closes the connection."""
        self._socket.close()

    def _receive(self):
        piece = self._socket.recv(262144)
        if not piece:
            raise ConnectionError("the gateway closed the connection in the middle of an answer")
        self._held += piece


class Client:
    """Makes requests of `request(number)`, octets; all have to be answered with `status`.

    Of `connections` kept-alive connections each gets `depth` requests in one send, in turn, before the
    answers of all are read.
    """

    def __init__(self, port, request, status, connections=1, depth=1):
        self._request = request
        self._status = status
        self._depth = depth
        self._made = 0
        self._connections = [Connection(port) for _ in range(connections)]

    def make(self, count):
        """Makes `count` requests, or the next multiple of what one turn has; returns their number."""
        begun = self._made
        while self._made - begun < count:
            self._make_turn()
        return self._made - begun

    def close(self):
        """Closes all connections."""
        for connection in self._connections:
            connection.close()

    def _make_turn(self):
        for connection in self._connections:
            connection.send(b"".join(self._next() for _ in range(self._depth)))
        for connection in self._connections:
            for _ in range(self._depth):
                self._expect(connection.read_answer())

    def _next(self):
        self._made += 1
        return self._request(self._made)

    def _expect(self, status):
        if status != self._status:
            raise ConnectionError(f"the gateway answered {status} instead of {self._status}")


class NewConnections(Client):
    """Opens a connection for each request, which has to ask for the connection's end."""

    def __init__(self, port, request, status):
        super().__init__(port, request, status, connections=0)
        self._port = port

    def _make_turn(self):
        connection = Connection(self._port)
        connection.send(self._next())
        self._expect(connection.read_answer())
        connection.read_end()
        connection.close()
