"""The service behind the gateway: one thread, kept-alive connections, answers of a known size."""
import contextlib
import re
import selectors
import socket
import threading

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
_SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
_BIG = b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + 65536 * b"x"


def message_length(held):
    """How many octets the first request in `held` has, or None while it is incomplete.

    A chunked body has to have no empty chunk but the last, as those of the scenarios have.
    """
    head, separator, _ = held.partition(b"\r\n\r\n")
    if not separator:
        return None
    begin = len(head) + 4
    if _CHUNKED.search(head):
        end = held.find(b"0\r\n\r\n", begin)
        return None if end < 0 else end + 5
    length = _LENGTH.search(head)
    end = begin + (int(length.group(1)) if length else 0)
    return end if len(held) >= end else None


class Origin:
    """Answers every request with five octets, and /big with 64 KiB. `url` says where it is."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._wake, self._woken = socket.socketpair()
        self._held = {}
        for watched in (self._listener, self._woken):
            self._selector.register(watched, selectors.EVENT_READ)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._wake.close()
        self._thread.join(5)
        for each in (*self._held, self._listener, self._woken, self._selector):
            each.close()

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.fileobj)

    def _accept(self):
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection):
        piece = b""
        with contextlib.suppress(ConnectionError):
            piece = connection.recv(65536)
        if not piece:
            self._selector.unregister(connection)
            del self._held[connection]
            connection.close()
            return
        held = self._held[connection] + piece
        while (length := message_length(held)) is not None:
            with contextlib.suppress(ConnectionError):
                connection.sendall(_BIG if held.startswith(b"GET /big ") else _SMALL)
            held = held[length:]
        self._held[connection] = held
