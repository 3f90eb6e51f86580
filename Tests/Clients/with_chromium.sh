# shellcheck shell=bash
# Sourced by run.sh: a page in Chromium that calls an API of another origin, preflights and all.

# load HOST FILE: what the page looks like once its scripts have run. Every name of example.com is the
# gateway; its key is the only one that is trusted although no authority that Chromium knows vouches for it.
load() {
    local key options
    key=$(openssl x509 -in "$here/server.pem" -noout -pubkey | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -binary | base64)
    options=(--headless=new --disable-gpu --no-first-run --disable-background-networking --disable-sync
        --disable-component-update --disable-extensions --disable-dev-shm-usage --password-store=basic
        --user-data-dir="$here/chromium-$1" --ignore-certificate-errors-spki-list="$key"
        --host-resolver-rules="MAP *.example.com:443 127.0.0.1:$tls_port, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        --virtual-time-budget=60000 --dump-dom)
    [[ $(id -u) -ne 0 ]] || options+=(--no-sandbox)
    timeout --kill-after=5 60 chromium "${options[@]}" "https://$1/page/index.html" >"$2" 2>"$2.log"
}

# page_says FILE LINE…: the page has each of these lines.
page_says() {
    local file=$1 line
    shift
    for line in "$@"; do
        grep -qxF -- "$line" <(sed 's/.*<pre id="said">//' "$file") || {
            echo "not in the page: $line"
            sed -n '/<pre/,/<\/pre/p' "$file"
            tail -n 5 "$file.log"
            return 1
        }
    done
}

page_loads() {
    page_says "$1" "protocol: h2" "get: 200 kept, ETag seen" "end: reached"
}

page_writes() {
    page_says "$1" "put: 201" "get what was put: a note of the page" "delete: 204"
    equal "what the page wrote" "$(<"$here/site/notes/page.txt")" "a note of the page"
    [[ ! -e $here/site/notes/gone.txt ]]
}

page_is_blocked() {
    page_says "$1" "delete what is kept: blocked, TypeError" "put a field too many: blocked, TypeError" \
        "post without a preflight: 405, Allow GET, HEAD, OPTIONS"
    [[ -e $here/site/kept/one.txt && ! -e $here/site/notes/field.txt ]]
    turned_away POST /kept/one.txt nginx
    if grep -E '^(OPTIONS|DELETE /kept)' "$here/nginx.access"; then
        echo "the server was asked all the same"
        return 1
    fi
}

# From the other origin nothing is readable, and what needs a preflight is not even sent.
other_page_is_blocked() {
    page_says "$1" "get: blocked, TypeError" "put: blocked, TypeError" "delete: blocked, TypeError" \
        "end: reached"
}

check_chromium() {
    is_there chromium "Chromium" || return 0
    local page=$here/app.html
    load app.example.com "$page" || true
    works "Chromium, HTTP/2: loads a page that reads from another origin" page_loads "$page"
    works "Chromium, HTTP/2: preflighted PUT and DELETE" page_writes "$page"
    refused "Chromium, HTTP/2: DELETE where it is not allowed is blocked" page_is_blocked "$page"
    if [[ -z ${absent[websockets]:-} ]]; then
        works "Chromium, TLS: WebSocket" page_says "$page" "websocket: echoed"
        refused "Chromium, TLS: no WebSocket where no rule says so" \
            page_says "$page" "websocket to a page: refused"
    fi
    [[ $round != permits-nothing ]] || return 0
    echo "to be deleted" >"$here/site/notes/gone.txt"
    load other.example.com "$here/other.html" || true
    refused "Chromium, HTTP/2: a page of an unknown origin gets nothing" other_page_is_blocked "$here/other.html"
}
