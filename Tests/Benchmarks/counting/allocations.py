"""Allocations of one request, counted by a preloaded library (allocations.c) in a shared file."""
import contextlib
import struct
import tempfile

from measuring.process import Methodwall

WARM_UP = 1280   # requests before counting: pools, buffers and the log's table have their size
REQUESTS = 1280  # counted requests; a multiple of what one turn of any client makes


def read(path):
    """(allocations, octets asked for) of the process since it began."""
    with open(path, "rb") as file:
        return struct.unpack("QQ", file.read(16))


def allocations(tools, scenario, upstream):
    """Allocations, and octets asked for, of one request: the mean of many, all threads included."""
    with tempfile.TemporaryDirectory() as folder:
        counts = f"{folder}/allocations"
        environment = {"LD_PRELOAD": tools.allocations, "ALLOCATION_COUNTS": counts,
                       "SWIFT_DETERMINISTIC_HASHING": "1"}
        with (Methodwall(tools.binary, folder, scenario.policy, upstream,
                         environment=environment) as gateway,
              contextlib.closing(scenario.open(gateway.port)) as client):
            client.make(WARM_UP)
            before = read(counts)
            made = client.make(REQUESTS)
            after = read(counts)
    number, octets = ((late - early) / made for early, late in zip(before, after))
    return {"allocations": number, "octets": octets}
