#!/usr/bin/env bash
# A mixed load on a release build: HTTP/1.1, HTTP/2, TLS and WebSocket clients that check every answer, while
# policies change, break and are mended, certificates are replaced, SIGHUP comes, one of two origins is
# killed and revived every few seconds, and the binary is replaced once (SIGUSR2). Fails if a request fails
# that had an origin, if a tunnel ends before its time, if descriptors have not returned to what they were before
# the load, or memory to about what it was after a tenth of it.
#
#   Tests/Load/run.sh                 for 60 seconds
#   Tests/Load/run.sh --seconds N     for N seconds, at least 10; below 60 everything comes more often
#   Tests/Load/run.sh --self-test     sees that it can fail, in about two and a half minutes
#
# METHODWALL_BIN is the program, a release build: debug builds stop where two processes share a listening
# socket. Without it, one is made.
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caller=$PWD
cd "$folder/../.."
source deploy/packages.sh
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder:$PWD/Tests/Benchmarks PATH=$PATH:/usr/sbin

seconds=60
self_test=no
while [[ $# -gt 0 ]]; do
    case $1 in
    --seconds)
        [[ $# -ge 2 && $2 =~ ^[0-9]{1,5}$ && $2 -ge 10 ]] || fail "--seconds needs a number from 10"
        seconds=$2
        shift
        ;;
    --self-test) self_test=yes ;;
    -h | --help)
        sed -n '2,14s/^# \{0,1\}//p' "$folder/run.sh"
        exit 0
        ;;
    *) fail "unknown option: $1 (see run.sh --help)" ;;
    esac
    shift
done

# Debian's h2 is there for Debian's Python alone.
python=/usr/bin/python3
need_packages python3 python3-h2 nginx-light nghttp2-client openssl
if [[ -n ${METHODWALL_BIN:-} ]]; then
    binary=$(cd "$caller" && realpath -e "$METHODWALL_BIN") || fail "no such file: $METHODWALL_BIN"
else
    need_swift
    need_packages libcurl4-openssl-dev pkg-config
    swift build -c release --product methodwall
    binary=$(swift build -c release --show-bin-path)/methodwall
fi

if [[ $self_test == no ]]; then
    exec "$python" -m load "$binary" --seconds "$seconds"
fi

# notices WHAT EXPECTED: with WHAT broken, a short run fails and says EXPECTED.
notices() {
    local said
    if said=$("$python" -m load "$binary" --seconds 12 --break "$1"); then
        fail "not noticed: $1"
    fi
    grep -Eq -- "$2" <<<"$said" || fail "$said"$'\n'"$1: failed without saying: $2"
    printf 'noticed: %s\n' "$1"
}

"$python" -m unittest load.test_usage
notices origins 'files/[0-9]+: status 502 instead of 200'
notices content 'GET /large/[0-9]+.*: the digest of [0-9]+ octets differs'
notices certificates 'certificates: number [0-9]+ was not shown'
notices connections 'HTTP/1.1: an idle connection was .*, but its process goes on'
notices descriptors 'grown since .*: .* descriptors, .* before: \+2 socket'
