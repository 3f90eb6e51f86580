#!/usr/bin/env bash
# Writes the manual page methodwall.1 and the completions methodwall.bash, _methodwall (zsh) and
# methodwall.fish, from what the program says of itself.
#
#   deploy/manual.sh OUTPUT_DIR                   asks METHODWALL_BIN, or else builds a release binary first
#   deploy/manual.sh OUTPUT_DIR METHODWALL_BIN    asks this one
#
# They belong in share/man/man1, share/bash-completion/completions (as methodwall),
# share/zsh/site-functions and share/fish/vendor_completions.d. SOURCE_DATE_EPOCH, by default now, makes
# the date of the page.
set -euo pipefail
folder=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
source "$folder/packages.sh"

usage() { sed -n '2,10s/^# \{0,1\}//p' "$folder/manual.sh"; }

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    usage
    exit 0
fi
if [[ $# -eq 0 || $# -gt 2 || $1 == -* ]]; then
    usage >&2
    exit 2
fi
output=$1
program=${2:-${METHODWALL_BIN:-}}

command -v python3 >/dev/null || need_packages python3 >&2
if [[ -z $program ]]; then
    need_swift
    need_packages libcurl4-openssl-dev pkg-config >&2
    swift build --package-path "$folder/.." -c release --product methodwall >&2
    program=$(swift build --package-path "$folder/.." -c release --show-bin-path)/methodwall
fi
[[ -f $program && -x $program ]] || fail "no executable: $program"
program=$(realpath "$program")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ask FILE ARGUMENT…: what the program answers, which has to be something.
ask() {
    local file=$work/$1
    shift
    "$program" "$@" </dev/null >"$file" || fail "$program $*: failed"
    [[ -s $file ]] || fail "$program $*: no answer"
}

mkdir "$work/answers" "$work/made"
ask answers/version --version
ask answers/commands --experimental-dump-help
ask answers/policy schema
ask answers/configuration schema --configuration
ask made/methodwall.bash --generate-completion-script bash
ask made/_methodwall --generate-completion-script zsh
ask made/methodwall.fish --generate-completion-script fish
python3 -B "$folder/manual.py" "$folder/manual/methodwall.1.in" "$work/answers" \
    "${SOURCE_DATE_EPOCH:-$(date +%s)}" >"$work/made/methodwall.1"

# All of them or none.
mkdir -p "$output"
install -m 644 "$work"/made/* "$output"
