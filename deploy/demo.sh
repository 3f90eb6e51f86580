#!/usr/bin/env bash
# Builds methodwall and serves the demo: a small service that accepts too much, and methodwall in
# front of it. Flags go to `methodwall demo`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/packages.sh

need_swift
need_packages libcurl4-openssl-dev pkg-config
say "building methodwall (the first time takes a few minutes)"
swift build -c release --product methodwall
exec "$(swift build -c release --show-bin-path)/methodwall" demo "$@"
