# shellcheck shell=bash
# Sourced by run.sh: a gateway that has something to tell of everything.

# Its process, while it runs.
gateway=
stop_gateway() {
    [[ -n $gateway ]] || return 0
    kill "$gateway" 2>/dev/null || true
    wait "$gateway" || true
    gateway=
}

# await_gateway FOLDER: until its admin listener answers that it is ready.
await_gateway() {
    local deadline=$((SECONDS + 20))
    until curl -sf --unix-socket "$1/admin.sock" -o /dev/null http://localhost/readyz; do
        if [[ $SECONDS -ge $deadline ]] || ! kill -0 "$gateway" 2>/dev/null; then
            cat "$1/log" >&2
            fail "the gateway does not become ready"
        fi
        sleep 0.05
    done
}

# ask FOLDER METHOD PATH STATUS: one request, which gets this status.
ask() {
    local status
    status=$(curl -sS --max-time 10 --cacert "$1/wall.pem" --unix-socket "$1/wall.sock" -X "$2" \
        -o /dev/null -w '%{http_code}' "https://shop.test$3") || fail "$2 $3: no answer"
    [[ $status == "$4" ]] || fail "$2 $3: status $status instead of $4"
}

# tell PROGRAM FOLDER: has a gateway refuse, let through what it would refuse, and fail, so that no metric
# is without a sample; FOLDER/metrics is its answer to GET /metrics.
tell() {
    local folder=$2
    mkdir -p "$folder/policies"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=shop.test -addext subjectAltName=DNS:shop.test \
        -keyout "$folder/wall.key" -out "$folder/wall.pem" 2>"$folder/log" || {
        cat "$folder/log" >&2
        fail "openssl makes no certificate"
    }
    cat >"$folder/methodwall.yaml" <<EOF
listen:
  - address: unix:$folder/wall.sock
    tls: { certificate: $folder/wall.pem, key: $folder/wall.key }
admin: unix:$folder/admin.sock
upstreams: { nobody: "unix:$folder/nobody.sock" }
policies: $folder/policies
drain: 1s
EOF
    cat >"$folder/policies/shop.yaml" <<EOF
methodwall: 1
paths:
  /orders: GET
  /trial: { allow: GET, mode: report }
EOF
    "$1" run --config "$folder/methodwall.yaml" >"$folder/log" 2>&1 &
    gateway=$!
    await_gateway "$folder"
    ask "$folder" OPTIONS /orders 204
    ask "$folder" DELETE /orders 405
    ask "$folder" GET /orders 502
    ask "$folder" DELETE /trial 502
    curl -sSf --max-time 10 --unix-socket "$folder/admin.sock" -o "$folder/metrics" \
        http://localhost/metrics || fail "the gateway has no metrics"
    stop_gateway
}
