"""Traefik's configuration: a router for each rule."""
import json

from comparison.peer import Peer, write_file
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN


class Traefik(Peer):
    """Traefik on one processor; routers come from a file that it watches."""

    name = "traefik"
    refusal = (404,)
    lacks = {"options": "Traefik cannot answer OPTIONS with Allow itself"}
    environment = {"GOMAXPROCS": "1"}

    def write(self, folder, site, port, origin):
        # JSON is YAML as well.
        write_file(f"{folder}/dynamic.yaml", json.dumps({"http": _dynamic(site, origin)}))

    def command(self, folder, port):
        return [self.program, f"--entrypoints.web.address=127.0.0.1:{port}",
                f"--providers.file.filename={folder}/dynamic.yaml", "--providers.file.watch=true",
                "--accesslog=true", f"--accesslog.filepath={folder}/access.log",
                "--log.level=ERROR", "--global.checknewversion=false",
                "--global.sendanonymoususage=false"]

    def reload(self, running, site):
        self.replace(running, site)  # it watches the file


def _dynamic(site, origin):
    return {
        "routers": {f"rule{number}": _router(rule) for number, rule in enumerate(site.rules)},
        "services": {"origin": {"loadBalancer": {
            "servers": [{"url": f"http://127.0.0.1:{origin}"}], "serversTransport": "kept"}}},
        "serversTransports": {"kept": {"maxIdleConnsPerHost": 512}},
        **_middlewares(site)}


def _router(rule):
    path = {"exact": f"Path(`{rule.path}`)", "under": f"PathPrefix(`{rule.path}`)",
            "number": f"PathRegexp(`^{rule.path}[0-9]+$`)"}[rule.kind]
    methods = [*rule.forwarded, "OPTIONS"] if rule.cors else rule.forwarded
    router = {"entryPoints": ["web"], "service": "origin",
              "rule": f"{path} && ({' || '.join(f'Method(`{method}`)' for method in methods)})"}
    if rule.cors:
        router["middlewares"] = [_name(rule)]
    return router


def _middlewares(site):
    """The headers middleware answers preflights; other OPTIONS requests it lets pass."""
    middlewares = {_name(rule): {"headers": {
        "accessControlAllowMethods": rule.allow.split(", "),
        "accessControlAllowOriginList": [CORS_ORIGIN], "accessControlMaxAge": CORS_MAX_AGE,
        "addVaryHeader": True}} for rule in site.rules if rule.cors}
    return {"middlewares": middlewares} if middlewares else {}


def _name(rule):
    return "cors-" + rule.path.strip("/").replace("/", "-") + "-" + rule.kind
