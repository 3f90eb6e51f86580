#!/usr/bin/env python3
"""Counts what one request costs: system calls and allocations, and nanoseconds of a decision.

    Tests/Benchmarks/counts.sh        builds what is needed and runs this

Counts do not depend on how fast the machine is or what else it does; the times do.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

REQUESTS = 2000
POLICY = "methodwall: 1\npaths:\n  /**: GET POST\n"


def origin():
    """A keep-alive origin that answers every GET with five octets."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)

    def serve(connection):
        held = b""
        while True:
            piece = connection.recv(65536)
            if not piece:
                return
            held += piece
            while b"\r\n\r\n" in held:
                held = held.split(b"\r\n\r\n", 1)[1]
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


class Gateway:
    def __init__(self, binary, folder, upstream, environment):
        os.makedirs(f"{folder}/policies", exist_ok=True)
        with open(f"{folder}/policies/all.yaml", "w") as file:
            file.write(POLICY)
        self.process = subprocess.Popen(
            [binary, "run", "--listen", "127.0.0.1:0", "--workers", "1", "--policies",
             f"{folder}/policies", "--upstream", f"http://127.0.0.1:{upstream}",
             "--log", f"{folder}/refused.log"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, **environment})
        for line in self.process.stderr:
            found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            sys.exit("methodwall did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def exchange(client, method, count):
    request = f"{method} /x HTTP/1.1\r\nHost: example.test\r\n\r\n".encode()
    for _ in range(count):
        client.sendall(request)
        held = b""
        while True:
            held += client.recv(65536)
            head, separator, content = held.partition(b"\r\n\r\n")
            if separator:
                length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
                if len(content) >= length:
                    break


def allocations(binary, folder, method, library):
    counts = f"{folder}/allocations"
    gateway = Gateway(binary, folder, origin(),
                      {"LD_PRELOAD": library, "ALLOCATION_COUNTS": counts})
    client = socket.create_connection(("127.0.0.1", gateway.port))

    def read():
        with open(counts, "rb") as file:
            return struct.unpack("QQ", file.read(16))

    exchange(client, method, 200)
    before = read()
    exchange(client, method, REQUESTS)
    after = read()
    gateway.stop()
    return [(b - a) / REQUESTS for a, b in zip(before, after)]


def system_calls(binary, folder, method):
    gateway = Gateway(binary, folder, origin(), {})
    client = socket.create_connection(("127.0.0.1", gateway.port))
    exchange(client, method, 200)
    report = f"{folder}/strace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "0", "-o", report, "-p", str(gateway.process.pid)],
        stderr=subprocess.PIPE, text=True)
    tracer.stderr.readline()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with open(f"/proc/{gateway.process.pid}/status") as status:
            if "TracerPid:\t0" not in status.read():
                break
    exchange(client, method, REQUESTS)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    gateway.stop()
    calls = {}
    with open(report) as file:
        for line in file:
            # "PID call(descriptor<what it is>, ...": wake-ups between threads are not messages.
            found = re.match(r"\d+\s+(\w+)\((?:\d+<([^>]*)>)?", line)
            if found:
                name, what = found.groups()
                name = f"{name} (wake-up)" if what and "eventfd" in what else name
                calls[name] = calls.get(name, 0) + 1 / REQUESTS
    return calls


def main():
    binary, library, decision = sys.argv[1:4]
    print(f"one keep-alive request, mean of {REQUESTS}, one worker, one connection\n")
    for name, method in (("refused (405)", "DELETE"), ("forwarded (GET)", "GET")):
        with tempfile.TemporaryDirectory() as folder:
            calls = system_calls(binary, folder, method)
            number, octets = allocations(binary, folder, method, library)
        received = sum(calls.get(call, 0) for call in ("read", "recvfrom", "recvmsg", "readv"))
        sent = sum(calls.get(call, 0) for call in ("write", "sendto", "sendmsg", "writev"))
        print(name)
        print(f"  receives {received:.2f}   sends {sent:.2f}")
        listed = sorted(calls.items(), key=lambda call: -call[1])
        print("  " + ", ".join(f"{call} {n:.2f}" for call, n in listed if n >= 0.01))
        print(f"  allocations {number:.2f}   octets {octets:.0f}\n")
    print("a decision")
    environment = {**os.environ, "LD_PRELOAD": library}
    print(subprocess.run([decision], capture_output=True, text=True, check=True,
                         env=environment).stdout)


if __name__ == "__main__":
    main()
