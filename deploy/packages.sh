# shellcheck shell=bash
# Sourced by the scripts that need Debian packages. Installs only what is missing.

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 2
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@" || fail "cannot become root to run: $*"
    else
        fail "not root and no sudo to run: $*"
    fi
}

is_installed() {
    local state
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) || return 1
    [[ $state == ii* ]]
}

# need_packages PACKAGE…: installs those that are not there, without starting any service.
need_packages() {
    local missing=() package
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0
    command -v apt-get >/dev/null || fail "missing, and no apt-get to install them: ${missing[*]}"
    say "installing ${missing[*]}"
    # Debian starts a server when its package is installed, unless this file says no.
    local denial=/usr/sbin/policy-rc.d made=no
    if [[ ! -e $denial ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$denial" >/dev/null
        as_root chmod 755 "$denial"
        made=yes
    fi
    local status=0
    install_now "${missing[@]}" || status=$?
    [[ $made == yes ]] && as_root rm -f "$denial"
    return "$status"
}

install_now() {
    local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=300)
    local environment=(env DEBIAN_FRONTEND=noninteractive)
    as_root "${environment[@]}" apt-get install "${options[@]}" "$@" </dev/null && return 0
    # The package lists may be old or absent.
    as_root "${environment[@]}" apt-get update -q </dev/null
    as_root "${environment[@]}" apt-get install "${options[@]}" "$@" </dev/null
}

need_swift() {
    command -v swift >/dev/null || fail "no swift in PATH: install Swift 6.2 or later (swift.org/install)"
}
