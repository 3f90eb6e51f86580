# shellcheck shell=bash
# Sourced by run.sh: the servers behind methodwall, and methodwall. Each is its own process group.

declare -A running=() # name: process id

# launch NAME COMMAND…: what the command says is in $here/NAME.log.
launch() {
    local name=$1
    shift
    : >"$here/$name.log"
    setsid "$@" >"$here/$name.log" 2>&1 </dev/null &
    running[$name]=$!
}

is_running() { kill -0 "${running[$1]}" 2>/dev/null; }

# is_over_or COMMAND…: so that waiting for a server ends when the server does.
is_over_or() {
    local name=$1
    shift
    ! is_running "$name" || "$@"
}

# stop NAME: how it ended is in $status. What does not end in time is made to.
stop() {
    local pid=${running[$1]}
    unset "running[$1]"
    kill -TERM "$pid" 2>/dev/null || true
    local deadline=$((SECONDS + 10))
    while kill -0 "$pid" 2>/dev/null && [[ $SECONDS -lt $deadline ]]; do sleep 0.05; done
    kill -KILL -- "-$pid" 2>/dev/null || true
    status=0
    wait "$pid" 2>/dev/null || status=$?
}

stop_servers() {
    local name
    for name in "${!running[@]}"; do stop "$name"; done
}

free_ports() {
    /usr/bin/python3 - "$1" <<'END'
import socket, sys
probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(probe.getsockname()[1] for probe in probes))
END
}

# Files, to read and to write; the browser's page; packages. nginx cannot choose a port by itself, and what
# was free a moment ago may be taken.
start_nginx() {
    local user=''
    [[ $(id -u) -ne 0 ]] || user="user www-data;"
    for _ in 1 2 3; do
        read -r files_port files_tls_port < <(free_ports 2)
        cat >"$here/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $here/nginx.pid;
error_log $here/nginx.error;
$user
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    log_format asked '\$request_method \$request_uri \$server_protocol \$status';
    access_log $here/nginx.access asked;
    client_body_temp_path $here/nginx/body;
    proxy_temp_path $here/nginx/proxy;
    fastcgi_temp_path $here/nginx/fastcgi;
    uwsgi_temp_path $here/nginx/uwsgi;
    scgi_temp_path $here/nginx/scgi;
    client_max_body_size 64m;
    gzip on;
    gzip_proxied any;
    gzip_types text/plain;
    server {
        listen 127.0.0.1:$files_port;
        listen 127.0.0.1:$files_tls_port ssl http2;
        ssl_certificate $here/server.pem;
        ssl_certificate_key $here/server.key;
        root $here/site;
        dav_methods PUT DELETE;
        location /secure/ { alias $here/site/files/; }
    }
}
END
        : >"$here/nginx.access"
        launch nginx nginx -e "$here/nginx.error" -c "$here/nginx.conf"
        await 20 nginx is_over_or nginx test -s "$here/nginx.pid"
        is_running nginx && return 0
        stop nginx
    done
    cat "$here/nginx.error" "$here/nginx.log" >&2
    fail "nginx does not start"
}

# Git repositories by git-http-backend.
start_apache() {
    local user='' module modules=''
    [[ $(id -u) -ne 0 ]] || user=$'User www-data\nGroup www-data'
    for module in mpm_event authz_core alias env cgid; do
        modules+="LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"$'\n'
    done
    for _ in 1 2 3; do
        read -r git_port < <(free_ports 1)
        cat >"$here/apache.conf" <<END
$modules
$user
ServerRoot $here
ServerName localhost
DefaultRuntimeDir $here/apache
PidFile $here/apache.pid
ErrorLog $here/apache.error
LogFormat "%m %U %H %>s" asked
CustomLog $here/apache.access asked
Listen 127.0.0.1:$git_port
DocumentRoot $here/site
StartServers 1
SetEnv GIT_PROJECT_ROOT $here/repositories
SetEnv GIT_HTTP_EXPORT_ALL 1
ScriptAlias /git/ /usr/lib/git-core/git-http-backend/
<Directory /usr/lib/git-core>
    Options +ExecCGI
    Require all granted
</Directory>
END
        : >"$here/apache.access"
        launch apache apache2 -f "$here/apache.conf" -DFOREGROUND
        await 20 Apache is_over_or apache test -s "$here/apache.pid"
        is_running apache && return 0
        stop apache
    done
    cat "$here/apache.error" "$here/apache.log" >&2
    fail "Apache does not start"
}

start_echo_server() {
    launch live /usr/bin/python3 "$root/Tests/Clients/echo_server.py"
    ln -s live.log "$here/live.access"
    await 20 "the WebSocket server" is_over_or live grep -q '^port ' "$here/live.log"
    live_port=$(sed -n 's/^port //p' "$here/live.log")
    [[ -n $live_port ]] || { cat "$here/live.log" >&2 && fail "the WebSocket server does not start"; }
}

start_methodwall() {
    cat >"$here/methodwall.yaml" <<END
listen:
  - address: 127.0.0.1:0
    tls: { certificate: server.pem, key: server.key }
  - address: 127.0.0.2:0
    http2: true # with prior knowledge
policies: policies
log: { refusals: $here/refusals.log }
upstreams:
  files: { url: "http://127.0.0.1:$files_port" }
  files-by-tls: { url: "https://localhost:$files_tls_port", http2: true, tls: { ca: ca.pem } }
  git: { url: "http://127.0.0.1:$git_port" }
  live: { url: "http://127.0.0.1:$live_port" }
END
    launch methodwall "$METHODWALL_BIN" run --config "$here/methodwall.yaml"
    await 20 methodwall is_over_or methodwall grep -q 'listening on 127.0.0.2:' "$here/methodwall.log"
    if ! is_running methodwall; then
        cat "$here/methodwall.log" >&2
        fail "methodwall does not start"
    fi
    tls_port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$here/methodwall.log")
    plain_port=$(sed -n 's/.*listening on 127\.0\.0\.2:\([0-9]*\).*/\1/p' "$here/methodwall.log")
    tls=https://localhost:$tls_port
    plain=http://127.0.0.2:$plain_port
}

start_servers() {
    files_port=9 files_tls_port=9 git_port=9 live_port=9
    start_nginx
    [[ -n ${absent[git]:-} ]] || start_apache
    [[ -n ${absent[websockets]:-} ]] || start_echo_server
    start_methodwall
}

is_fine() {
    cat "$here/methodwall.log"
    equal "the exit status" "$1" 0
    grep -q 'origin_failures=0 .*served$' "$here/methodwall.log"
    ! grep -E ' (warning|error|critical) ' "$here/methodwall.log"
}

# methodwall ends as told, and met no fault of a server or of its own.
check_end() {
    [[ $round == as-written ]] || return 0
    stop methodwall
    works "methodwall: ends with 0, and no server failed" is_fine "$status"
}
