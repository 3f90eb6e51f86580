"""HAProxy's configuration: ACLs for each rule, and map files where there are many."""
import signal

from comparison.peer import Peer, write_file
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN

CONFIGURATION = """
global
    nbthread 1
    maxconn 8000
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    timeout connect 2s
    timeout client 75s
    timeout server 60s
    timeout http-keep-alive 75s
frontend in
    bind 127.0.0.1:{port} backlog 4096
{rules}
    default_backend origin
backend origin
    http-reuse always
    option forwardfor
    server origin 127.0.0.1:{origin}
"""

TABLES = """    http-request set-var(txn.path) path
    http-request set-var(txn.allow) var(txn.path),map_str({folder}/allow.map)
    http-request return status 404 unless {{ var(txn.allow) -m found }}
    http-request return status 204 hdr Allow %[var(txn.allow)] if METH_OPTIONS
    acl accepted method,concat(:,txn.path) -m str -f {folder}/accepted.list
    http-request return status 405 hdr Allow %[var(txn.allow)] unless accepted
"""


class HAProxy(Peer):
    """HAProxy with one thread; its log goes to standard output, which is a file."""

    name = "haproxy"

    def write(self, folder, site, port, origin):
        rules = TABLES.format(folder=folder) if len(site.rules) > 50 else _rules(site)
        write_file(f"{folder}/allow.map",
                   "".join(f"{rule.path} {rule.allow}\n" for rule in site.rules))
        write_file(f"{folder}/accepted.list",
                   "".join(f"{method}:{rule.path}\n" for rule in site.rules
                           for method in rule.forwarded))
        write_file(f"{folder}/haproxy.cfg",
                   CONFIGURATION.format(port=port, origin=origin, rules=rules))

    def command(self, folder, port):
        # A master that reloads on SIGUSR2 and one worker, in the foreground.
        return [self.program, "-W", "-db", "-f", f"{folder}/haproxy.cfg"]

    def reload(self, running, site):
        self.replace(running, site)
        running.server.signal(signal.SIGUSR2)


def _rules(site):
    lines, names = [], []
    for number, rule in enumerate(site.rules):
        name = f"rule{number}"
        names.append(name)
        match = {"exact": f"path {rule.path}", "under": f"path_beg {rule.path}",
                 "number": f"path_reg ^{rule.path}[0-9]+$"}[rule.kind]
        lines.append(f"acl {name} {match}")
    for name, rule in zip(names, site.rules):
        if rule.cors:
            lines.append(_preflight(name, rule))
        lines.append(f'http-request return status 204 hdr Allow "{rule.allow}" if METH_OPTIONS {name}')
        lines.append(f'http-request return status 405 hdr Allow "{rule.allow}" '
                     f'if {name} !{{ method {" ".join(rule.forwarded)} }}')
    lines.append("http-request return status 404 unless " + " || ".join(names))
    return "\n".join("    " + line for line in lines)


def _preflight(name, rule):
    fields = {"Allow": rule.allow, "Access-Control-Allow-Origin": CORS_ORIGIN,
              "Access-Control-Allow-Methods": rule.allow, "Access-Control-Max-Age": CORS_MAX_AGE,
              "Vary": "Origin, Access-Control-Request-Method"}
    told = " ".join(f'hdr {field} "{value}"' for field, value in fields.items())
    return (f"http-request return status 204 {told} if METH_OPTIONS {name} "
            f"{{ req.hdr(Origin) {CORS_ORIGIN} }} "
            "{ req.hdr(Access-Control-Request-Method) -m found }")
