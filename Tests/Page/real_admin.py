"""A real gateway with its admin listener, an origin behind it, and policies that can be broken."""

import http.server
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from lines import KINDS

HERE = os.path.dirname(os.path.abspath(__file__))


class OriginHandler(http.server.BaseHTTPRequestHandler):
    """Says yes to everything; closes where the path ends in `broken`, waits where it ends in `slow`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path.endswith("/broken"):
            self.close_connection = True
            return
        if self.path.endswith("/slow"):
            self.server.slow.set()
            self.server.release.wait(20)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok\n")

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET


class Origin(http.server.ThreadingHTTPServer):
    """A service at a port of its own; until `serve` it refuses connections."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), OriginHandler, bind_and_activate=False)
        self.daemon_threads = True
        self.slow = threading.Event()
        self.release = threading.Event()
        self.server_bind()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = None

    def handle_error(self, *_):
        """A client that goes is nothing to tell."""

    def serve(self):
        """Accepts connections from now on."""
        self.server_activate()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        """Ends it."""
        self.release.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()


class RealAdmin:
    """The process, and what can be done to it."""

    program = None
    # Where each has its folder.
    scratch = None
    # All that have not been closed, for a test run that breaks off and starts no more.
    running = set()
    starting = threading.Lock()
    is_over = False

    def __init__(self):
        self.wrong_requests = []
        self.folder = tempfile.mkdtemp(dir=self.scratch)
        shutil.copytree(os.path.join(HERE, "policies"), os.path.join(self.folder, "policies"))
        self.origin = Origin()
        self.origin.serve()
        # The second server of `crm`, which nobody has started yet.
        self.late = Origin()
        self._write("methodwall.yaml", f"""\
listen: 127.0.0.1:0
admin: 127.0.0.1:0
workers: 1
upstreams:
  crm:
    urls: ["{self.origin.url}", "{self.late.url}"]
    health: {{ path: /health, interval: 200ms }}
  legacy: {self.origin.url}
policies: policies
drain: 20s
""")
        self._start()
        try:
            self.url = f"http://127.0.0.1:{self._port('admin listening')}/"
            self.gateway = ("127.0.0.1", self._port("listening"))
        except BaseException:
            self.close()
            raise

    def _start(self):
        with (open(self._path("out"), "wb") as out, open(self._path("err"), "wb") as err,
              self.starting):
            if self.is_over:
                raise AssertionError("the tests have broken off")
            self.process = subprocess.Popen(
                [self.program, "run", "--config", "methodwall.yaml"], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            self.running.add(self)

    @classmethod
    def kill_all(cls):
        """Ends those that still run, however far they have come, and lets no others start."""
        with cls.starting:
            cls.is_over = True
            for admin in cls.running:
                admin.process.kill()
                admin.process.wait()

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        """Puts a file in its place whole, so that nobody reads half of it."""
        with open(self._path(f"{name}.new"), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self._path(f"{name}.new"), self._path(name))

    def _read(self, name):
        with open(self._path(name), encoding="utf-8") as file:
            return file.read()

    def _port(self, words):
        """The port that the gateway says it listens at."""
        deadline = time.monotonic() + 20
        while True:
            has_ended = self.process.poll() is not None
            said = self._read("err")
            found = re.search(rf"^methodwall: {words} on 127\.0\.0\.1:(\d+)$", said, re.MULTILINE)
            if found:
                return int(found[1])
            if has_ended or time.monotonic() > deadline:
                raise AssertionError(f"the gateway does not say that it is {words}:\n{said}")
            time.sleep(0.02)

    def connect(self, octets):
        """Sends octets to the gateway on a connection of their own, which it returns."""
        connection = socket.create_connection(self.gateway, timeout=10)
        connection.sendall(octets)
        return connection

    def bring_about(self, *kinds):
        """Sends the requests that bring about some kinds of refusals, each to its answer's end."""
        for kind in kinds:
            with self.connect(KINDS[kind].request()) as connection:
                while connection.recv(65536):
                    pass

    def break_policies(self):
        """Writes mistakes into a policy file; the errors are those of mock_admin.py."""
        text = self._read("policies/shop.yaml")
        self._write("policies/shop.yaml", text.replace("GET POST\n", "GETT POST\n").replace("PATCH", "PATHC"))

    def mend_policies(self):
        """Mends it, with one rule more."""
        with open(os.path.join(HERE, "policies/shop.yaml"), encoding="utf-8") as file:
            self._write("policies/shop.yaml", f"{file.read()}  /mended: GET\n")

    def stop(self):
        """Tells the gateway to stop and does not wait."""
        self.process.terminate()

    def close(self):
        """Stops the gateway, which has to end well, and removes what was made for it."""
        self.origin.release.set()
        self.process.terminate()
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for origin in (self.origin, self.late):
            origin.close()
        said = self._read("err")
        shutil.rmtree(self.folder, ignore_errors=True)
        with self.starting:
            self.running.discard(self)
        if status != 0:
            raise AssertionError(f"the gateway ended with {status}:\n{said[-4000:]}")
