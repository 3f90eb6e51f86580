# shellcheck shell=bash
# Sourced by run.sh: nghttp2's h2load, in bounded amounts.

# load_gives PROTOCOL REQUESTS CODES ARGUMENT…: every request is answered, by this protocol, with these
# classes of status codes.
load_gives() {
    local protocol=$1 requests=$2 codes=$3
    timeout 60 h2load -n "$requests" -c 8 -m 10 -t 1 "${@:4}" >"$here/h2load"
    cat "$here/h2load"
    grep -qx "Application protocol: $protocol" "$here/h2load"
    grep -q "^requests: $requests total, .* $requests done, .* 0 errored, 0 timeout" "$here/h2load"
    grep -qx "status codes: $codes" "$here/h2load"
}

# load_refused PROTOCOL REQUESTS METHOD BASE ARGUMENT…: requests for a file that is there.
load_refused() {
    cp "$here/content" "$here/site/files/text.txt"
    load_gives "$1" "$2" "0 2xx, 0 3xx, $2 4xx, 0 5xx" "${@:5}" "$4/files/text.txt"
    turned_away "$3" /files/text.txt nginx
}

check_h2load() {
    is_there h2load "h2load" || return 0
    works "h2load, HTTP/2 with TLS: 600 requests" \
        load_gives h2 600 "600 2xx, 0 3xx, 0 4xx, 0 5xx" "$tls/files/text.txt"
    works "h2load, HTTP/1.1 with TLS: 300 requests" \
        load_gives http/1.1 300 "300 2xx, 0 3xx, 0 4xx, 0 5xx" --h1 "$tls/files/text.txt"
    works "h2load, HTTP/2 without TLS: 200 requests" \
        load_gives h2c 200 "200 2xx, 0 3xx, 0 4xx, 0 5xx" "$plain/files/hello.txt"
    cp "$here/site/files/text.txt" "$here/content"
    refused "h2load, HTTP/2 with TLS: 300 refusals" load_refused h2 300 DELETE "$tls" -H ":method: DELETE"
    refused "h2load, HTTP/2 with TLS: 300 refusals of 106 KiB each" \
        load_refused h2 300 POST "$tls" -d "$here/content"
    refused "h2load, HTTP/2 without TLS: 100 refusals of 106 KiB each" \
        load_refused h2c 100 POST "$plain" -d "$here/content"
}
