"""Runs one scenario against all proxies, checks it, and makes rows of what was counted."""
import contextlib

from measuring.process import NotReady
from comparison import paced, wrk
from comparison.exchange import Probe, what_is_wrong
from comparison.interleaving import blocks, values_and_ratios
from comparison.rows import Row, finish, grouped

UNITS = {"cpu": "µs CPU", "p50": "µs", "p99": "µs"}
WARM_SECONDS = 0.3


def measure(scenario, stage):
    """The rows of a scenario. `stage` has the proxies, the origin, the cores and the settings."""
    missing, running = {}, {}
    with contextlib.ExitStack() as stack:
        for peer in stage.peers:
            reason = _cannot(scenario, peer) or _start(scenario, peer, stage, stack, running)
            if reason:
                missing[peer.name] = reason
        for reason in grouped(missing):
            stage.say("  " + reason)
        rounds = _rounds(scenario, stage, running, missing) if running else []
    return [_row(scenario, figure, rounds, missing, stage) for figure in scenario.figures]


def _cannot(scenario, peer):
    if scenario.only and peer.name not in ("methodwall", *scenario.only):
        return "the same as without buffering"
    return peer.lacks.get(scenario.needs)


def _start(scenario, peer, stage, stack, running):
    """Starts a proxy and checks its answers; returns what is wrong with them."""
    try:
        here = stack.enter_context(peer.start(scenario.site, stage.origin.port, stage.core))
    except NotReady as error:
        return f"FAILED: {error}"
    wrong = next(filter(None, (what_is_wrong(here.port, _for(peer, probe))
                               for probe in scenario.probes)), None)
    if wrong:
        here.stop()
        return "FAILED: answers wrongly: " + wrong
    running[peer.name] = here
    return None


def _for(peer, probe):
    """The probe as this proxy should answer it: Traefik refuses with 404 and no Allow."""
    if probe.status == (405,) and peer.refusal != probe.status:
        return Probe(probe.method, probe.path, peer.refusal, probe.headers, probe.body)
    return probe


def _rounds(scenario, stage, running, missing):
    """Raw loads: a list of rounds of blocks of (proxy, counted)."""
    script = wrk.prepare(stage.folder, scenario.requests)
    for here in running.values():
        _load(scenario, stage, here, script, WARM_SECONDS)
    seconds = max(stage.seconds, scenario.shortest)
    rounds = []
    for _ in range(stage.runs):
        order = blocks([name for name in running if name not in missing])
        rounds.append([[(name, _counted(scenario, stage, running[name], script, missing,
                                        seconds))
                        for name in block if name not in missing] for block in order])
    return rounds


def _counted(scenario, stage, here, script, missing, seconds):
    """What was counted in one load, with the processor time of it; notes what went wrong."""
    before = here.server.cpu_seconds()
    try:
        counted = _load(scenario, stage, here, script, seconds)
        wrong = _unexpected(scenario, counted)
    except NotReady as error:
        counted, wrong = {"requests": 0}, str(error)
    spent = here.server.cpu_seconds() - before
    if wrong:
        missing[here.peer.name] = "FAILED under load: " + wrong
        stage.say(f"  {here.peer.name} FAILED under load: {wrong}")
    return {**counted, "cpu_seconds": spent, "cpu": spent / max(1, counted["requests"]) * 1e6}


def _load(scenario, stage, here, script, seconds):
    if not scenario.paced:
        return wrk.load(stage.folder, script, here.port, scenario.connections, seconds,
                        stage.load_core)
    rows = paced.load(stage.folder, here.port, scenario.paced, seconds, stage.load_core)
    times = [microseconds for _, microseconds in rows]
    return {"requests": len(rows), "seconds": seconds, "octets": 0,
            "refused": sum(status >= 400 for status, _ in rows),
            "broken": sum(status < 0 for status, _ in rows),
            "p50": paced.percentile(times, 0.50), "p99": paced.percentile(times, 0.99)}


def _unexpected(scenario, counted):
    """Why the responses were not those of the scenario; None if they were."""
    requests, refused = counted["requests"], counted["refused"]
    if requests == 0:
        return "no request was completed"
    if counted["broken"]:
        return f"{counted['broken']} socket errors or time-outs in {requests} requests"
    if refused != (requests if scenario.refused else 0):
        return f"{refused} of {requests} responses had a status from 400 on"
    if counted["octets"] < scenario.octets * requests:
        return f"{counted['octets']} octets in {requests} responses are too few"
    return None


def _row(scenario, figure, rounds, missing, stage):
    several = len(scenario.figures) > 1
    row = Row(f"{scenario.name}-{figure}" if several else scenario.name,
              f"{scenario.title}, {figure}" if several else scenario.title, UNITS[figure],
              goals=scenario.goals if figure != "p99" else {}, missing=missing)
    row.runs = [[[{"peer": name, **counted} for name, counted in block] for block in each]
                for each in rounds]
    if scenario.refused and any(peer.refusal == (404,) for peer in stage.peers):
        row.notes.append("Traefik's refusal is its 404 without Allow")
    figures = [[[(name, counted[figure]) for name, counted in block if name not in missing]
                for block in each] for each in rounds]
    return finish(row, *values_and_ratios(figures))
