"""The service behind all proxies: an nginx that answers at once and keeps connections."""
import os

from measuring.process import Server, accepts, free_port
from comparison import binaries

SMALL = "a small answer, as a health check or a short JSON document would be\n"
CHUNKED_OCTETS = 4096

# An nginx answers before it has read a request's content, which would make the proxies' work depend on
# timing. Handing the request on to the server `sink` without its content makes it read everything first.
# Server-side includes take the Content-Length away from a response, so that it is chunked.
CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/origin.pid;
error_log {folder}/origin.err warn;
worker_rlimit_nofile {files};
{user}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 600s;
    keepalive_requests 100000000;
    default_type text/html;
    client_max_body_size 0;
    client_body_buffer_size 16m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream sink {{ server unix:{folder}/sink.sock; keepalive 64; keepalive_requests 100000000; }}
    proxy_http_version 1.1;
    proxy_pass_request_body off;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_set_header Transfer-Encoding "";
    proxy_set_header X-Received $request_length;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {folder}/content;
        location / {{ return 200 "{small}"; }}
        location /files/ {{ }}
        location = /upload {{ proxy_pass http://sink/length; }}
        location = /chunked {{ ssi on; proxy_pass http://sink/text; }}
    }}
    server {{
        listen unix:{folder}/sink.sock;
        location = /length {{ return 200 "$http_x_received"; }}
        set $kib "{kib}";
        location = /text {{ return 200 "$kib$kib$kib$kib"; }}
    }}
}}
"""


def start(folder, core, files):
    """Starts the origin; its `port` says where. `files` is how many files may be open."""
    os.makedirs(f"{folder}/content/files")
    for name, octets in (("64k", 65536), ("10m", 10 << 20)):
        with open(f"{folder}/content/files/{name}", "wb") as file:
            file.write(b"0123456789abcdef" * (octets // 16))
    port = free_port()
    with open(f"{folder}/origin.conf", "w") as file:
        file.write(CONFIGURATION.format(
            folder=folder, port=port, files=files, connections=files // 2, small=SMALL,
            kib="x" * (CHUNKED_OCTETS // 4), user=nginx_user()))
    server = Server([binaries.find("nginx"), "-c", f"{folder}/origin.conf", "-p", folder, "-e",
                     f"{folder}/origin.err"], core, f"{folder}/origin.log")
    server.port = port
    server.wait_for(lambda: accepts(port), 10, "the origin")
    return server


def nginx_user():
    """A root's nginx would become `nobody`, who may not read a temporary folder."""
    return "user root;" if os.geteuid() == 0 else ""
