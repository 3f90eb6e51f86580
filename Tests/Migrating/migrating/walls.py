"""methodwall with the policy that replaces a proxy's rules, apart from the proxy or behind it."""
import os
import re

from measuring.process import Methodwall, NotReady, Server
from migrating.places import (ORIGIN, POLICIES, SOCKET, STAFF, STAFF_CLIENT, STAFF_CLIENT_HERE,
                              STAFF_HERE, WALL, replaced, write)

START_SECONDS = 20


def start_wall(peer, deploy, folder, origin):
    """Starts it before the service on the port `origin`; `port` of the value is its own."""
    with open(f"{deploy}/migrating/{peer.policies}/shop.yaml") as file:
        policy = file.read()
    if STAFF in policy:
        policy = replaced(policy, {STAFF: STAFF_HERE, STAFF_CLIENT: STAFF_CLIENT_HERE})
    if peer.is_front:
        return _behind(deploy, folder, policy, origin)
    return Methodwall(os.environ["METHODWALL_BIN"], folder, policy, f"http://127.0.0.1:{origin}")


def _behind(deploy, folder, policy, origin):
    """methodwall with the configuration of deploy/migrating/behind."""
    with open(f"{deploy}/migrating/behind/methodwall.yaml") as file:
        configuration = replaced(file.read(), {
            WALL: "127.0.0.1:0", SOCKET: f"{folder}/http.sock", ORIGIN: f"127.0.0.1:{origin}",
            POLICIES: f"{folder}/policies"})
    os.makedirs(f"{folder}/policies")
    write(f"{folder}/policies/shop.yaml", policy)
    write(f"{folder}/methodwall.yaml", configuration)
    server = Server([os.environ["METHODWALL_BIN"], "run", "--config", f"{folder}/methodwall.yaml",
                     "--workers", "1"], None, f"{folder}/methodwall.err")
    try:
        server.wait_for(lambda: "listening on unix:" in server.said(), START_SECONDS, "its socket")
        server.port = int(re.search(r"listening on 127\.0\.0\.1:(\d+)", server.said()).group(1))
    except NotReady:
        server.stop()
        raise
    return server
