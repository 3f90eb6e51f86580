"""A small origin, run as a program: `origin.py PORT`.

GET /N answers with N octets; anything else has its content read and is answered with five octets.
Needs Content-Length on what has content, and keeps connections.
"""
import re
import socketserver
import sys

PIECE = bytes(256 * 1024)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Exchanges(socketserver.StreamRequestHandler):
    """Answers the requests of one connection, one after the other."""

    disable_nagle_algorithm = True

    def handle(self):
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                piece = self.request.recv(65536)
                if not piece:
                    return
                held += piece
            head, _, held = held.partition(b"\r\n\r\n")
            held = self.read_content(head, held)
            self.answer(head)

    def read_content(self, head, held):
        found = LENGTH.search(head)
        left = int(found.group(1)) if found else 0
        if len(held) >= left:
            return held[left:]
        left -= len(held)
        buffer = bytearray(256 * 1024)
        while left > 0:
            count = self.request.recv_into(buffer, min(left, len(buffer)))
            if count == 0:
                raise ConnectionError("content ended early")
            left -= count
        return b""

    def answer(self, head):
        found = re.match(rb"GET /(\d+) ", head)
        if not found:
            self.request.sendall(HELLO)
            return
        left = int(found.group(1))
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left
        self.request.sendall(head + PIECE[:left])  # in one send, as a server would
        left -= len(PIECE)
        while left > 0:
            self.request.sendall(PIECE[:left])
            left -= len(PIECE)


class Origin(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        """A proxy that hangs up is no news."""


if __name__ == "__main__":
    with Origin(("127.0.0.1", int(sys.argv[1])), Exchanges) as origin:
        origin.serve_forever()
