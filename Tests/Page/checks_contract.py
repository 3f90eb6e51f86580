"""Whether the made-up listener answers as a real one does, so that its tests say something."""

import json
import re
import socket
import urllib.error
import urllib.request
from urllib.parse import urlencode

from lines import KINDS
from mock_admin import MISTAKES, MockAdmin
from support import PAGE, PageCase

# Values that differ from run to run, and what they look like.
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
VARYING = {
    "timestamp": MOMENT, "loaded_at": MOMENT, "at": MOMENT, "client.address": r"\d+\.\d+\.\d+\.\d+",
    "client.port": r"\d+", "methodwall.request_id": r"[0-9a-f]{16}", "version": r"\S+",
    "methodwall.target": r"http://127\.0\.0\.1:\d+", "methodwall.policy_version": r"\S+",
    "forwarded": r"\d+", "refused": r"\d+", "would_refuse": r"\d+",
}
QUESTIONS = [
    ("GET", "/users", "shop.example.com"), ("DELETE", "/users", "shop.example.com"),
    ("GET", "/nowhere", "shop.example.com"), ("GET", "/nowhere", "stock.example.com"),
    ("DELETE", "/report/**", "stock.example.com"), ("GET", "/report/**", ""),
    ("GET", "/import", ""), ("POST", "/import", ""), ("GET", "/live", "shop.example.com"),
    ("GET", "users", ""), ("GET", "", ""),
]


def steady(value, *names):
    """A document with those of its values that vary put as what they look like."""
    if isinstance(value, dict):
        return {key: steady(each, *names, key) for key, each in value.items()}
    if isinstance(value, list):
        return [steady(each, *names) for each in value]
    pattern = VARYING.get(names[-1] if names else "", r"(?!)")
    return (type(value), pattern) if re.fullmatch(pattern, str(value)) else value


def shape(value):
    """The names in a document and the kinds of its values; of a list, every kind there is in it."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(shape(each)) for each in value})
    return type(value).__name__


def steady_head(explanation):
    """An explanation without the fields of the answer's head that vary."""
    lines = explanation.get("response_head", [])
    head = [line for line in lines if not line.startswith(("Date: ", "Content-Length: "))]
    return {**explanation, "response_head": head, "fields": len(lines)}


class ContractTests(PageCase):
    """The same questions to both."""

    def setUp(self):
        super().setUp()
        self.made_up = MockAdmin(PAGE)
        self.addCleanup(self.made_up.close)

    def ask_both(self, path, method="GET"):
        """The status, the fields that matter and the document, of the real one and of the made-up one."""
        answers = []
        for url in (self.url, self.made_up.url):
            request = urllib.request.Request(url + path, method=method, headers={"Origin": url[:-1]})
            try:
                response = urllib.request.urlopen(request, timeout=10)
            except urllib.error.HTTPError as error:
                response = error
            with response:
                names = ("Content-Type", "Content-Security-Policy", "Cache-Control", "X-Content-Type-Options")
                fields = {name: response.headers[name] for name in names}
                answers.append((response.status, fields, json.load(response)))
        real, made_up = answers
        self.assertEqual(real[:2], made_up[:2], path)
        return real[2], made_up[2]

    def test_policy(self):
        """GET /policy is the same but for counts, version and time."""
        real, made_up = self.ask_both("policy")
        self.assertEqual(steady(real), steady(made_up))

    def test_status(self):
        """GET /status has the same names and kinds of values, before and after a failed reload."""
        for errors in ([], MISTAKES):
            if errors:
                self.admin.break_policies()
                self.made_up.break_policies()
                self.ask_both("reload", "POST")
            real, made_up = self.ask_both("status")
            self.assertEqual(shape(real), shape(made_up))
            for status in (real, made_up):
                self.assertEqual(status["reload"]["errors"], errors)
                self.assertEqual(status["reload"]["state"], "failed" if errors else "ok")
                self.assertEqual(status["requests"],
                                 status["forwarded"] + status["refused"] + status["answered"])

    def test_reload(self):
        """POST /reload answers the same, with and without mistakes."""
        real, made_up = self.ask_both("reload", "POST")
        self.assertEqual(steady(real), steady(made_up))
        self.admin.break_policies()
        self.made_up.break_policies()
        real, made_up = self.ask_both("reload", "POST")
        self.assertEqual(real, made_up)

    def test_explain(self):
        """GET /explain says the same of every question."""
        for question in QUESTIONS:
            query = urlencode(dict(zip(("method", "path", "host"), question)))
            real, made_up = self.ask_both(f"explain?{query}")
            self.assertEqual(steady_head(real), steady_head(made_up), question)

    def test_refusals(self):
        """GET /refusals tells the same of every kind of refusal, in events of the same form."""
        with socket.create_connection(("127.0.0.1", int(self.url.split(":")[2][:-1])), timeout=10) as reader:
            reader.sendall(b"GET /refusals HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stream = reader.makefile("rb")
            head = iter(lambda: stream.readline().decode().rstrip().lower(), "")
            self.assertIn("content-type: text/event-stream", list(head))
            for name, kind in KINDS.items():
                self.admin.bring_about(name)
                wanted = steady(kind.line)
                line = self.next_refusal(stream)
                if kind.times > 1:
                    self.assertNotIn("methodwall.repeated", line)
                    line = self.next_refusal(stream)
                self.assertEqual(steady(line), wanted, name)

    def next_refusal(self, stream):
        """The line in the next event."""
        while True:
            text = stream.readline().decode()
            self.assertNotEqual(text, "", "the stream ended")
            if text == "event: refusal\n":
                data = stream.readline().decode()
                self.assertTrue(data.startswith("data: {"), data)
                self.assertEqual(stream.readline(), b"\n")
                return json.loads(data[6:])
