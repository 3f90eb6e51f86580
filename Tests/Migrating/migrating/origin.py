"""The service behind both: it accepts any method on any path, and says what reached it."""
import contextlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

APP = "https://app.example.com"


class Service(BaseHTTPRequestHandler):
    """Answers 200, and 204 to preflights of the web application, which it would grant."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        # http.server looks for a function do_METHOD; here any method is answered.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self):
        """Reads the content and answers; X-Seen-… tell what the request looked like here."""
        self._read_content()
        preflight = self.command == "OPTIONS" and "Access-Control-Request-Method" in self.headers
        self.send_response(204 if preflight else 200)
        self.send_header("X-Seen-Method", self.command)
        # Not self.path: http.server makes one slash of several at its beginning.
        self.send_header("X-Seen-Path", self.requestline.split(" ")[1])
        if self.headers.get("Origin") == APP:
            self.send_header("Access-Control-Allow-Origin", APP)
            if preflight:
                asked = self.headers["Access-Control-Request-Method"]
                self.send_header("Access-Control-Allow-Methods", asked)
        if not preflight:
            self.send_header("Content-Length", "3")
        self.end_headers()
        if not preflight and self.command != "HEAD":
            self.wfile.write(b"ok\n")

    def log_message(self, *_):
        """Says nothing."""

    def _read_content(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while length := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(length + 2)
            while self.rfile.readline().strip():
                pass
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            piece = self.rfile.read(min(left, 65536))
            left = left - len(piece) if piece else 0


class Server(ThreadingHTTPServer):
    """Serves until it is told to stop; a proxy that hangs up is nothing to tell of."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        """Tells of errors, but not of connections that proxies break off."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def running():
    """Runs the service on a loopback port of its choice; the value is the port."""
    with Server(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
