"""Caddy's configuration: a `handle` for each rule, and a `map` where there are thousands."""
import signal

from comparison.peer import Peer, write_file
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN

CONFIGURATION = """{{
	admin unix/{folder}/admin.sock
	auto_https off
	persist_config off
}}
(origin) {{
	reverse_proxy 127.0.0.1:{origin} {{
		transport http {{
			keepalive_idle_conns_per_host 512
		}}
	}}
}}
http://:{port} {{
	bind 127.0.0.1
	log {{
		output file {folder}/access.log {{
			roll_disabled
		}}
	}}
{handles}
}}
"""

HANDLE = """{matcher}	handle {name} {{{cors}
		@options method OPTIONS
		header @options Allow "{allow}"
		respond @options 204
		@refused not method {methods}
		header @refused Allow "{allow}"
		respond @refused 405
		import origin
	}}
"""

CORS = """
		@preflight {{
			method OPTIONS
			header Origin {origin}
			header Access-Control-Request-Method *
		}}
		header @preflight {{
			Access-Control-Allow-Origin {origin}
			Access-Control-Allow-Methods "{allow}"
			Access-Control-Max-Age {age}
			Vary "Origin, Access-Control-Request-Method"
		}}"""

# With 10,000 `handle` blocks Caddy does not answer within a minute.
TABLES = """	map {{path}} {{allow}} {{
{paths}
		default none
	}}
	map "{{method}} {{allow}}" {{accepted}} {{
{methods}
		default no
	}}
	@unknown vars {{allow}} none
	respond @unknown 404
	@options method OPTIONS
	header @options Allow {{allow}}
	respond @options 204
	@refused vars {{accepted}} no
	header @refused Allow {{allow}}
	respond @refused 405
	import origin
"""


class Caddy(Peer):
    """Caddy on one processor with an access log in a file."""

    name = "caddy"
    environment = {"GOMAXPROCS": "1"}

    def write(self, folder, site, port, origin):
        handles = _tables(site) if site.is_large else _handles(site)
        write_file(f"{folder}/Caddyfile", CONFIGURATION.format(
            folder=folder, port=port, origin=origin, handles=handles))

    def command(self, folder, port):
        return [self.program, "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]

    def reload(self, running, site):
        self.replace(running, site)
        running.server.signal(signal.SIGUSR1)


def _handles(site):
    handles = "".join(_handle(number, rule) for number, rule in enumerate(site.rules))
    return handles + "\thandle {\n\t\trespond 404\n\t}\n"


def _tables(site):
    methods = {f'"{method} {rule.allow}"' for rule in site.rules for method in rule.forwarded}
    paths = "\n".join(f'\t\t{rule.path} "{rule.allow}"' for rule in site.rules)
    listed = "\n".join(f"\t\t{pair} yes" for pair in sorted(methods))
    return TABLES.format(paths=paths, methods=listed)


def _handle(number, rule):
    name, matcher = {"exact": rule.path, "under": rule.path + "*"}.get(rule.kind), ""
    if rule.kind == "number":
        name = f"@rule{number}"
        matcher = f"\t{name} path_regexp ^{rule.path}[0-9]+$\n"
    cors = CORS.format(origin=CORS_ORIGIN, allow=rule.allow, age=CORS_MAX_AGE) if rule.cors else ""
    return HANDLE.format(matcher=matcher, name=name, cors=cors, allow=rule.allow,
                         methods=" ".join(rule.forwarded))
