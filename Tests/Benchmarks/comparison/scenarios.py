"""The loads that are compared: what is sent, over how many connections, and what a right answer is."""
from dataclasses import dataclass, field

from comparison.exchange import Probe
from comparison.origin import CHUNKED_OCTETS, SMALL
from comparison.paced import CONNECTIONS, RATE
from comparison.site import (CORS_MAX_AGE, CORS_ORIGIN, PLAIN, STREAMING, METHODS, Rule, Site,
                             many_rules, numbered_path)
from comparison.wrk import request

OCTETS = {"Content-Type": "application/octet-stream"}
PREFLIGHT = {"Origin": CORS_ORIGIN, "Access-Control-Request-Method": "POST"}
USERS = "GET, HEAD, POST, OPTIONS"
MANY = 10_000  # rules, and distinct paths
BIG = 10 << 20  # octets of a big body
BODY_CONNECTIONS = 4  # for big bodies

REFUSING = {"nginx": 1.10}
FORWARDING = {"nginx": 1.15, "haproxy": 1.15, "envoy": 0.5, "traefik": 0.5, "caddy": 0.333}
BODIES = {"nginx": 1.25}


@dataclass
class Scenario:
    """A load. `goals` are the highest ratios of methodwall's figure to each other proxy's.

    `probes` are asked before it, `needs` names an ability that a proxy may lack, `only` are the only
    proxies for which it differs from another scenario. `figures` says what is taken from a load.
    """
    name: str
    title: str
    requests: list
    probes: list
    connections: int = 64
    site: Site = PLAIN
    goals: dict = field(default_factory=dict)
    refused: bool = False
    needs: str = ""
    only: tuple = ()
    figures: tuple = ("cpu",)
    octets: int = 0  # that a response has at least
    shortest: float = 0  # seconds that a load has to last, so that enough requests are completed
    paced: str = ""  # a path to be asked for at a fixed rate, instead of `requests`


def scenarios():
    """All of them, by name."""
    return {each.name: each for each in [
        *_refusals(), *_answers(), *_forwards(), *_bodies(), *_latencies()]}


def _refusal(path, methods):
    return Probe("PUT", path, (405,), allow=Rule(path, methods).allow)


def _refusals():
    one = Probe("DELETE", "/users", (405,), allow=USERS)
    varied = [f"/files/folder{number // 100}/document{number}" for number in range(MANY)]
    yield Scenario("refuse", "405, one path", [request("DELETE", "/users")], [one],
                   refused=True, goals=REFUSING)
    yield Scenario("refuse-varied", f"405, {MANY:,} paths of one rule",
                   [request("DELETE", path) for path in varied],
                   [Probe("DELETE", varied[-1], (405,), allow="GET, HEAD, OPTIONS")],
                   refused=True, goals=REFUSING)
    for count in (100, MANY):
        numbers = sorted(range(count), key=lambda number: number * 7919 % count)
        yield Scenario(f"refuse-{count}-rules", f"405, {count:,} rules in turn",
                       [request("PUT", numbered_path(number)) for number in numbers],
                       [_refusal(numbered_path(number), METHODS[number % len(METHODS)])
                        for number in (0, count // 2 + 1, count - 1)],
                       site=many_rules(count), refused=True, goals=REFUSING)


def _answers():
    yield Scenario("options", "OPTIONS, 204 with Allow", [request("OPTIONS", "/status")],
                   [Probe("OPTIONS", "/status", (204,), allow="GET, HEAD, OPTIONS")],
                   needs="options", goals=REFUSING)
    fields = {"Access-Control-Allow-Origin".lower(): CORS_ORIGIN,
              "Access-Control-Allow-Methods".lower(): "GET, POST",
              "Access-Control-Max-Age".lower(): str(CORS_MAX_AGE)}
    # Envoy and Traefik answer preflights with 200, which is as good for a browser.
    yield Scenario("preflight", "a preflight with CORS fields",
                   [request("OPTIONS", "/users", PREFLIGHT)],
                   [Probe("OPTIONS", "/users", (200, 204), PREFLIGHT, fields=fields)],
                   needs="preflight", goals=REFUSING)


def _small():
    return [Probe("GET", "/status", (200,), holds=lambda content: content == SMALL.encode())]


def _forwards():
    for connections in (1, 64, 256):
        yield Scenario(f"forward-{connections}", f"GET forwarded, {connections} connection"
                       + "s" * (connections > 1), [request("GET", "/status")], _small(),
                       connections, goals=FORWARDING if connections > 1 else {})
    content = b"x" * 4096
    yield Scenario("post-4k", "POST of 4 KiB", [request("POST", "/upload", OCTETS, content)],
                   [_upload(content)])
    yield Scenario("close", "GET, a connection for each",
                   [request("GET", "/status", {"Connection": "close"})], _small())


def _upload(content):
    """The origin answers with the octets that it received of the whole request."""
    return Probe("POST", "/upload", (200,), OCTETS, content,
                 holds=lambda told: 0 < int(told) - len(content) < 1000)


def _bodies():
    downloads = (("64k", "64 KiB", 1 << 16, 64, {}),
                 ("10m", "10 MiB", BIG, BODY_CONNECTIONS, BODIES))
    big = b"x" * BIG
    for suffix, site, only, how in (("", STREAMING, (), ""),
                                    ("-buffered", PLAIN, ("nginx",), ", nginx buffers")):
        for name, size, octets, connections, goals in downloads:
            yield Scenario(f"response-{name}{suffix}", f"a response of {size}{how}",
                           [request("GET", f"/files/{name}")],
                           [Probe("GET", f"/files/{name}", (200,), length=octets)], connections,
                           site, goals, only=only, octets=octets, shortest=octets / BIG)
        yield Scenario(f"upload-10m{suffix}", f"an upload of 10 MiB{how}",
                       [request("POST", "/upload", OCTETS, big)], [_upload(big)],
                       BODY_CONNECTIONS, site, BODIES, only=only, shortest=1)
    pieces = [b"x" * 1024] * 4
    yield Scenario("chunked", "4 KiB chunked both ways",
                   [request("POST", "/chunked", OCTETS, pieces)],
                   [Probe("POST", "/chunked", (200,), OCTETS, pieces, length=CHUNKED_OCTETS,
                          fields={"transfer-encoding": "chunked"})], site=STREAMING)


def _latencies():
    yield Scenario("latency", "GET, one connection", [request("GET", "/status")], _small(), 1,
                   goals={"nginx": 1.15}, figures=("p50", "p99"))
    yield Scenario("latency-paced", f"GET, {RATE:,} a second", [], _small(), CONNECTIONS,
                   figures=("p50", "p99"), paced="/status")
