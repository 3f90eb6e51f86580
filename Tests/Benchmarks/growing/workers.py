"""Whether workers get in each other's way: refusals with one worker and with two.

The load shares the cores with the workers, so requests a second say little of what a second worker
adds. The cost of a request says it: if workers share nothing, CPU time, switches between threads
and waiting for locks (futex) stay the same for each request. Two processes with a worker
each are the control: they can share nothing.
"""
import contextlib
import math
import os
import re
import signal
import subprocess
import tempfile

from growing import policies, wrk
from growing.client import Client, request
from growing.proc import context_switches, thread_nanoseconds
from measuring.chart import bar_chart
from measuring.process import Methodwall, wait_until

# How many processes, and workers in each.
LAYOUTS = {"1 worker": (1, 1), "2 workers": (1, 2), "2 processes": (2, 1)}
DEPTHS = (1, 16)
CONNECTIONS = 32
FUTEX_ROUNDS, FUTEX_CONNECTIONS = 250, 16
NOTE = ("Two wrk of one thread share the cores with the workers, so requests a second depend on "
        "how many cores the scheduler leaves to methodwall (it may share them out by session, so "
        "two processes get more than one). Pipelined, 16 requests in one send, wrk needs less.")


def measure(report, folder, quick):
    """The cost of a refusal for each layout, one request at a time and sixteen in one send.

    Layouts take turns and the run with the least CPU time counts, so that whatever else the
    machine does at times disturbs them alike.
    """
    seconds, rounds = (1, 2) if quick else (3, 4)
    found = []
    for depth in DEPTHS:
        runs = {name: [] for name in LAYOUTS}
        for _ in range(rounds):
            for name, layout in LAYOUTS.items():
                runs[name].append(one_run(folder, layout, depth, seconds))
        for name, of_layout in runs.items():
            best = min(of_layout, key=lambda run: run["cpu_us"])
            found.append({"layout": name, "depth": depth, **best})
    futexes = {name: futex_calls(folder, layout) for name, layout in LAYOUTS.items()}
    report.add("workers", {"runs": found, "futex_calls_per_request": futexes})
    tables(report, found, futexes)
    charts(report, found)


@contextlib.contextmanager
def gateways(folder, processes, workers):
    """So many gateways on ports of their own."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(gateway(folder, workers)) for _ in range(processes)]


def gateway(folder, workers):
    folder = tempfile.mkdtemp(dir=folder)
    return Methodwall(os.environ["METHODWALL_BIN"], folder, policies.text(10), "http://127.0.0.1:9",
                      flags=["--workers", str(workers)])


def one_run(folder, layout, depth, seconds):
    """Two wrk, each with half of the connections, against one gateway or one each."""
    with gateways(folder, *layout) as servers:
        load(folder, servers, depth, 1)  # warms up
        before = [counters(server) for server in servers]
        requests, rate = load(folder, servers, depth, seconds)
        after = [counters(server) for server in servers]
    used = {key: sum(b[key] - a[key] for a, b in zip(before, after))
            for key in ("cpu", "voluntary", "involuntary")}
    return {
        "requests": requests, "requests_per_second": rate,
        "cpu_us": used["cpu"] / requests * 1e6,
        "voluntary_switches": used["voluntary"] / requests,
        "involuntary_switches": used["involuntary"] / requests,
        "busiest_thread_share": busiest_share(before, after)}


def load(folder, servers, depth, seconds):
    runs = [wrk.start(servers[place % len(servers)].port, folder, f"load-{place}", depth,
                      CONNECTIONS // 2, seconds) for place in range(2)]
    results = [wrk.result(run, seconds) for run in runs]
    return sum(count for count, _ in results), sum(rate for _, rate in results)


def counters(server):
    voluntary, involuntary = context_switches(server.pid)
    return {"cpu": server.cpu_seconds(), "voluntary": voluntary, "involuntary": involuntary,
            "threads": thread_nanoseconds(server.pid)}


def busiest_share(before, after):
    """The part of all CPU time that the busiest thread had: 0.5 if two workers share evenly."""
    used = [nanoseconds - a["threads"].get(thread, 0)
            for a, b in zip(before, after) for thread, nanoseconds in b["threads"].items()]
    return max(used) / sum(used) if sum(used, 0) else None


def futex_calls(folder, layout):
    """futex calls a request while several connections at once are refused, from strace."""
    with gateways(folder, *layout) as servers:
        clients = [Client(servers[place % len(servers)].port) for place in range(FUTEX_CONNECTIONS)]
        rounds(clients, 20)
        tracers = [tracer(server.pid, f"{folder}/strace-{place}")
                   for place, server in enumerate(servers)]
        try:
            rounds(clients, FUTEX_ROUNDS)
        finally:
            for each in tracers:
                each.send_signal(signal.SIGINT)
                each.wait(10)
        for client in clients:
            client.close()
    calls = sum(traced(f"{folder}/strace-{place}") for place in range(len(servers)))
    return calls / (FUTEX_ROUNDS * FUTEX_CONNECTIONS)


def rounds(clients, count):
    """Every client sends, then every client reads its answer; so many times."""
    question = request("DELETE")
    for _ in range(count):
        for client in clients:
            client.send(question)
        for client in clients:
            client.response()


def tracer(pid, path):
    """A strace that counts futex calls, once it is attached to every thread."""
    command = ["strace", "-f", "-c", "-e", "trace=futex", "-o", path, "-p", str(pid)]
    started = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_traced(pid), 10, "strace to attach")
    except BaseException:
        started.kill()
        raise
    return started


def is_traced(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
            if "TracerPid:\t0\n" in file.read():
                return False
    return True


def traced(path):
    """The calls in a table of `strace -c`: % time, seconds, usecs/call, calls, …, futex."""
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*futex$", file.read(), re.MULTILINE)
    return int(found.group(1)) if found else 0


def tables(report, found, futexes):
    base = {each["depth"]: each for each in found if each["layout"] == "1 worker"}
    report.table(
        "Refusals with one worker, with two, and with two processes",
        ["layout", "requests in a send", "requests/s", "× 1 worker", "with so many cores",
         "CPU µs a request", "× 1 worker, a core each", "voluntary switches a request",
         "involuntary", "busiest thread's share"],
        [[each["layout"], each["depth"], round(each["requests_per_second"]),
          each["requests_per_second"] / base[each["depth"]]["requests_per_second"],
          each["requests_per_second"] * each["cpu_us"] / 1e6, each["cpu_us"],
          math.prod(LAYOUTS[each["layout"]]) * base[each["depth"]]["cpu_us"] / each["cpu_us"],
          each["voluntary_switches"], each["involuntary_switches"], each["busiest_thread_share"]]
         for each in found],
        NOTE + " × 1 worker, a core each: what the CPU time of a request lets one expect.")
    report.table("futex calls a refused request (strace, 16 connections at once)",
                 list(futexes), [list(futexes.values())])


def charts(report, found):
    names = {1: "one request in a send", 16: "16 requests in a send"}
    for name, key, title, unit in (
            ("workers-cpu", "cpu_us", "CPU time of a refusal", "CPU µs a request"),
            ("workers-rate", "requests_per_second", "Refusals a second, load on the same cores",
             "requests/s")):
        bar_chart(report.chart(name), title, unit, list(LAYOUTS),
                  [(names[depth], [each[key] for each in found if each["depth"] == depth])
                   for depth in DEPTHS], note=NOTE)
