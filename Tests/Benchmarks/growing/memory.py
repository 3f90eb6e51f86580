"""Memory by the size of bodies, by open connections, and by requests sent ahead of their answers.

Figures are octets of RssAnon: the process's own memory, without what it maps from files.
"""
import os
import resource
import select
import sys
import tempfile
import time

from growing import policies
from growing.client import Client, content_length, request
from growing.proc import anonymous_octets, steady_octets
from growing.report import mebibytes
from measuring.chart import bar_chart, line_chart
from measuring.process import Methodwall, Server, accepts, free_port

MIB = 2**20
PIECE = bytes(256 * 1024)
FORM = (b"field=value+and+more&" * len(PIECE))[:len(PIECE)]
KINDS = ("download", "upload", "form upload")
CONFIGURATION = """\
upstreams:
  unused: { url: http://127.0.0.1:9 }
limits:
  idle_timeout: 600s
  connections: 20000
  connections_per_client: 5000
"""
POLICY = "methodwall: 1\npaths:\n  /probe: GET\n  /{size:int}: GET PUT\n"


def measure(report, folder, quick):
    sizes = [MIB, 64 * MIB] + ([] if quick else [1024 * MIB])
    counts = fitting([0, 1000] + ([2000] if quick else [5000, 9000]))
    depths = [1, 16, 256] + ([] if quick else [4096])
    port = free_port()
    program = os.path.join(os.path.dirname(__file__), "origin.py")
    with Server([sys.executable, "-B", program, str(port)], log=f"{folder}/origin.err") as origin:
        origin.wait_for(lambda: accepts(port), 10, "the origin")
        place = Place(folder, f"http://127.0.0.1:{port}")
        bodies = [body(place, kind, size) for kind in KINDS for size in sizes]
        connections = {kind: by_connections(place, kind, counts)
                       for kind in ("refused", "forwarded")}
    pipelined = [by_depth(place, depth) for depth in depths]
    report.add("memory", {"bodies": bodies, "connections": connections, "pipelined": pipelined})
    tables(report, bodies, connections, pipelined)
    charts(report, bodies, connections, pipelined)


class Place:
    """Where gateways keep their files, each in a folder of its own, and what they forward to."""

    def __init__(self, folder, upstream):
        self.folder, self.upstream = folder, upstream

    def gateway(self):
        return Methodwall(os.environ["METHODWALL_BIN"], tempfile.mkdtemp(dir=self.folder), POLICY,
                          self.upstream, config=CONFIGURATION)


