# shellcheck shell=bash
# The fail2ban filter and jails: sourced by run.sh, which has `accepts`, `refuses`, `root` and `work`.

# A configuration folder of fail2ban's with the filter of this file in it.
prepare_filter() {
    local folder
    folder=$(mktemp -d -p "$work")
    cp -R /etc/fail2ban/{fail2ban.conf,jail.conf,filter.d,action.d} "$folder"
    cp /etc/fail2ban/paths-*.conf "$folder"
    mkdir "$folder/jail.d"
    cp "$1" "$folder/filter.d/methodwall.conf"
    printf '%s\n' "$folder"
}

# counted FILTER MODE file|journal: whom the filter counts in the lines of refusals.tsv, with the second. The
# time zone is one where UTC would be mistaken, and the locale one that knows no UTF-8. From the journal,
# fail2ban gets each line behind the host and the process, and its time apart.
counted() {
    local folder options=()
    folder=$(prepare_filter "$1")
    grep -v '^#' Tests/Deploy/refusals.tsv | cut -f 3 >"$folder/log"
    if [[ $3 == journal ]]; then
        sed -i 's/^/wall-1 methodwall[812]: /' "$folder/log"
        options=(-d '{NONE}')
    fi
    TZ=America/New_York LC_ALL=C fail2ban-regex -c "$folder" -e utf-8 "${options[@]}" -o row \
        "$folder/log" "methodwall[mode=$2]" 2>"$folder/errors" |
        sed -nE "s/^\['([^']*)',[[:space:]]*([0-9]+)[.0-9]*,.*/\1 \2/p"
    if grep -E 'ERROR|Traceback' "$folder/errors"; then return 1; fi
}

