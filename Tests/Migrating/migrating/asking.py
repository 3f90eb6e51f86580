"""Requests as the tables write them, and what became of them."""
import http.client
import re
from dataclasses import dataclass

HOST = "shop.example.com"
SAFELISTED = {"GET", "HEAD", "POST"}  # what a browser sends without looking at Allow-Methods
ORDER = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SECONDS = 20

WORDS = {"at", "from", "asking", "by", "overriding", "with"}


class Unreadable(Exception):
    """A table has a request or an answer that cannot be read."""


@dataclass(frozen=True)
class Request:
    """A request: `GET /users at HOST from ORIGIN asking METHOD by ADDRESS overriding METHOD with SIZE`."""
    text: str
    method: str
    path: str
    more: dict

    @staticmethod
    def read(text):
        """The request that a table writes so."""
        method, path, *rest = text.split()
        more = dict(zip(rest[::2], rest[1::2]))
        if len(rest) != 2 * len(more) or not set(more) <= WORDS:
            raise Unreadable(f"not a request: {text}")
        return Request(text, method, path, more)

    def fields(self):
        """Its field lines."""
        fields = {"Host": self.more.get("at", HOST), "Connection": "close"}
        if "from" in self.more:
            fields["Origin"] = self.more["from"]
        if "asking" in self.more:
            fields["Access-Control-Request-Method"] = self.more["asking"]
        if "overriding" in self.more:
            fields["X-HTTP-Method-Override"] = self.more["overriding"]
        fields["Content-Length"] = str(len(self.content()))
        return fields

    def content(self):
        """Its content: as many MiB as `with` says."""
        size = re.fullmatch(r"(\d+)MiB", self.more.get("with", "0MiB"))
        if not size:
            raise Unreadable(f"not a size: {self.more['with']}")
        return b"x" * (int(size.group(1)) << 20)


@dataclass(frozen=True)
class Answer:
    """What became of a request: `forwarded`, a preflight that is `granted` or `denied`, or a status.

    `path` is set if the service saw another path than the client sent. `allow` is None without Allow.
    `hidden` is whether a browser hides the answer from the web page that asked.
    """
    status: int = 0
    allow: frozenset = None
    forwarded: bool = False
    path: str = ""
    preflight: str = ""
    hidden: bool = False

    @staticmethod
    def read(text):
        """The answer that a table writes so: `forwarded as /x`, `405 Allow GET`, `preflight granted`.

        Behind the first two may stand `hidden`.
        """
        match = re.fullmatch(r"preflight (granted|denied)|(?:forwarded(?: as (\S+))?"
                             r"|(\d{3})(?: Allow((?: [A-Z]+)*))?)( hidden)?", text)
        if not match:
            raise Unreadable(f"not an answer: {text}")
        preflight, path, status, allow, hidden = match.groups()
        if preflight:
            return Answer(preflight=preflight)
        if not status:
            return Answer(forwarded=True, path=path or "", hidden=bool(hidden))
        return Answer(int(status), None if allow is None else frozenset(allow.split()),
                      hidden=bool(hidden))

    def __str__(self):
        if self.preflight:
            return f"preflight {self.preflight}"
        words = ["forwarded"] if self.forwarded else [str(self.status)]
        if self.path:
            words += ["as", self.path]
        if self.allow is not None:
            words += ["Allow", *sorted(self.allow, key=lambda method: (
                ORDER.index(method) if method in ORDER else len(ORDER), method))]
        return " ".join(words + (["hidden"] if self.hidden else []))


def ask(port, request, source):
    """Sends the request from the address `source` and returns the Answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, SECONDS, source_address=(source, 0))
    try:
        connection.putrequest(request.method, request.path, skip_host=True,
                              skip_accept_encoding=True)
        for name, value in request.fields().items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            connection.send(request.content())
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end of the content; the answer is there
        response = connection.getresponse()
        response.read()
        return _answer(request, response)
    finally:
        connection.close()


def _answer(request, response):
    if "asking" in request.more:
        return Answer(preflight="granted" if _is_granted(request, response) else "denied")
    hidden = "from" in request.more and not _is_shared(request, response)
    if response.getheader("X-Seen-Method") == request.method:
        seen = response.getheader("X-Seen-Path")
        return Answer(forwarded=True, path="" if seen == request.path else seen, hidden=hidden)
    allow = response.headers.get_all("Allow")
    methods = None if allow is None else frozenset(
        method.strip() for line in allow for method in line.split(",") if method.strip())
    return Answer(response.status, methods, hidden=hidden)


def _is_shared(request, response):
    """Whether the page's origin may read the answer (the CORS check of the Fetch standard)."""
    fields = response.headers.get_all("Access-Control-Allow-Origin")
    return fields in ([request.more["from"]], ["*"])


def _is_granted(request, response):
    """Whether a browser would send the request that the preflight asks for (the Fetch standard)."""
    listed = [name.strip() for line in response.headers.get_all("Access-Control-Allow-Methods", [])
              for name in line.split(",")]
    asked = request.more["asking"]
    return (200 <= response.status < 300 and _is_shared(request, response)
            and (asked in SAFELISTED or asked in listed or "*" in listed))
