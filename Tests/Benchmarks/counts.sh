#!/usr/bin/env bash
# Prints what one request costs in system calls and allocations, and what a decision takes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/packages.sh
need_swift
need_packages libcurl4-openssl-dev pkg-config strace python3 gcc libc6-dev

swift build -c release --product methodwall
swift build -c release --package-path Tests/Benchmarks
library=$(mktemp --suffix=.so)
trap 'rm -f "$library"' EXIT
gcc -shared -fPIC -O2 -o "$library" Tests/Benchmarks/allocations.c -ldl
python3 Tests/Benchmarks/counts.py \
    "$(swift build -c release --show-bin-path)/methodwall" "$library" \
    "$(swift build -c release --package-path Tests/Benchmarks --show-bin-path)/decision-benchmark"
