"""h2load: a second client for HTTP/2, written by others.

It takes a GOAWAY for the end of what it has under way, and makes no other connection for the rest. So a
batch holds the lock that the upgrade takes.
"""
import asyncio
import re

_URIS = ("/files/17", "/files/4096", "/files/15000", "/large/300000", "/files/1024", "/files/0")
_REQUESTS, _RATE, _CONNECTIONS, _STREAMS = 180, 60, 2, 4  # for about a second and a half
_SECONDS = 20


async def run_batches(site, tally, over, lock):
    """Runs one after the other until the event `over` is set."""
    command = ["h2load", "-n", str(_REQUESTS), "-c", str(_CONNECTIONS), "-m", str(_STREAMS),
               "--rps", str(_RATE), *(f"https://127.0.0.1:{site.tls}{uri}" for uri in _URIS)]
    while not over.is_set():
        async with lock:
            await _run(command, tally)
        await asyncio.sleep(0.05)  # whoever waits for the lock gets it


async def _run(command, tally):
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except asyncio.TimeoutError:
        tally.fail("h2load", f"had not ended after {_SECONDS} s")
        return
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = output.decode(errors="replace")
    succeeded = re.search(r"(\d+) succeeded", said)
    good = re.search(r"status codes: (\d+) 2xx", said)
    if [found and int(found[1]) for found in (succeeded, good)] == [_REQUESTS, _REQUESTS]:
        tally.answered["h2load"] += _REQUESTS
    else:
        lines = [line for line in said.splitlines() if re.match("requests:|status codes:", line)]
        tally.fail("h2load", "; ".join(lines) or said[-300:].strip())