def fitting(counts):
    """Those counts of connections for which this process may open enough files."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [count for count in counts if count + 500 < limit]


class Peak:
    """The most memory of a process, looked at every few milliseconds while something goes on."""

    def __init__(self, pid):
        self.pid, self.octets, self.last = pid, anonymous_octets(pid), time.monotonic()

    def look(self):
        now = time.monotonic()
        if now - self.last > 0.003:
            self.last, self.octets = now, max(self.octets, anonymous_octets(self.pid))


def body(place, kind, size):
    """Streams one body through; memory before, at most meanwhile, and the seconds it took.

    methodwall looks through the content of a form for a method that it claims, and of an upload
    without Content-Type, too; other content just passes.
    """
    with place.gateway() as server, Client(server.port) as client:
        client.send(request("GET", "/5"))
        client.response()
        steady_octets(server)
        peak = Peak(server.pid)
        before, start = peak.octets, time.monotonic()
        if kind == "download":
            download(client, size, peak)
        elif kind == "upload":
            upload(client, size, peak, "application/octet-stream", PIECE)
        else:
            upload(client, size, peak, "application/x-www-form-urlencoded", FORM)
        seconds = time.monotonic() - start
    return {"kind": kind, "octets": size, "before": before, "most": peak.octets, "seconds": seconds}


def download(client, size, peak):
    client.send(request("GET", f"/{size}"))
    head, got = client.head()
    if not head.startswith(b"HTTP/1.1 200 ") or content_length(head) != size:
        raise SystemExit(f"not the body that was asked for: {head!r}")
    buffer = bytearray(len(PIECE))
    while got < size:
        count = client.socket.recv_into(buffer)
        if count == 0:
            raise SystemExit(f"the body ended after {got} octets")
        got += count
        peak.look()


def upload(client, size, peak, content_type, piece):
    client.send((f"PUT /5 HTTP/1.1\r\nHost: example.test\r\nContent-Type: {content_type}\r\n"
                 f"Content-Length: {size}\r\n\r\n").encode())
    for _ in range(size // len(piece)):
        client.send(piece)
        peak.look()
    head = client.response()
    if not head.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"the upload was not taken: {head!r}")


def by_connections(place, kind, counts):
    """Memory with so many connections open at once, each idle after one request.

    `idle_cpu_ms` is the CPU time in milliseconds that a second with them takes.
    """
    question = request("DELETE") if kind == "refused" else request("GET", "/5")
    status = b"HTTP/1.1 405 " if kind == "refused" else b"HTTP/1.1 200 "
    found, clients = [], []
    with place.gateway() as server:
        try:
            for count in counts:
                while len(clients) < count:
                    clients.append(Client(server.port, f"127.0.0.{2 + len(clients) // 1000}"))
                    clients[-1].send(question)
                    head = clients[-1].response()
                    if not head.startswith(status):
                        raise SystemExit(f"connection {len(clients)} was answered {head!r}")
                found.append({"connections": count, "octets": steady_octets(server),
                              "idle_cpu_ms": idle_cpu_milliseconds(server)})
        finally:
            for client in clients:
                client.close()
        found.append({"connections": 0, "octets": steady_octets(server), "afterwards": True})
    return found


def idle_cpu_milliseconds(server, seconds=1):
    """CPU milliseconds a second while nothing is asked."""
    before, start = server.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu_seconds() - before) / (time.monotonic() - start) * 1000


def by_depth(place, depth):
    """Memory while one client sends refused requests and reads no answer until all are sent.

    Its receive buffer is as small as the system lets it be, so that answers stay with methodwall.
    If methodwall stops taking requests, what is left is sent while answers are read.
    """
    with place.gateway() as server, Client(server.port, receive_buffer=4096) as client:
        client.send(request("DELETE"))
        client.response()
        steady_octets(server)
        peak = Peak(server.pid)
        before = peak.octets
        left = send_ahead(client, request("DELETE") * depth, peak)
        sent_ahead = depth - -(-len(left) // len(request("DELETE")))
        held = steady_octets(server)
        answers = read_all(client, left, depth, peak)
        return {"depth": depth, "before": before, "held": held, "sent_ahead": sent_ahead,
                "most": max(held, peak.octets), "answers": answers}


def send_ahead(client, octets, peak):
    """Sends until all is sent or nothing has been taken for half a second; returns the rest."""
    client.socket.setblocking(False)
    while octets and select.select([], [client.socket], [], 0.5)[1]:
        octets = octets[client.socket.send(octets):]
        peak.look()
    return octets


def read_all(client, left, depth, peak):
    """Reads so many answers while the rest of the requests is sent; the number of 405s."""
    held, answers, deadline = b"", 0, time.monotonic() + 60
    while answers < depth and time.monotonic() < deadline:
        readable, writable, _ = select.select(
            [client.socket], [client.socket] if left else [], [], 1)
        if writable:
            left = left[client.socket.send(left):]
        if readable:
            piece = client.socket.recv(65536)
            if not piece:
                break
            *whole, held = (held + piece).split(b"HTTP/1.1 405 ")
            answers += len(whole)
        peak.look()
    if answers != depth:
        raise SystemExit(f"{depth} requests in one go had {answers} answers")
    return answers


def tables(report, bodies, connections, pipelined):
    report.table(
        "Memory by the size of a body that streams through",
        ["body", "MiB", "RssAnon MiB before", "at most meanwhile", "seconds"],
        [[each["kind"], each["octets"] // MIB, mebibytes(each["before"]), mebibytes(each["most"]),
          each["seconds"]] for each in bodies])
    report.table(
        "Memory by idle connections, each after one request",
        ["request", "connections", "RssAnon MiB", "KiB a connection", "CPU ms a second, idle"],
        [[kind, "0 afterwards" if "afterwards" in each else each["connections"],
          mebibytes(each["octets"]), per_connection(each, series[0]), each.get("idle_cpu_ms")]
         for kind, series in connections.items() for each in series])
    report.table(
        "Memory by refused requests sent without reading an answer",
        ["requests", "taken before any answer was read", "RssAnon MiB before", "before reading",
         "at most"],
        [[each["depth"], each["sent_ahead"], mebibytes(each["before"]), mebibytes(each["held"]),
          mebibytes(each["most"])] for each in pipelined])


def per_connection(each, first):
    if not each["connections"]:
        return None
    return (each["octets"] - first["octets"]) / 1024 / each["connections"]


def charts(report, bodies, connections, pipelined):
    sizes = sorted({each["octets"] for each in bodies})
    bar_chart(
        report.chart("memory-by-body"), "Memory while a body streams through",
        "RssAnon at most, MiB",
        [f"{size // MIB:,} MiB" for size in sizes],
        [(kind, [mebibytes(each["most"]) for each in bodies if each["kind"] == kind])
         for kind in KINDS])
    line_chart(
        report.chart("memory-by-connections"), "Memory by idle connections", "connections",
        "RssAnon, MiB",
        [(f"after a {kind} request", [(each["connections"], mebibytes(each["octets"]))
                                      for each in series if "afterwards" not in each])
         for kind, series in connections.items()])
    line_chart(
        report.chart("memory-by-pipelined"), "Memory by requests sent ahead of their answers",
        "refused requests sent without reading", "RssAnon at most, MiB",
        [("one connection", [(each["depth"], mebibytes(each["most"])) for each in pipelined])],
        log_x=True)
