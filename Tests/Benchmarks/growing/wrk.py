"""wrk: one thread each, refused requests, plain or pipelined."""
import re
import subprocess

from measuring.process import Server

SCRIPT = """
local all
function init()
    local one = wrk.format("DELETE", "/probe")
    all = string.rep(one, DEPTH)
end
function request() return all end
"""


def start(port, folder, name, depth, connections, seconds):
    """Starts wrk against the port; `depth` requests go in one send."""
    script = f"{folder}/{name}.lua"
    with open(script, "w", encoding="utf-8") as file:
        file.write(SCRIPT.replace("DEPTH", str(depth)))
    log = f"{folder}/{name}.wrk"
    open(log, "w", encoding="utf-8").close()  # an earlier run's output is not this one's
    return Server(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
                   f"http://127.0.0.1:{port}/"], log=log)


def result(run, seconds):
    """Waits for its end: how many requests were answered, and how many a second."""
    try:
        run.process.wait(seconds + 20)
    except subprocess.TimeoutExpired as late:
        raise SystemExit("wrk did not end") from late
    finally:
        run.stop()
    said = run.said()
    requests = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec: +([\d.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if not (requests and rate and refused) or refused.group(1) != requests.group(1):
        raise SystemExit(f"wrk: not every request was refused, as it should be:\n{said}")
    return int(requests.group(1)), float(rate.group(1))
