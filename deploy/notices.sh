#!/usr/bin/env bash
# Copies the licences and notices of the libraries that are linked into methodwall, for packages and
# images: they go with the binary.
#
#   deploy/notices.sh FOLDER      one file a library, from .build/checkouts, where `swift build` put them
set -euo pipefail

if [[ $# -ne 1 || $1 == -* ]]; then
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
mkdir -p "$1"
target=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shopt -s nullglob globstar

for library in .build/checkouts/*/; do
    name=$(basename "$library")
    texts=("$library"LICENSE* "$library"NOTICE* "$library"Sources/**/LICENSE*)
    [[ ${#texts[@]} -gt 0 ]] || continue
    for text in "${texts[@]}"; do
        printf '==== %s/%s\n\n' "$name" "${text#"$library"}"
        cat "$text"
        printf '\n'
    done >"$target/$name.txt"
    chmod 644 "$target/$name.txt"
done
