#!/usr/bin/env bash
# Builds the Debian package of methodwall with dpkg-deb.
#
#   deploy/debian/build.sh                  builds a release binary first
#   deploy/debian/build.sh --binary PATH    takes this one, built with --static-swift-stdlib
#
#   --output DIR        where the package goes; by default .build/debian
#   --version VERSION   by default what the binary says of itself
#
# DEBFULLNAME and DEBEMAIL say who maintains the package; SOURCE_DATE_EPOCH, by default the time of the
# last commit, is the time of everything in it, so that the same binary gives the same package.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
source "$root/deploy/packages.sh"

binary=
output=$root/.build/debian
version=

parse() {
    while [[ $# -gt 0 ]]; do
        case $1 in
        --binary | --output | --version)
            [[ $# -ge 2 && -n $2 ]] || fail "$1 needs a value (see deploy/debian/build.sh --help)"
            printf -v "${1#--}" '%s' "$2"
            shift 2
            ;;
        -h | --help)
            sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        *) fail "unknown option: $1 (see deploy/debian/build.sh --help)" ;;
        esac
    done
}

# Builds the release binary and says where it is.
build_binary() {
    need_swift >&2
    need_packages libcurl4-openssl-dev pkg-config >&2
    local options=(--package-path "$root" -c release --static-swift-stdlib)
    swift build "${options[@]}" --product methodwall >&2
    printf '%s/methodwall\n' "$(swift build "${options[@]}" --show-bin-path)"
}

# The version of the package: the binary's own, which an explicit one must not contradict.
package_version() {
    local said
    said=$("$binary" --version 2>/dev/null) || said=
    # "1.2.3 (libcurl 7.88.1, …)"
    said=${said%% *}
    [[ $said =~ ^[0-9]+(\.[0-9]+)*([-+.][0-9A-Za-z.-]+)?$ ]] || said=
    [[ -n $said || -n $version ]] || fail "$binary tells no version; give one with --version"
    if [[ -n $said && -n $version && $said != "$version" ]]; then
        fail "$binary says that it is version $said, not $version"
    fi
    local upstream=${version:-$said}
    [[ $upstream =~ ^[0-9][0-9A-Za-z.+~-]*$ ]] || fail "no version of a package: $upstream"
    # What comes before a release sorts before it.
    printf '%s-1\n' "${upstream/-/\~}"
}

# Debian's name of the architecture that the binary is for.
architecture() {
    [[ $(head -c 4 "$binary") == $'\x7fELF' ]] || fail "$binary is no ELF executable"
    local machine
    machine=$(od -An -tu1 -j18 -N1 "$binary")
    case $((machine)) in
    62) echo amd64 ;;
    183) echo arm64 ;;
    *) fail "no architecture of Debian's is known here for ELF machine $((machine))" ;;
    esac
}

# What the binary depends on, as dpkg-shlibdeps finds it; without that tool, libcurl.
dependencies() {
    if ! command -v dpkg-shlibdeps >/dev/null || ! command -v objdump >/dev/null; then
        echo "no dpkg-shlibdeps or objdump (dpkg-dev, binutils): taking libc6 and libcurl4" >&2
        echo "libc6, libcurl4"
        return
    fi
    local foreign
    foreign=$(objdump -p "$binary" | awk '$1 == "NEEDED" { print $2 }' |
        grep -E '^lib(swift|_?Foundation|_Internationalization|dispatch|BlocksRuntime)') || foreign=
    [[ -z $foreign ]] || fail "$binary needs ${foreign//$'\n'/, }: build it with --static-swift-stdlib"
    mkdir -p "$work/shlibs/debian"
    printf 'Source: methodwall\n\nPackage: methodwall\nArchitecture: any\n' >"$work/shlibs/debian/control"
    (cd "$work/shlibs" && dpkg-shlibdeps -O "$binary" 2>"$work/shlibs/warnings") |
        sed -n 's/^shlibs:Depends=//p' | grep . || {
        cat "$work/shlibs/warnings" >&2
        fail "dpkg-shlibdeps cannot tell what $binary depends on"
    }
}

# put MODE SOURCE TARGET: a file of the package.
put() { install -D -m "$1" "$2" "$tree/$3"; }

