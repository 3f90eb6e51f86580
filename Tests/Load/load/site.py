"""The files that the gateway and its origins run with: policies, certificates, configuration."""
import os
import subprocess

from load.plan import FILE_SIZES, file_content
from load.response import NAME
from measuring.process import free_port

_POLICY = """\
methodwall: 1
policy: load
upstream: main
paths:
  /files/{{size:int}}: GET
  /items/{{id:int}}: DELETE
  /changing: {changing}
  /upload/content: {{ allow: POST PUT, upstream: steady }}
  /large/{{size:int}}: {{ allow: GET, upstream: steady }}
  /pieces/{{size:int}}: {{ allow: GET, upstream: steady }}
  /live: {{ allow: GET, upgrade: websocket, upstream: steady }}
"""
_VARIANTS = ("GET", "GET POST")

# Connections to origins are kept for a second only, so that all are gone soon after the load.
_CONFIGURATION = """\
listen:
  - 127.0.0.1:{plain}
  - address: 127.0.0.1:{tls}
    tls: {{ certificate: server.pem, key: server.key }}
admin: unix:{folder}/admin.sock
upstreams:
  main:
    urls: ["http://127.0.0.1:{a}", "http://127.0.0.1:{b}"]
    timeouts: {{ keep: 1s }}
    health: {{ path: /healthz, interval: 500ms, timeout: 500ms, unhealthy: 2, healthy: 1 }}
  steady:
    url: http://127.0.0.1:{steady}
    timeouts: {{ keep: 1s }}
policies: policies
log: {{ refusals: {folder}/refused.log }}
limits: {{ idle_timeout: {idle_timeout} }}
drain: 10s
drain_tunnels: {drain_tunnels}ms
"""

_NGINX = """\
daemon off;
master_process off;
pid {folder}/{name}.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile off; # head and content of a small file leave in one write
    keepalive_requests 1000000;
    default_type application/octet-stream;
    client_body_temp_path {folder}/{name}.tmp;
    proxy_temp_path {folder}/{name}.tmp;
    fastcgi_temp_path {folder}/{name}.tmp;
    uwsgi_temp_path {folder}/{name}.tmp;
    scgi_temp_path {folder}/{name}.tmp;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        add_header X-Origin {name} always;
        location /healthz {{ return 200 "ok\\n"; }}
        location /items/ {{ return 204; }}
    }}
}}
"""


class Site:
    """A folder with all of them. `plain` and `tls` are the gateway's ports.

    `idle_timeout`: how long clients' connections may be idle, as the configuration says it.
    """

    def __init__(self, folder, certificates, drain_tunnels, idle_timeout):
        self.folder = folder
        self.drain_tunnels = drain_tunnels
        self.plain, self.tls, self.steady = free_port(), free_port(), free_port()
        self.origins = {name: free_port() for name in "ab"}
        self._variant = 0
        for name in ("policies", "www/files", "certificates"):
            os.makedirs(f"{folder}/{name}")
        for size in FILE_SIZES:
            write(f"{folder}/www/files/{size}", file_content(size))
        for name, port in self.origins.items():
            write(f"{folder}/{name}.conf", _NGINX.format(folder=folder, name=name, port=port))
        self._make_certificates(certificates)
        self.serial = 0
        self.next_certificate()
        self.write_policy()
        write(f"{folder}/methodwall.yaml", _CONFIGURATION.format(
            folder=folder, plain=self.plain, tls=self.tls, steady=self.steady, **self.origins,
            drain_tunnels=round(drain_tunnels * 1000), idle_timeout=idle_timeout))

    @property
    def authority(self):
        """The file of the certificate that vouches for all others."""
        return f"{self.folder}/certificates/ca.pem"

    # Policies

    def write_policy(self):
        """Writes the policy that is meant. Returns what /changing allows by it."""
        changing = _VARIANTS[self._variant]
        _replace(f"{self.folder}/policies/load.yaml", _POLICY.format(changing=changing))
        return "GET, HEAD, OPTIONS" if changing == "GET" else "GET, HEAD, POST, OPTIONS"

    def change_policy(self):
        """Writes one that allows something else. Returns what /changing allows by it."""
        self._variant = 1 - self._variant
        return self.write_policy()

    def break_policy(self):
        """Writes one that no reader understands, and that would allow more if one did."""
        text = _POLICY.format(changing="GET PUT") + "  /broken: [\n"
        _replace(f"{self.folder}/policies/load.yaml", text)

    # Log

    def failed_lines(self):
        """What the gateway logged of requests that an origin failed."""
        try:
            with open(f"{self.folder}/refused.log", encoding="utf-8") as file:
                return [line.rstrip() for line in file if '"methodwall.decision":"failed"' in line]
        except FileNotFoundError:
            return []

    # Certificates

    def next_certificate(self):
        """Puts another certificate, with a key of its own, in the place of the last."""
        self.serial += 1
        for name in ("server.pem", "server.key"):
            with open(f"{self.folder}/certificates/{self.serial}-{name}", "rb") as file:
                _replace(f"{self.folder}/{name}", file.read())

    def _make_certificates(self, count):
        folder = f"{self.folder}/certificates"
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        write(f"{folder}/names", f"subjectAltName=DNS:{NAME}\n")
        _openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem",
                 "-subj", "/CN=Load CA", "-days", "2")
        for serial in range(1, count + 1):
            _openssl(folder, "req", *key, "-keyout", f"{serial}-server.key", "-out", "request",
                     "-subj", f"/CN={NAME}")
            _openssl(folder, "x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-set_serial", str(serial), "-days", "2", "-extfile", "names",
                     "-out", f"{serial}-server.pem")


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def write(path, content):
    """Writes a file that others may not write to."""
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    os.chmod(path, 0o644)


def _replace(path, content):
    write(path + ".new", content)
    os.replace(path + ".new", path)
