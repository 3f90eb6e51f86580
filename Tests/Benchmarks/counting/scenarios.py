"""The requests whose cost is counted: what is sent, in which pattern, and by which policy."""
import dataclasses
import functools
from collections.abc import Callable

from .clients import Client, NewConnections

POLICY = "methodwall: 1\npaths:\n  /**: GET POST\n"
CORS_POLICY = (
    "methodwall: 1\n"
    'cors:\n  origins: ["https://app.example.com"]\n'
    "paths:\n  /**: GET POST\n"
)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One kind of request. `request` gives the octets of the request with a number."""

    name: str
    about: str
    status: int
    request: Callable[[int], bytes]
    client: Callable = Client
    policy: str = POLICY

    def open(self, port):
        """A client of the gateway on `port`; close it when done."""
        return self.client(port, self.request, self.status)


def head(method, *fields, target="/x"):
    """The octets of a request without a body."""
    lines = (f"{method} {target} HTTP/1.1", "Host: example.test", *fields)
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


def always(octets):
    """A `request` that is the same whatever its number."""
    return lambda _: octets


def distinct(number):
    """A refused request with a path of its own, so that the log has a line for each."""
    return head("DELETE", target=f"/things/{number:08}")


_POST = head("POST", "Content-Type: application/octet-stream", "Content-Length: 4096") + 4096 * b"x"
_CHUNKED = (head("POST", "Content-Type: application/octet-stream", "Transfer-Encoding: chunked")
            + 4 * (b"400\r\n" + 1024 * b"x" + b"\r\n") + b"0\r\n\r\n")
_PREFLIGHT = head("OPTIONS", "Origin: https://app.example.com",
                  "Access-Control-Request-Method: POST")

SCENARIOS = (
    Scenario("refused", "DELETE, answered with 405", 405, always(head("DELETE"))),
    Scenario("refused-distinct", "the same, each with another path: a log line each", 405, distinct),
    Scenario("options", "OPTIONS, answered with 204", 204, always(head("OPTIONS"))),
    Scenario("preflight", "a browser's preflight, answered with 204", 204, always(_PREFLIGHT),
             policy=CORS_POLICY),
    Scenario("forwarded", "GET, answered by the service", 200, always(head("GET"))),
    Scenario("forwarded-post", "POST of 4 KiB", 200, always(_POST)),
    Scenario("forwarded-chunked", "POST of 4 chunks of 1 KiB", 200, always(_CHUNKED)),
    Scenario("forwarded-64k", "GET, answered with 64 KiB", 200, always(head("GET", target="/big"))),
    Scenario("pipelined", "refused, 16 in one send", 405, always(head("DELETE")),
             client=functools.partial(Client, depth=16)),
    Scenario("forwarded-64", "GET on 64 connections at once", 200, always(head("GET")),
             client=functools.partial(Client, connections=64)),
    Scenario("new-connection", "refused, a connection for each", 405,
             always(head("DELETE", "Connection: close")), client=NewConnections),
)


def named(name):
    """The scenario of that name, or None."""
    return next((scenario for scenario in SCENARIOS if scenario.name == name), None)
