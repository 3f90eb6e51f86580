"""methodwall's configuration."""
import signal

from measuring.process import Methodwall
from comparison.peer import Peer, START_SECONDS
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN

# Without this a single client may hold 1,000 connections.
LIMITS = "limits: { connections: 12000, connections_per_client: 12000 }\n"


class MethodwallPeer(Peer):
    """methodwall with one worker; its log holds refused attempts."""

    name = "methodwall"

    def write(self, folder, site, port, origin):
        """Nothing: the policy is written when it is launched."""

    def launch(self, folder, site, port, origin, core):
        return Methodwall(self.program, folder, policy(site), f"http://127.0.0.1:{origin}", core,
                          LIMITS, port=port, seconds=START_SECONDS)

    def reload(self, running, site):
        running.server.write_policy(policy(site))
        running.server.signal(signal.SIGHUP)


def policy(site):
    """The site as a policy file."""
    return "".join(["methodwall: 1\npaths:\n", *map(_rule, site.rules)])


def _rule(rule):
    pattern = rule.path + {"exact": "", "under": "**", "number": "{id:int}"}[rule.kind]
    methods = " ".join(rule.methods)
    if not rule.cors:
        return f"  {pattern}: {methods}\n"
    return (f"  {pattern}:\n    allow: {methods}\n"
            f"    cors: {{ origins: [\"{CORS_ORIGIN}\"], max_age: {CORS_MAX_AGE // 60}m }}\n")