# The man pages and completions, which the binary itself has to be asked for.
fill_manual() {
    local manual=$work/manual page
    if [[ $architecture != "$(dpkg --print-architecture)" ]]; then
        echo "man pages and completions are left out: a binary for $architecture does not run here" >&2
        return
    fi
    mkdir "$manual"
    "$root/deploy/manual.sh" "$manual" "$binary" >&2
    for page in "$manual"/methodwall*.1; do
        put 644 "$page" "usr/share/man/man1/$(basename "$page")"
        gzip -9n "$tree/usr/share/man/man1/$(basename "$page")"
    done
    # It is sourced, never run.
    sed -i '1{/^#!/d}' "$manual/methodwall.bash"
    put 644 "$manual/methodwall.bash" usr/share/bash-completion/completions/methodwall
    put 644 "$manual/_methodwall" usr/share/zsh/vendor-completions/_methodwall
    put 644 "$manual/methodwall.fish" usr/share/fish/vendor_completions.d/methodwall.fish
}

fill_tree() {
    local deploy=$root/deploy document=usr/share/doc/methodwall unit
    put 755 "$binary" usr/bin/methodwall
    if command -v strip >/dev/null; then strip "$tree/usr/bin/methodwall"; fi
    put 644 "$deploy/methodwall.yaml" etc/methodwall/methodwall.yaml
    install -d -m 755 "$tree/etc/methodwall/policies"
    put 644 "$deploy/logrotate/methodwall" etc/logrotate.d/methodwall
    for unit in methodwall.service methodwall.socket; do
        put 644 "$deploy/systemd/$unit" "usr/lib/systemd/system/$unit"
        sed -i '/^Exec/s#/usr/local/bin/#/usr/bin/#' "$tree/usr/lib/systemd/system/$unit"
    done
    put 644 "$deploy/systemd/methodwall.sysusers" usr/lib/sysusers.d/methodwall.conf
    put 644 "$deploy/debian/lintian-overrides" usr/share/lintian/overrides/methodwall
    fill_manual
    fill_documents "$deploy" "$document"
}

fill_documents() {
    local deploy=$1 document=$2 file
    put 644 "$deploy/debian/copyright" "$document/copyright"
    put 644 "$deploy/debian/README.Debian" "$document/README.Debian"
    put 644 "$root/CHANGELOG.md" "$document/changelog"
    printf 'methodwall (%s) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" \
        >"$tree/$document/changelog.Debian"
    for file in "$root"/policies/*; do
        put 644 "$file" "$document/examples/policies/$(basename "$file")"
    done
    for file in filter.d jail.d; do
        put 644 "$deploy/fail2ban/$file/methodwall.conf" \
            "$document/examples/fail2ban/$file/methodwall.conf"
    done
    "$deploy/notices.sh" "$tree/$document/third-party"
    rmdir --ignore-fail-on-non-empty "$tree/$document/third-party"
    if [[ ! -d $tree/$document/third-party ]]; then
        echo "no .build/checkouts: the notices of the linked libraries are left out" >&2
    fi
    find "$tree/usr/share" -name 'changelog*' -exec gzip -9n {} +
}

fill_control() {
    local control=$tree/DEBIAN script text
    mkdir -p "$control"
    text=$(<"$root/deploy/debian/control.in")
    text=${text//@VERSION@/"$version"}
    text=${text//@ARCHITECTURE@/"$architecture"}
    text=${text//@MAINTAINER@/"$maintainer"}
    text=${text//@DEPENDS@/"$depends"}
    text=${text//@SIZE@/"$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)"}
    printf '%s\n' "$text" >"$control/control"
    for script in postinst prerm postrm; do
        install -m 755 "$root/deploy/debian/$script" "$control/$script"
    done
    (cd "$tree" && find etc -type f -printf '/%p\n' | sort) >"$control/conffiles"
    (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$control/md5sums"
    chmod 644 "$control/control" "$control/conffiles" "$control/md5sums"
}

parse "$@"
command -v dpkg-deb >/dev/null || fail "dpkg-deb builds packages, and it is not there"
if [[ -z $binary ]]; then
    say "building methodwall"
    binary=$(build_binary)
fi
[[ -f $binary && -x $binary ]] || fail "no executable: $binary"
binary=$(realpath "$binary")
architecture=$(architecture)
version=$(package_version)
maintainer="${DEBFULLNAME:-methodwall maintainers} <${DEBEMAIL:-maintainers@methodwall.example}>"
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(date +%s)
fi
export SOURCE_DATE_EPOCH

umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -m 755 "$tree"
depends=$(dependencies)
fill_tree
fill_control
mkdir -p "$output"
package=$(realpath "$output")/methodwall_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
printf '%s\n' "$package"
