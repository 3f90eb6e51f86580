"""What counting needs beside the binary itself, made in a folder: libraries to preload, a copy."""
import os
import subprocess

_BENCHMARKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Tools:
    """Paths: `binary`, `stripped` (which valgrind can read), and the libraries to preload."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.stripped = f"{folder}/methodwall"
        self.allocations = f"{folder}/allocations.so"
        self.sigsuspend = f"{folder}/sigsuspend.so"
        # valgrind 3.19 gives up on the debugging information that Swift writes; symbols suffice.
        _run("strip", "--strip-debug", "-o", self.stripped, binary)
        _compile(f"{_BENCHMARKS}/allocations.c", self.allocations, "-ldl")
        _compile(f"{_BENCHMARKS}/counting/sigsuspend.c", self.sigsuspend)


def _compile(source, library, *libraries):
    _run("gcc", "-shared", "-fPIC", "-O2", "-o", library, source, *libraries)


def _run(*command):
    subprocess.run(command, check=True, timeout=60)
