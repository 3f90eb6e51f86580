# shellcheck shell=bash
# Sourced by run.sh: Python's websockets library, as client and as server.

echo_client() { timeout 40 /usr/bin/python3 "$root/Tests/Clients/echo_client.py" "$@"; }

# websocket_refused BASE PATH STATUS [CA]: and the server has opened no connection for this path.
websocket_refused() {
    echo_client refused "$1$2" "${@:3}"
    if grep -F "opened $2" "$here/live.log"; then
        echo "the server opened a connection all the same"
        return 1
    fi
}

check_websockets() {
    is_there websockets "websockets" || return 0
    local by_tls=wss://localhost:$tls_port unsafe=ws://127.0.0.2:$plain_port ca=$here/ca.pem
    works "websockets: large and fragmented messages, many connections" echo_client works "$unsafe/live/echo"
    works "websockets with TLS: large and fragmented messages, many connections" \
        echo_client works "$by_tls/live/echo" "$ca"
    # The server answers 426 to a GET that does not ask for an upgrade.
    refused "websockets: no upgrade where no rule says so" websocket_refused "$unsafe" /live/page 426
    refused "websockets with TLS: no upgrade where no rule says so" \
        websocket_refused "$by_tls" /live/page 426 "$ca"
    refused "websockets: 405 where GET is not allowed" websocket_refused "$unsafe" /live/hidden 405
    refused "websockets with TLS: 405 where GET is not allowed" \
        websocket_refused "$by_tls" /live/hidden 405 "$ca"
}
