"""Loads from wrk: as many requests as one thread can send over so many connections, for some seconds."""
import json
import signal
import subprocess

from measuring.process import NotReady, Server

# Reads ready-made requests, each behind its length in octets. One request is sent as it is; of several,
# one after the other. What wrk counted goes to standard output as one line of JSON.
SCRIPT = """
local requests = {{}}
local file = io.open("{requests}", "rb")
while true do
    local octets = file:read("*n")
    if not octets then break end
    file:read(1)
    requests[#requests + 1] = file:read(octets)
end
file:close()
if #requests == 1 then
    wrk.format = function() return requests[1] end
else
    local last = 0
    request = function()
        last = last % #requests + 1
        return requests[last]
    end
end
done = function(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        '\\nCOUNTED {{"requests": %d, "octets": %d, "seconds": %f, "p50": %f, "p99": %f, '
        .. '"refused": %d, "broken": %d}}\\n',
        summary.requests, summary.bytes, summary.duration / 1e6, latency:percentile(50),
        latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
"""

HEAD = "{method} {path} HTTP/1.1\r\nHost: bench.example.com\r\nUser-Agent: wrk\r\n{fields}\r\n"


def request(method, path, headers=None, body=None):
    """The octets of a request. A body that is a list is sent in chunks."""
    fields = dict(headers or {})
    if isinstance(body, list):
        fields["Transfer-Encoding"] = "chunked"
        content = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*body, b""])
    else:
        content = body or b""
        if body is not None:
            fields["Content-Length"] = len(content)
    written = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return HEAD.format(method=method, path=path, fields=written).encode() + content


def prepare(folder, requests):
    """Writes the requests and the script that sends them; returns the script's path."""
    with open(f"{folder}/requests", "wb") as file:
        for each in requests:
            file.write(b"%d\n%b" % (len(each), each))
    with open(f"{folder}/load.lua", "w") as file:
        file.write(SCRIPT.format(requests=f"{folder}/requests"))
    return f"{folder}/load.lua"


def load(folder, script, port, connections, seconds, core):
    """Runs wrk for `seconds` and returns what it counted; p50 and p99 are microseconds.

    `refused` are responses with a status from 400 on, `broken` are socket errors and time-outs.
    """
    log = f"{folder}/wrk.log"
    open(log, "w").close()
    command = ["wrk", "-t1", f"-c{connections}", "-d3600s", "--timeout", "10s", "--latency",
               "-s", script, f"http://127.0.0.1:{port}/"]
    with Server(command, core, log) as wrk:
        try:
            wrk.process.wait(seconds)
        except subprocess.TimeoutExpired:
            wrk.signal(signal.SIGINT)  # wrk itself knows whole seconds only
            wrk.wait_end(20)
        for line in wrk.said().splitlines():
            if line.startswith("COUNTED "):
                return json.loads(line.removeprefix("COUNTED "))
        raise NotReady(f"wrk counted nothing: {wrk.said().strip()[-300:]}")
