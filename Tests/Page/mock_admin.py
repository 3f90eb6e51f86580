"""An admin listener for the page's test: the contract's API with made-up figures, and faults on demand."""

import http.server
import json
import os
import queue
import socket
import threading
from urllib.parse import parse_qs, urlsplit

from lines import KINDS, refusal

FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
MISTAKES = [
    "policies/shop.yaml:10:11: error[unknown-method]: GETT is not a known method",
    "policies/shop.yaml:11:28: error[unknown-method]: PATHC is not a known method",
]


def rule(pattern, at, methods, forwarded=0, refused=0, would_refuse=0, **more):
    """A rule as GET /policy tells it."""
    return {
        "pattern": pattern, "at": at, "methods": methods.split(), "mode": "enforce", "only": [],
        "upgrade": [], "forwarded": forwarded, "refused": refused, "would_refuse": would_refuse, **more,
    }


def policies():
    """Those of the folder beside this file."""
    shop = "policies/shop.yaml"
    stock = "policies/stock.yaml"
    return [
        {
            "name": "shop", "file": shop, "hosts": ["shop.example.com", "*.shop.example.com"],
            "mode": "enforce", "unlisted": "refuse", "upstream": "crm",
            "rules": [
                rule("/status", f"{shop}:9", "GET HEAD OPTIONS", 9210),
                rule("/users", f"{shop}:10", "GET HEAD POST OPTIONS", 4123, 17),
                rule("/users/{id:int}", f"{shop}:11", "GET HEAD PUT PATCH DELETE OPTIONS", 1804, 3),
                rule("/orders/{id}", f"{shop}:12", "GET HEAD OPTIONS", 611, 42,
                     reason="orders are final; post a refund instead"),
                rule("/admin/**", f"{shop}:15", "GET HEAD POST DELETE OPTIONS", 12, 5,
                     only=["DELETE only for 10.0.0.0/8"]),
                rule("/live", f"{shop}:19", "GET HEAD OPTIONS", 77, upgrade=["websocket"]),
            ],
        },
        {
            "name": "stock", "file": stock, "hosts": [], "mode": "report", "unlisted": "forward",
            "upstream": "legacy",
            "rules": [
                rule("/report/**", f"{stock}:7", "GET HEAD OPTIONS", 230, 0, 8, mode="report"),
                rule("/import", f"{stock}:8", "POST OPTIONS", mode="enforce"),
            ],
        },
    ]


def many_policies(count):
    """One policy with `count` rules."""
    rules = [
        rule(f"/service-{index % 97}/items-{index}/{{id}}", f"policies/large.yaml:{index + 5}",
             "GET HEAD POST OPTIONS", index)
        for index in range(count)
    ]
    return [{
        "name": "large", "file": "policies/large.yaml", "hosts": ["large.example.com"],
        "mode": "enforce", "unlisted": "refuse", "upstream": "crm", "rules": rules,
    }]


