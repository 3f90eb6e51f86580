# shellcheck shell=bash
# Sourced by run.sh: what a check is, and which clients there are.

passed=0 failed=0 skipped=0 status=0
declare -A absent=() # what is not there, and why

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
    [[ ! -s $work/said ]] || tail -n 40 "$work/said" | cut -c 1-300 | sed 's/^/         | /'
}

note_skipped() {
    skipped=$((skipped + 1))
    printf 'skipped  %s: %s\n' "$1" "$2"
}

# works NAME COMMAND…: something that the policy allows. The command must succeed.
works() { [[ $round == permits-all ]] || check "$@"; }

# refused NAME COMMAND…: something that the policy does not allow. The command succeeds if it was refused.
refused() { [[ $round == permits-nothing ]] || check "$@"; }

# check NAME COMMAND…: in a round of the self-test the command must fail.
check() {
    local name=$1
    shift
    run_apart "$@"
    if [[ $round != as-written ]]; then
        if [[ $status -eq 0 ]]; then
            note_failed "$name" "cannot fail: it passes although the policy ${round/-/ }"
        else
            note_passed "can fail: $name"
        fi
    elif [[ $status -eq 0 ]]; then
        note_passed "$name"
    else
        note_failed "$name" "exit status $status"
    fi
}

# equal WHAT GOT EXPECTED
equal() {
    [[ $2 == "$3" ]] || {
        printf '%s is %s, expected %s\n' "$1" "$2" "$3"
        return 1
    }
}

# fails STATUS COMMAND…: the command must end with this status, or with any but 0 if STATUS is `any`. What it
# says is in $here/failing as well.
fails() {
    local expected=$1 got=0
    shift
    "$@" >"$here/failing" 2>&1 || got=$?
    cat "$here/failing"
    if [[ $got -eq 0 || ($expected != any && $got -ne $expected) ]]; then
        printf 'exit status %s, expected %s: %s\n' "$got" "$expected" "$*"
        return 1
    fi
}

# await SECONDS WHAT COMMAND…: until the command succeeds.
await() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        if [[ $SECONDS -ge $deadline ]]; then
            echo "waited in vain for $what"
            return 1
        fi
        sleep 0.05
    done
}

is_logged() { grep -F "\"http.request.method\":\"$1\"" "$here/refusals.log" | grep -qF "\"url.path\":\"$2\""; }

# turned_away METHOD PATH SERVER: methodwall logged that it refused this, and the server never saw it.
turned_away() {
    await 5 "a line about $1 $2 in the log of refusals" is_logged "$1" "$2"
    if grep -F "$1 $2" "$here/$3.access"; then
        echo "$3 was asked all the same"
        return 1
    fi
}

# have NAME PACKAGE…: whether these packages are there or can be had. If not, $absent says why.
have() {
    local name=$1
    shift
    if ! (need_packages "$@") >"$work/installing" 2>&1; then
        absent[$name]="cannot install $*: $(tail -n 1 "$work/installing")"
        return 1
    fi
    cat "$work/installing"
}

# is_there NAME WHAT: whether the client is there. If not, its checks are skipped, or fail in CI.
is_there() {
    [[ -n ${absent[$1]:-} ]] || return 0
    [[ $round != permits-nothing ]] || return 1
    : >"$work/said"
    if [[ -n ${CI:-} ]]; then note_failed "$2" "${absent[$1]}"; else note_skipped "$2" "${absent[$1]}"; fi
    return 1
}

# Python's websockets from PyPI, or else the older ones of Debian. The Python is Debian's in both cases.
get_websockets() {
    local version=12.0
    if [[ -z ${absent[pip]:-} ]] && timeout 60 /usr/bin/python3 -m pip install --quiet --no-deps --no-compile \
        --retries 1 --timeout 20 --target "$work/python" "websockets==$version" >"$work/installing" 2>&1; then
        return 0
    fi
    rm -rf "$work/python"
    echo "no websockets $version from PyPI: $(tail -n 1 "$work/installing")"
    have websockets python3-websockets || true
}

get_clients() {
    have git git apache2 || true
    have apt apt dpkg-dev || true
    have pip python3-pip || true
    have h2load nghttp2-client || true
    command -v chromium >/dev/null || have chromium chromium fonts-dejavu-core || true
    get_websockets
}

# What is there, one line each.
tell_versions() {
    local package version
    for package in curl git apt python3-pip chromium nghttp2-client nginx-light apache2; do
        version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || version=
        printf '%-16s %s\n' "$package" "${version:-not from a package}"
    done
    [[ -n ${absent[websockets]:-} ]] || printf '%-16s %s\n' websockets \
        "$(/usr/bin/python3 -c 'from importlib.metadata import version; print(version("websockets"))')"
}

# What the user has set must not change what the clients do.
forget_the_user() {
    local name
    for name in "${!GIT_@}" "${!PIP_@}" "${!PYTHON@}" "${!XDG_@}" http_proxy https_proxy all_proxy no_proxy \
        HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY CURL_HOME CURL_CA_BUNDLE REQUESTS_CA_BUNDLE \
        SSL_CERT_FILE SSL_CERT_DIR; do
        unset "$name"
    done
    export HOME=$work/home TMPDIR=$work/home LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
    mkdir "$HOME"
    [[ ! -d $work/python ]] || export PYTHONPATH=$work/python
}
