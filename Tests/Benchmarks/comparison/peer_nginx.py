"""nginx's configuration: a location for each rule, and a `map` where there are thousands."""
import signal

from comparison.origin import nginx_user
from comparison.peer import Peer, write_file
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN

CONFIGURATION = """
worker_processes 1;
daemon off;
pcre_jit on;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_rlimit_nofile 16384;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log {folder}/access.log;
    keepalive_requests 100000000;
    client_max_body_size 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream origin {{
        server 127.0.0.1:{origin};
        keepalive 512;
        keepalive_requests 100000000;
    }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    {bodies}
{maps}
    map $http_origin $cors_origin {{ "{cors_origin}" $http_origin; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
{locations}
    }}
}}
"""

STREAMED = "proxy_buffering off; proxy_request_buffering off;"

LOCATION = """        location {match} {{
            if ($request_method = OPTIONS) {{
                add_header Allow "{allow}";{cors}
                return 204;
            }}
            if ($request_method !~ ^({methods})$) {{
                add_header Allow "{allow}" always;
                return 405;
            }}
            proxy_pass http://origin;
        }}
"""

CORS = """
                add_header Access-Control-Allow-Origin $cors_origin;
                add_header Access-Control-Allow-Methods "{allow}";
                add_header Access-Control-Max-Age {age};
                add_header Vary "Origin, Access-Control-Request-Method";"""

TABLE_LOCATION = """        location / {
            if ($allow = "") { return 404; }
            if ($request_method = OPTIONS) {
                add_header Allow $allow;
                return 204;
            }
            if ($refused) {
                add_header Allow $allow always;
                return 405;
            }
            proxy_pass http://origin;
        }
"""

TABLES = """    map_hash_max_size 65536;
    map_hash_bucket_size 128;
    map $uri $allow {{
{paths}
    }}
    map "$request_method $allow" $refused {{
        default 1;
{methods}
    }}
"""


class Nginx(Peer):
    """nginx with one worker and an ordinary access log."""

    name = "nginx"

    def write(self, folder, site, port, origin):
        maps, locations = _tables(site) if site.is_large else ("", _locations(site))
        write_file(f"{folder}/nginx.conf", CONFIGURATION.format(
            folder=folder, user=nginx_user(), origin=origin, port=port, cors_origin=CORS_ORIGIN,
            bodies=STREAMED if site.streaming else "", maps=maps, locations=locations))

    def command(self, folder, port):
        return [self.program, "-c", f"{folder}/nginx.conf", "-p", folder, "-e", f"{folder}/error.log"]

    def reload(self, running, site):
        self.replace(running, site)
        running.server.signal(signal.SIGHUP)  # what `nginx -s reload` sends


def _locations(site):
    return "".join(map(_location, site.rules)) + "        location / { return 404; }\n"


def _location(rule):
    match = {"exact": f"= {rule.path}", "under": f"^~ {rule.path}",
             "number": f"~ ^{rule.path}[0-9]+$"}[rule.kind]
    cors = CORS.format(allow=rule.allow, age=CORS_MAX_AGE) if rule.cors else ""
    return LOCATION.format(match=match, allow=rule.allow, cors=cors,
                           methods="|".join(rule.forwarded))


def _tables(site):
    """Hashes instead of locations: 10,000 locations with conditions would need 200 MB."""
    methods = {f'"{method} {rule.allow}"' for rule in site.rules for method in rule.forwarded}
    paths = "\n".join(f'        {rule.path} "{rule.allow}";' for rule in site.rules)
    listed = "\n".join(f"        {pair} 0;" for pair in sorted(methods))
    return TABLES.format(paths=paths, methods=listed), TABLE_LOCATION
