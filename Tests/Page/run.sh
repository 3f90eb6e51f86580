#!/usr/bin/env bash
# Tests the page of the admin listener in headless Chromium.
#
#   Tests/Page/run.sh           against a made-up admin listener, with every fault
#   Tests/Page/run.sh --real    against a gateway: METHODWALL_BIN, or else the debug build; what cannot
#                               be brought about there is skipped, with the reason. Also sees that the
#                               made-up listener answers as the real one does
#   --screenshots DIR           saves what the page looks like
#   --only WORD                 only the tests with this word in their name
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$folder/../../deploy/packages.sh"
export PYTHONDONTWRITEBYTECODE=1

arguments=()
for argument in "$@"; do
    case $argument in
    -h | --help)
        sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --real)
        program=${METHODWALL_BIN:-}
        if [[ -z $program ]]; then
            need_swift
            program=$(swift build --package-path "$folder/../.." --show-bin-path)/methodwall
        fi
        [[ -x $program ]] || fail "no program at $program: build it, or set METHODWALL_BIN"
        arguments+=(--real "$(realpath "$program")")
        ;;
    *) arguments+=("$argument") ;;
    esac
done

need_packages python3
command -v chromium >/dev/null || need_packages chromium fonts-dejavu-core
# The browser ends with the test, which is told to end before it is made to.
exec timeout --kill-after=10 180 python3 "$folder/page_test.py" "${arguments[@]}"