class MockAdmin:
    """The server and what it tells. Change its members to change its answers."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.RLock()
        self.version = "v-1"
        self.policies = policies()
        self.files = ["policies/shop.yaml", "policies/stock.yaml"]
        self.reload_errors = []
        self.load_errors = []
        self.status_code = 200
        self.draining = False
        self.origins = [
            {"upstream": "crm", "target": "https://10.0.0.5:8443", "healthy": True, "connections": 3,
             "idle": 2, "waiting": 0, "failures": 0},
            {"upstream": "crm", "target": "https://10.0.0.6:8443", "healthy": False, "connections": 0,
             "idle": 0, "waiting": 1, "failures": 12},
            {"upstream": "legacy", "target": "http://127.0.0.1:9000", "healthy": True, "connections": 1,
             "idle": 1, "waiting": 0, "failures": 0},
        ]
        self.explanation = {}
        self.held_path = None
        self.release = threading.Event()
        self.requests = []
        self.wrong_requests = []
        self.subscribers = []
        self.connections = set()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.admin = self
        self._server.server_bind()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._reserved = None
        self._serve()

    def _serve(self):
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def send(self, event, data):
        """Sends an event to every reader of GET /refusals; `data` is an object or text as it is."""
        text = data if isinstance(data, str) else json.dumps(data)
        with self.lock:
            for subscriber in self.subscribers:
                subscriber.put(f"event: {event}\ndata: {text}\n\n".encode())

    def refuse(self, *arguments, **more):
        """Sends the line of a refusal."""
        self.send("refusal", refusal(*arguments, **more))

    def bring_about(self, *kinds):
        """Sends the lines of some kinds of refusals."""
        for kind in kinds:
            self.send("refusal", KINDS[kind].line)

    def break_policies(self):
        """A file has mistakes, and the listener has noticed."""
        with self.lock:
            self.reload_errors = self.load_errors = MISTAKES

    def mend_policies(self):
        """It has none any more, but one rule more."""
        with self.lock:
            self.load_errors = []
            self.policies[0]["rules"].append(rule("/mended", "policies/shop.yaml:22", "GET HEAD OPTIONS"))
            self.reload_answer()

    def go_down(self):
        """Breaks every connection and refuses new ones; the port stays taken."""
        self._server.shutdown()
        self._thread.join()
        self._server.socket.close()
        self._reserved = self._bound()
        with self.lock:
            broken, self.connections = self.connections, set()
        for connection in broken:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def break_streams(self):
        """Ends every GET /refusals and nothing else."""
        with self.lock:
            for subscriber in self.subscribers:
                subscriber.put(None)

    def come_back(self):
        """Serves again at the same port."""
        self._server.socket = self._reserved
        self._serve()

    def _bound(self):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self.port))
        return made

    def close(self):
        """Stops serving."""
        self.go_down()
        self._reserved.close()

    def policy_answer(self):
        """The body of GET /policy."""
        return {"version": self.version, "loaded_at": "2026-03-01T10:00:00.123Z", "files": self.files,
                "policies": self.policies}

    def status_answer(self):
        """The body of GET /status; counts are sums over the rules."""
        rules = [each for policy in self.policies for each in policy["rules"]]
        total = {name: sum(each[name] for each in rules) for name in ("forwarded", "refused", "would_refuse")}
        return {
            "version": "0.5.0", "libcurl": "7.88.1", "uptime_seconds": 93784, "draining": self.draining,
            "reload": {
                "state": "failed" if self.reload_errors else "ok", "at": "2026-03-01T10:00:00.123Z",
                "policy_version": self.version, "errors": self.reload_errors,
            },
            "origins": self.origins, "connections": 4,
            "requests": total["forwarded"] + total["refused"] + 31,
            **total, "answered": 31, "log_lines_lost": 0,
        }

    def reload_answer(self):
        """What becomes of POST /reload."""
        if self.load_errors:
            self.reload_errors = self.load_errors
            return 409, {"reloaded": False, "errors": self.load_errors}
        self.reload_errors = []
        self.version = f"v-{int(self.version[2:]) + 1}"
        return 200, {"reloaded": True, "version": self.version}

    def explain_answer(self, asked):
        """What becomes of GET /explain: a path is found that is a pattern, nothing else."""
        path = asked.get("path", "")
        if not path:
            return 400, {"error": "The query needs 'path'."}
        if not path.startswith("/"):
            return 400, {"error": "path: it starts with /, and there are no spaces or controls"}
        host, method = asked.get("host", ""), asked["method"]
        policy = next((each for each in self.policies if host in each["hosts"]), self.policies[-1])
        found = next((each for each in policy["rules"] if each["pattern"] == path), None)
        body = {
            "method": method, "path": path, "canonical_path": path, "host": host,
            "policy": policy["name"], "file": policy["file"],
            "mode": (found or policy)["mode"], "override": "judge", "rules": [],
        }
        if found:
            more = {name: found[name] for name in ("only", "upgrade") if found[name]}
            body["rules"] = [{"pattern": path, "at": found["at"], "allow": found["methods"], **more}]
            body["may"] = found["methods"]
        return 200, {**body, **decided(method, policy, found), **self.explanation}


def decided(method, policy, found):
    """What an explanation says of the decision."""
    forward = {"decision": "forward", "upstream": policy["upstream"]}
    if not found:
        because = f"no rule matches the path, and the policy {policy['unlisted']}s such paths"
        return {**forward, "because": because} if policy["unlisted"] == "forward" else refused(
            404, "Not Found", "no_rule_for_path", because)
    if method in found["methods"]:
        return {**forward, "because": f"the rule at {found['at']} has {method}"}
    because = f"the rule at {found['at']} does not have {method}"
    if found["mode"] == "report":
        return {**forward, "decision": "report", "would_refuse": 405, "reason": "method_not_allowed",
                "because": f"{because}; in report mode that is logged, not enforced"}
    allow = f"Allow: {', '.join(found['methods'])}"
    return refused(405, "Method Not Allowed", "method_not_allowed", because, allow)


def refused(status, phrase, reason, because, *fields):
    """The members of a refusal."""
    head = [f"HTTP/1.1 {status} {phrase}", *fields, "Cache-Control: no-store",
            "Proxy-Status: methodwall; error=http_request_denied",
            "Content-Type: application/problem+json", "Content-Length: 246",
            "Date: Sun, 01 Mar 2026 10:20:30 GMT"]
    return {"decision": "refuse", "status": status, "reason": reason, "because": because,
            "response_head": head}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        with self.server.admin.lock:
            self.server.admin.connections.add(self.connection)

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass

    def log_message(self, *_):
        pass

    def do_GET(self):
        admin = self.server.admin
        parts = urlsplit(self.path)
        admin.requests.append(f"GET {self.path}")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in FILES:
            name, kind = FILES[parts.path]
            with open(os.path.join(admin.folder, name), "rb") as file:
                return self.answer(200, file.read(), kind)
        if admin.status_code != 200:
            return self.answer(admin.status_code, b"busy\n", "text/plain")
        if parts.path == "/refusals":
            return self.stream()
        if admin.held_path is not None and asked.get("path") == admin.held_path:
            admin.release.wait(10)
        with admin.lock:
            if parts.path == "/policy":
                return self.answer_json(200, admin.policy_answer())
            if parts.path == "/status":
                return self.answer_json(200, admin.status_answer())
            if parts.path == "/explain":
                return self.answer_json(*admin.explain_answer(asked))
        admin.wrong_requests.append(f"GET {self.path}")
        self.answer_json(404, {"error": "no such page"})

    def do_POST(self):
        admin = self.server.admin
        admin.requests.append(f"POST {self.path}")
        origin = self.headers.get("Origin")
        if self.path != "/reload" or f"{origin}/" != admin.url:
            admin.wrong_requests.append(f"POST {self.path} of {origin}")
            return self.answer_json(403, {"error": "a foreign origin"})
        with admin.lock:
            self.answer_json(*admin.reload_answer())

    def answer_json(self, status, body):
        self.answer(status, json.dumps(body).encode(), "application/json")

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        """Sends events until the reader goes."""
        admin = self.server.admin
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b": here\n\n")
        events = queue.Queue()
        with admin.lock:
            admin.subscribers.append(events)
        try:
            while self.connection in admin.connections:
                try:
                    octets = events.get(timeout=0.2)
                except queue.Empty:
                    octets = b": \n\n"
                if octets is None:
                    break
                self.wfile.write(octets)
        finally:
            with admin.lock:
                admin.subscribers.remove(events)
