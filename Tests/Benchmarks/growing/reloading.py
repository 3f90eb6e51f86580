"""How long policies load: in `methodwall check`, and in a gateway that serves meanwhile.

Times are in milliseconds, memory in octets of RssAnon.
"""
import os
import signal
import statistics
import subprocess
import time

from growing import policies
from growing.probing import Prober, latencies
from growing.proc import anonymous_octets, wait_idle
from growing.report import mebibytes
from measuring.chart import line_chart
from measuring.process import Methodwall

RELOADS = 10
NOWHERE = "http://127.0.0.1:9"  # nothing is forwarded here


def measure(report, folder, quick):
    sizes = [10, 100, 1000, 10_000] + ([] if quick else [100_000])
    found = [one_size(f"{folder}/{rules}", rules, quick) for rules in sizes]
    memory = {rules: over_reloads(f"{folder}/memory-{rules}", rules)
              for rules in sizes if rules in (1000, sizes[-1])}
    report.add("reload", {"sizes": found, "over_reloads": memory})
    tables(report, found, memory)
    charts(report, found, memory)


def one_size(folder, rules, quick):
    """The load times of one size, and what a prober met during a reload and without one."""
    os.makedirs(folder)
    found = {"rules": rules}
    with gateway(folder, rules) as server, Prober(server.port) as prober:
        found["file_octets"] = os.path.getsize(server.policy_file)
        found["check_ms"] = check_milliseconds(server.policy_file, 1 if quick else 3)
        prober.probe_for(0.2)  # warms up
        wait_idle(server)
        found.update(reload_under_probes(server, prober, policies.text(rules, "GET POST")))
    return found


def gateway(folder, rules):
    return Methodwall(os.environ["METHODWALL_BIN"], folder, policies.text(rules), NOWHERE)


def check_milliseconds(path, times):
    """The least wall-clock time of `methodwall check`, process start included."""
    def once():
        start = time.perf_counter()
        subprocess.run([os.environ["METHODWALL_BIN"], "check", path], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1000
    return min(once() for _ in range(times))


def reload_under_probes(server, prober, text):
    """Changes the policy and sends SIGHUP while the prober goes on asking, one request at a time.

    From the signal to the first answer by the new policy, and to the line that standard error has;
    then as long again without a reload, at least half a second each.
    """
    server.write_policy(text)
    loads = reloads_logged(server)
    server.signal(signal.SIGHUP)
    changed, logged, during = prober.probe_until_changed(
        lambda: reloads_logged(server) > loads, lasting=0.5, seconds=60)
    wait_idle(server)
    calm = prober.probe_for(sum(during))
    return {
        "changed_ms": changed * 1000, "logged_ms": logged * 1000,
        "loads": reloads_logged(server) - loads,
        "during": latencies(during), "without": latencies(calm)}


def reloads_logged(server):
    """How often standard error says that policies were reloaded."""
    return server.said().count("policies reloaded")


def over_reloads(folder, rules):
    """RssAnon in octets at the start and after each of ten reloads of a changed policy.

    And the milliseconds of CPU of each reload, until nothing moves any more: the reloader may
    look at the files again.
    """
    os.makedirs(folder)
    with gateway(folder, rules) as server:
        wait_idle(server)
        octets, cpu = [anonymous_octets(server.pid)], []
        for place in range(RELOADS):
            before, loads = server.cpu_seconds(), reloads_logged(server)
            server.write_policy(policies.text(rules, ("GET POST", "GET")[place % 2]))
            server.signal(signal.SIGHUP)
            server.wait_for(lambda: reloads_logged(server) > loads, 60, "a reload")
            wait_idle(server)
            octets.append(anonymous_octets(server.pid))
            cpu.append((server.cpu_seconds() - before) * 1000)
    return {"octets": octets, "cpu_ms": cpu}


def tables(report, found, memory):
    report.table(
        "Loading policies", ["rules", "file KiB", "check ms", "SIGHUP to new answer ms",
                             "SIGHUP to log line ms"],
        [[each["rules"], each["file_octets"] // 1024, each["check_ms"], each["changed_ms"],
          each["logged_ms"]] for each in found],
        "`check` is the whole command, process start included.")
    columns = ["rules"] + [f"{figure} {when}" for when in ("during reload", "without")
                           for figure in ("median µs", "99.9 % µs", "longest µs", "requests")]
    report.table(
        "One prober's latency during a reload, and for as long without one", columns,
        [[each["rules"]] + [each[when][figure] for when in ("during", "without")
                            for figure in ("median_us", "p999_us", "longest_us", "requests")]
         for each in found],
        "Closed loop, one kept-alive connection, OPTIONS answered by methodwall; one worker.")
    report.table(
        f"Memory over {RELOADS} reloads, and CPU of one",
        ["rules", "CPU ms a reload, median", "RssAnon MiB at start"]
        + [f"after {place}" for place in range(1, RELOADS + 1)],
        [[rules, statistics.median(series["cpu_ms"])]
         + [mebibytes(each) for each in series["octets"]]
         for rules, series in memory.items()])


def charts(report, found, memory):
    line_chart(
        report.chart("load-time"), "Loading policies by number of rules", "rules", "milliseconds",
        [("methodwall check", [(each["rules"], each["check_ms"]) for each in found]),
         ("SIGHUP to the first new answer",
          [(each["rules"], each["changed_ms"]) for each in found])],
        log_x=True, log_y=True)
    line_chart(
        report.chart("latency-during-reload"), "Latency of a prober while policies reload",
        "rules", "microseconds",
        [(f"{name} {when}", [(each["rules"], each[when][figure]) for each in found])
         for when in ("during", "without")
         for name, figure in (("longest", "longest_us"), ("median", "median_us"))],
        log_x=True, log_y=True,
        note="during: from the signal on, at least half a second; without: as long again.")
    line_chart(
        report.chart("memory-over-reloads"), "Memory over reloads", "reloads", "RssAnon, MiB",
        [(f"{rules:,} rules", [(place, mebibytes(octets))
                               for place, octets in enumerate(series["octets"])])
         for rules, series in memory.items()])
