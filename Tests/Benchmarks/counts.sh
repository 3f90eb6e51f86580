#!/usr/bin/env bash
# Counts what one request costs in system calls, allocations and instructions. Unlike times, the counts
# do not depend on how busy the machine is, so that they can guard against regressions.
#
#   Tests/Benchmarks/counts.sh                     prints the figures, and what a decision takes
#   Tests/Benchmarks/counts.sh --check             exits 1 if one exceeds its bound in thresholds.json
#   Tests/Benchmarks/counts.sh --set               writes thresholds.json anew from today's figures
#   Tests/Benchmarks/counts.sh --profile SCENARIO  prints where a request's instructions are spent, by
#                              [--inclusive]       function; or with what each calls
#   Tests/Benchmarks/counts.sh --self-test         sees that the check can fail
#
# --binary PATH, or METHODWALL_BIN, is what to count; without either, a release build is made. With one,
# the decision benchmark is run only if DECISION_BENCHMARK is its path.
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caller=$PWD
cd "$folder/../.."
source deploy/packages.sh
export PYTHONDONTWRITEBYTECODE=1

binary=${METHODWALL_BIN:-}
asked=()
figures=yes
while [[ $# -gt 0 ]]; do
    case $1 in
    --binary)
        [[ $# -ge 2 ]] || fail "--binary needs a path"
        binary=$2
        shift
        ;;
    --profile)
        [[ $# -ge 2 ]] || fail "--profile needs a scenario"
        asked+=("$1" "$2")
        figures=no
        shift
        ;;
    --inclusive) asked+=("$1") ;;
    --check | --set)
        asked+=("$1")
        figures=no
        ;;
    --self-test)
        need_packages python3
        cd "$folder"
        exec python3 -m unittest counting.test_thresholds counting.test_reading
        ;;
    -h | --help)
        sed -n '2,14s/^# \{0,1\}//p' "$folder/counts.sh"
        exit 0
        ;;
    *) fail "unknown option: $1 (see counts.sh --help)" ;;
    esac
    shift
done

need_packages strace python3 gcc libc6-dev binutils valgrind
if [[ -n $binary ]]; then
    binary=$(cd "$caller" && realpath -e "$binary") || fail "no such file: --binary or METHODWALL_BIN"
    [[ $figures == no || -z ${DECISION_BENCHMARK:-} ]] || asked+=(--decision "$DECISION_BENCHMARK")
else
    need_swift
    need_packages libcurl4-openssl-dev pkg-config
    swift build -c release --product methodwall
    binary=$(swift build -c release --show-bin-path)/methodwall
    if [[ $figures == yes ]]; then
        build=(swift build -c release --package-path Tests/Benchmarks)
        "${build[@]}"
        asked+=(--decision "$("${build[@]}" --show-bin-path)/decision-benchmark")
    fi
fi
exec python3 "$folder/counts.py" --binary "$binary" "${asked[@]}"
