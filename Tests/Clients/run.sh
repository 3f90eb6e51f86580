#!/usr/bin/env bash
# Real clients through methodwall against real servers: curl, git, apt, pip, Python's websockets, Chromium
# and h2load, before nginx, Apache with git-http-backend, and a WebSocket server. Each does its work where
# the policy allows it, and is refused where it does not.
#
#   Tests/Clients/run.sh               all of it
#   Tests/Clients/run.sh --self-test   sees that the checks can fail: with policies that permit everything
#                                      each refusal has to be missed, with policies that permit nothing
#                                      nothing may work
#
# METHODWALL_BIN   the program; without it, a release build is made
# CI               if set, every client must be there; otherwise what cannot be installed is skipped
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
source deploy/packages.sh

rounds=(as-written)
case ${1:-} in
'') ;;
--self-test) rounds=(permits-all permits-nothing) ;;
-h | --help)
    sed -n '2,13s/^# \{0,1\}//p' "$root/Tests/Clients/run.sh"
    exit 0
    ;;
*) fail "unknown option: $1 (see run.sh --help)" ;;
esac

need_packages curl openssl python3 nginx-light procps util-linux
if [[ -z ${METHODWALL_BIN:-} ]]; then
    need_swift
    need_packages libcurl4-openssl-dev pkg-config
    swift build -c release --product methodwall
    METHODWALL_BIN=$(swift build -c release --show-bin-path)/methodwall
fi
METHODWALL_BIN=$(realpath "$METHODWALL_BIN")
[[ -x $METHODWALL_BIN ]] || fail "no program at $METHODWALL_BIN"

work=$(mktemp -d)
chmod 755 "$work"
source Tests/Clients/checks.sh
source Tests/Clients/servers.sh
source Tests/Clients/site.sh
source Tests/Clients/with_curl.sh
source Tests/Clients/with_git.sh
source Tests/Clients/with_packages.sh
source Tests/Clients/with_websockets.sh
source Tests/Clients/with_chromium.sh
source Tests/Clients/with_h2load.sh
cd "$work"

# A signal may come twice, and must not end this before the servers are.
clean_up() {
    trap '' HUP INT TERM
    stop_servers
    rm -rf "$work" 2>/dev/null || as_root rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

get_clients
forget_the_user
tell_versions
begun=$SECONDS
for round in "${rounds[@]}"; do
    here=$work/$round
    [[ $round == as-written ]] || say "policies of which each ${round/-/ }"
    make_site
    start_servers
    check_curl
    check_git
    check_apt
    check_pip
    check_websockets
    check_chromium
    check_h2load
    check_end
    stop_servers
done

printf '\n%s passed, %s failed, %s skipped, after %s s\n' "$passed" "$failed" "$skipped" "$((SECONDS - begun))"
[[ $failed -eq 0 ]]
