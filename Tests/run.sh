#!/usr/bin/env bash
# Installs what the tests need, then runs them all.
#
#   Tests/run.sh                      everything, then the heavy stages on a release build
#   Tests/run.sh --quick              without the release build and the heavy stages
#   Tests/run.sh --sanitize=thread    the suites under the thread sanitizer (or: address)
#   Tests/run.sh --frameworks         method overrides against real frameworks, and nothing else
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/packages.sh

sanitizer=
quick=no
frameworks=no
for argument in "$@"; do
    case $argument in
    --sanitize=thread | --sanitize=address) sanitizer=${argument#--sanitize=} ;;
    --quick) quick=yes ;;
    --frameworks) frameworks=yes ;;
    -h | --help)
        sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *) fail "unknown option: $argument (see Tests/run.sh --help)" ;;
    esac
done

need_swift
need_packages libcurl4-openssl-dev pkg-config curl nginx-light apache2 strace openssl procps \
    python3 gcc libc6-dev binutils valgrind prometheus

# stage SECONDS NAME COMMAND…: runs the command, which must end in time. Nothing reads stdin.
stage() {
    local limit=$1 name=$2 begun=$SECONDS status=0
    shift 2
    say "$name"
    timeout --kill-after=20 "$limit" "$@" </dev/null || status=$?
    if [[ $status -eq 124 || $status -eq 137 ]]; then
        printf '%s did not end within %s s\n' "$name" "$limit" >&2
    fi
    printf -- '-- %s: %s after %s s\n' "$name" \
        "$([[ $status -eq 0 ]] && echo passed || echo "FAILED ($status)")" "$((SECONDS - begun))"
    return "$status"
}

build=(swift build --build-tests)
tests=(swift test --skip-build --disable-xctest)
slower=1
if [[ -n $sanitizer ]]; then
    build+=("--sanitize=$sanitizer" --scratch-path ".build-$sanitizer")
    tests+=("--sanitize=$sanitizer" --scratch-path ".build-$sanitizer")
    slower=4
    reports=$(mktemp -d)
    trap 'rm -rf "$reports"' EXIT
    # What a child process finds must not get lost with its standard error.
    export TSAN_OPTIONS="log_path=$reports/report exitcode=66 ${TSAN_OPTIONS:-}"
    export ASAN_OPTIONS="log_path=$reports/report detect_leaks=0 ${ASAN_OPTIONS:-}"
    export METHODWALL_SANITIZER=$sanitizer
    export METHODWALL_BIG_BYTES=${METHODWALL_BIG_BYTES:-33554432}
fi
# The debug build is slow by nature; the release stage below moves the full size.
export METHODWALL_BIG_BYTES=${METHODWALL_BIG_BYTES:-134217728}

stage $((1200 * slower)) "build" "${build[@]}"

if [[ $frameworks == yes ]]; then
    need_packages apache2 libapache2-mod-php php-cli php-symfony-http-foundation ruby-rack \
        ruby-webrick python3-werkzeug tomcat10 default-jdk-headless
    export METHODWALL_FRAMEWORKS=1
    stage 600 "real frameworks" "${tests[@]}" --no-parallel --filter FrameworkTests
    exit 0
fi

# Apart, so that tests which wait on processes do not starve those that wait on clocks.
stage $((420 * slower)) "unit tests" "${tests[@]}" --no-parallel --skip IntegrationTests
stage $((600 * slower)) "integration tests" "${tests[@]}" --filter IntegrationTests

if [[ -n $sanitizer ]]; then
    if compgen -G "$reports/report*" >/dev/null; then
        cat "$reports"/report* >&2
        fail "the $sanitizer sanitizer found something"
    fi
    say "the $sanitizer sanitizer found nothing"
    exit 0
fi
[[ $quick == yes ]] && exit 0

stage 900 "release build" swift build -c release --product methodwall
METHODWALL_BIN=$(swift build -c release --show-bin-path)/methodwall
export METHODWALL_BIN METHODWALL_BIG_BYTES=2147483648 METHODWALL_RELOAD_SECONDS=30
stage 420 "2 GiB bodies, 30 s of reloads and a hand-over on the release build" \
    "${tests[@]}" --filter 'BigBodyTests|BigFormTests|ReloadTests|HandoverTests'
stage 60 "the counts' own tests" Tests/Benchmarks/counts.sh --self-test
stage 420 "what a request costs, against thresholds" Tests/Benchmarks/counts.sh --check
stage 240 "real clients" Tests/Clients/run.sh
stage 240 "a minute of mixed load, with reloads, failures and an upgrade" Tests/Load/run.sh
stage 200 "the admin page, with every fault" Tests/Page/run.sh
stage 200 "the admin page of a running gateway" Tests/Page/run.sh --real
stage 300 "alerts and dashboard" Tests/Monitoring/run.sh
stage 180 "moving from other proxies" Tests/Migrating/run.sh
stage 120 "the manual page and the completions" Tests/Manual/run.sh
stage 300 "deployment" Tests/Deploy/run.sh
say "all tests passed; left out: real frameworks (Tests/run.sh --frameworks)"