# expected MODE: what `counted` must say of a file.
expected() {
    local kind address line moment
    while IFS=$'\t' read -r kind address line; do
        [[ $kind == both || $kind == "$1" ]] || continue
        moment=${line#'{"timestamp":"'}
        printf '%s %s\n' "$address" "$(date -d "${moment%%\"*}" +%s)"
    done < <(grep -v '^#' Tests/Deploy/refusals.tsv)
}

# counts_right FILTER: exactly the lines that should count, each for its own client.
counts_right() {
    local mode
    for mode in attempts flood; do
        expected "$mode" >"$work/expected"
        [[ -s $work/expected ]]
        counted "$1" "$mode" file >"$work/counted"
        diff "$work/expected" "$work/counted" || {
            echo "mode $mode, file: < should count, > counts"
            return 1
        }
        counted "$1" "$mode" journal | cut -d ' ' -f 1 >"$work/counted"
        cut -d ' ' -f 1 "$work/expected" | diff - "$work/counted" || {
            echo "mode $mode, journal: < should count, > counts"
            return 1
        }
    done
}

# Reasons that methodwall never gives would count nothing, without a word.
reasons_exist() {
    local reason reasons
    reasons=$(sed -n 's/^reasons = //p' "$1")
    [[ -n $reasons ]]
    for reason in ${reasons//|/ }; do
        grep -qF "= \"$reason\"" Sources/MethodPolicy/Decisions/RefusalReason.swift || {
            echo "no such reason: $reason"
            return 1
        }
    done
}

# refusal ADDRESS PATH [REPEATED]: a line of now.
refusal() {
    printf '{"timestamp":"%s","methodwall.decision":"refused",' "$(date -u +%FT%T.%3NZ)"
    printf '"methodwall.reason":"method_not_allowed","http.response.status_code":405,'
    printf '"http.request.method":"DELETE","url.path":"/users/%s","server.address":"shop.example.com",' "$2"
    printf '"network.protocol.version":"1.1","client.address":"%s","client.port":40001,' "$1"
    printf '"user_agent.original":"%s",' '\\x22,\\x22client.address\\x22:\\x22198.51.100.9'
    printf '"methodwall.request_id":"fb385bf05a28b674"%s}\n' "${3:+,\"methodwall.repeated\":$3}"
}

# banned FOLDER JAIL: the addresses that are banned now, in order.
banned() {
    fail2ban-client -c "$1" get "$2" banip 2>/dev/null | tr ' ' '\n' | grep . | sort || true
}

# Asks until the answer is the expected one, for at most ten seconds.
until_banned() {
    local deadline=$((SECONDS + 10)) answer
    while answer=$(banned "$1" "$2"); [[ $answer != "$3" ]]; do
        if ((SECONDS > deadline)); then
            printf '%s banned: %s, not: %s\n' "$2" "$answer" "$3"
            return 1
        fi
        sleep 0.2
    done
}

# A server of fail2ban's own, with the jails as they are but for the log's path and the firewall.
jails_ban() {
    local folder number server status=0
    folder=$(prepare_filter deploy/fail2ban/filter.d/methodwall.conf)
    sed "s#^logpath = .*#logpath = $folder/refusals.log#" deploy/fail2ban/jail.d/methodwall.conf \
        >"$folder/jail.d/methodwall.conf"
    printf '[Definition]\nactionstart =\nactionstop =\nactionban =\nactionunban =\n' \
        >"$folder/action.d/nothing.conf"
    printf '[DEFAULT]\naction = nothing\n' >"$folder/jail.d/action.conf"
    printf '[Definition]\n%s\n' "logtarget = $folder/server.log" "socket = $folder/socket" \
        "pidfile = $folder/pid" "dbfile = :memory:" >"$folder/fail2ban.local"
    sed -i '/^\[Definition\]/!b; x; s/^/x/; /^xx/{x; d}; x' "$folder/fail2ban.local"
    touch "$folder/refusals.log"
    fail2ban-client -c "$folder" --test
    fail2ban-server -c "$folder" -f start &
    server=$!
    {
        for number in {1..20}; do refusal 192.0.2.7 "$number"; done
        for number in {1..19}; do refusal 2001:db8::8 "$number"; done
        for number in 1 2 3; do refusal 203.0.113.9 "$number" 12; done
        for number in {1..9}; do refusal 203.0.113.10 "$number" 9; done
    } >"$folder/lines"
    local deadline=$((SECONDS + 10))
    until [[ $(fail2ban-client -c "$folder" status 2>/dev/null) == *methodwall-flood* ]]; do
        ((SECONDS < deadline)) || break
        sleep 0.2
    done
    cat "$folder/lines" >>"$folder/refusals.log"
    until_banned "$folder" methodwall 192.0.2.7 || status=1
    until_banned "$folder" methodwall-flood 203.0.113.9 || status=1
    # The twentieth of the other one.
    refusal 2001:db8::8 20 >>"$folder/refusals.log"
    until_banned "$folder" methodwall $'192.0.2.7\n2001:db8::8' || status=1
    until_banned "$folder" methodwall-flood 203.0.113.9 || status=1
    kill "$server"
    wait "$server" || true
    [[ $status -eq 0 ]] || cat "$folder/server.log"
    return "$status"
}

# attack PORT: requests that are refused and try to look like lines about 198.51.100.x.
attack() {
    /usr/bin/python3 - "$1" <<'EOF'
import socket
import sys

forged = b'","client.address":"198.51.100.1","x":"'
line = b'{"timestamp":"2026-11-25T20:08:55.337Z","methodwall.decision":"refused","methodwall.reason":' \
    b'"method_not_allowed","client.address":"198.51.100.2"}'
requests = [
    b"DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: " + text + b"\r\n\r\n"
    for text in (b"plain", forged, line, b"\\" + forged, b"\\\\\\" + forged, b"x\\", b"\xff" + forged,
                 b"client.address 198.51.100.3", b"2031-01-01T00:00:00.000Z 198.51.100.4")
] + [
    b"DELETE /" + text + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    for text in (forged, b"\\" + forged, b"x\n" + line, b"%22" + forged, b"p" * 3000 + forged)
] + [
    b"DELETE /users HTTP/1.1\r\nHost: " + forged + b"\r\n\r\n",
    b"DELETE" + forged + b" /users HTTP/1.1\r\nHost: a\r\n\r\n",
    b"BREW /users HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.5\r\n\r\n",
    b"POST /users HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: DELETE" + forged + b"\r\n\r\n",
    b"\n" + line + b"\nDELETE /users HTTP/1.1\r\nHost: a\r\n\r\n",
]
for request in requests:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
print(len(requests))
EOF
}

# The log of a methodwall under attack blames nobody but the attacker.
real_log_blames_attacker() {
    local folder wall port lines deadline=$((SECONDS + 20))
    folder=$(prepare_filter deploy/fail2ban/filter.d/methodwall.conf)
    mkdir "$folder/policies"
    printf 'methodwall: 1\npolicy: shop\npaths:\n  /users: GET POST\n' >"$folder/policies/shop.yaml"
    "$METHODWALL_BIN" run --listen 127.0.0.1:0 --upstream http://127.0.0.1:9 \
        --policies "$folder/policies" --log "$folder/refusals.log" 2>"$folder/said" &
    wall=$!
    until port=$(sed -nE 's/.*listening on 127\.0\.0\.1:([0-9]+).*/\1/p' "$folder/said") && [[ -n $port ]]; do
        ((SECONDS < deadline)) && kill -0 "$wall" 2>/dev/null || { cat "$folder/said" && return 1; }
        sleep 0.1
    done
    attack "$port"
    kill "$wall"
    wait "$wall"
    lines=$(wc -l <"$folder/refusals.log")
    fail2ban-regex -c "$folder" -o row "$folder/refusals.log" methodwall >"$folder/rows"
    [[ $lines -ge 10 ]]
    # Some requests are for paths without a rule, which do not count.
    [[ $(grep -c "^\['127.0.0.1'," "$folder/rows") -ge 10 ]]
    ! grep -v "^\['127.0.0.1'," "$folder/rows"
}

check_fail2ban() {
    local filter=deploy/fail2ban/filter.d/methodwall.conf copy
    accepts "fail2ban: the filter counts these lines and no others" counts_right "$filter"
    # A filter that searches instead of reading from the first octet believes what clients write.
    copy=$(broken "$filter" 's/^failregex = .*/failregex = "refused".*client\\.address\\W+<ADDR>/')
    refuses "fail2ban: a filter that can be fooled" "> 198.51.100" counts_right "$copy"
    copy=$(broken "$filter" 's/^(failregex = .*)"refused"(.*)/\1"[a-z_]+"\2/')
    refuses "fail2ban: a filter that counts what was forwarded" "> 203.0.113.1 " counts_right "$copy"
    copy=$(broken "$filter" 's/%%f%%z"/%%f"/; s/%%S\\\.%%f"$/%%S\\.%%fZ"/')
    refuses "fail2ban: a filter that takes UTC for local time" "> 192.0.2.1 " counts_right "$copy"
    copy=$(broken "$filter" 's/^_begin = .*/_begin = /')
    refuses "fail2ban: a filter that cannot read the journal" "mode attempts, journal" counts_right "$copy"
    copy=$(broken "$filter" 's/^(_end-flood = <_members>).*/\1/')
    refuses "fail2ban: a flood that is none" "mode flood" counts_right "$copy"
    accepts "fail2ban: the reasons are methodwall's" reasons_exist "$filter"
    copy=$(broken "$filter" 's/^reasons = /&method_not_nice|/')
    refuses "fail2ban: a reason that there is not" method_not_nice reasons_exist "$copy"
    accepts "fail2ban: the jails ban whom they should" jails_ban
    if [[ -n ${METHODWALL_BIN:-} ]]; then
        accepts "fail2ban: a real log under attack" real_log_blames_attacker
    else
        note_skipped "fail2ban: a real log under attack" "METHODWALL_BIN is not set"
    fi
}
