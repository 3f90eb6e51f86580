# shellcheck shell=bash
# The Debian package: sourced by run.sh, which has `accepts`, `refuses`, `root` and `work`.

# A tree to build in. Any executable will do for the paths and the dependencies; only the manual has to be
# asked of methodwall itself.
prepare_tree() {
    local tree=$work/source
    mkdir -p "$tree/.build/checkouts/example"
    cp -R deploy policies CHANGELOG.md LICENSE "$tree"
    echo "A licence." >"$tree/.build/checkouts/example/LICENSE.txt"
    cp /bin/true "$work/program"
    if [[ -n ${METHODWALL_BIN:-} ]]; then
        printf '#!/bin/sh\nexec %q "$1" %q\n' "$root/deploy/manual.sh" "$METHODWALL_BIN"
    else
        cat <<'EOF'
#!/bin/sh
cd "$1"
printf '.TH METHODWALL 1\n.SH NAME\nmethodwall \\- a method firewall\n' >methodwall.1
for name in methodwall.bash _methodwall methodwall.fish; do echo '# none' >"$name"; done
EOF
    fi >"$tree/deploy/manual.sh"
    chmod 755 "$tree/deploy/manual.sh"
}

# build VERSION FOLDER: builds there, and says which package it is.
build() {
    SOURCE_DATE_EPOCH=1700000000 "$work/source/deploy/debian/build.sh" \
        --binary "$work/program" --version "$1" --output "$work/$2"
}

package_is_reproducible() {
    build 1.0.0 packages
    cp "$work"/packages/methodwall_1.0.0-1_*.deb "$work/first.deb"
    build 1.0.0 packages
    cmp "$work/first.deb" "$work"/packages/methodwall_1.0.0-1_*.deb
    build 1.1.0-beta.1 packages
    dpkg --compare-versions "$(dpkg-deb -f "$work"/packages/methodwall_1.1.0~beta*.deb Version)" lt 1.1.0
    build 1.1.0 packages
}

package_has_control() {
    local package=$1
    dpkg-deb -I "$package"
    [[ $(dpkg-deb -f "$package" Package) == methodwall ]]
    [[ $(dpkg-deb -f "$package" Architecture) == "$(dpkg --print-architecture)" ]]
    dpkg-deb -f "$package" Depends | grep -qE '^libc6 \(>= [0-9.]+\), procps, systemd '
    [[ $(dpkg-deb -I "$package" conffiles) == \
        $'/etc/logrotate.d/methodwall\n/etc/methodwall/methodwall.yaml' ]]
}

package_has_paths() {
    local unpacked=$work/unpacked path
    dpkg-deb -c "$1" | awk '$2 != "root/root" { print "not of root: " $0; bad = 1 } END { exit bad }'
    dpkg-deb -x "$1" "$unpacked"
    while read -r path; do
        [[ -e $unpacked/$path ]] || { echo "not in the package: $path" && return 1; }
    done <<'EOF'
etc/logrotate.d/methodwall
etc/methodwall/methodwall.yaml
etc/methodwall/policies
usr/bin/methodwall
usr/lib/systemd/system/methodwall.service
usr/lib/systemd/system/methodwall.socket
usr/lib/sysusers.d/methodwall.conf
usr/share/bash-completion/completions/methodwall
usr/share/doc/methodwall/README.Debian
usr/share/doc/methodwall/changelog.Debian.gz
usr/share/doc/methodwall/changelog.gz
usr/share/doc/methodwall/copyright
usr/share/doc/methodwall/examples/fail2ban/filter.d/methodwall.conf
usr/share/doc/methodwall/examples/fail2ban/jail.d/methodwall.conf
usr/share/doc/methodwall/examples/policies/rest-api.yaml
usr/share/doc/methodwall/third-party/example.txt
usr/share/fish/vendor_completions.d/methodwall.fish
usr/share/man/man1/methodwall.1.gz
usr/share/zsh/vendor-completions/_methodwall
EOF
    zcat "$unpacked/usr/share/man/man1/methodwall.1.gz" | grep -ix '\.SH NAME'
    # The program is where the unit starts it.
    if grep -E '^Exec.*/usr/local' "$unpacked/usr/lib/systemd/system/methodwall.service"; then return 1; fi
    grep -q '^ExecStart=/usr/bin/methodwall run ' "$unpacked/usr/lib/systemd/system/methodwall.service"
    (cd "$unpacked" && dpkg-deb -I "$1" md5sums | md5sum --check --quiet)
}

# Without dpkg-shlibdeps the package depends on libcurl by name.
package_without_shlibdeps() {
    # As if it were not there, for the script as well.
    command() { [[ $* != "-v dpkg-shlibdeps" ]] && builtin command "$@"; }
    export -f command
    build 2.0.0 plain
    dpkg-deb -f "$work"/plain/*.deb Depends | grep -q '^libc6, libcurl4, '
}

# In a root of its own, with the maintainer's scripts: installed, upgraded, removed, purged.
package_comes_and_goes() {
    local there=$work/there
    mkdir -p "$there"/var/lib/dpkg/{info,updates,triggers} "$there/etc" "$there/usr"
    touch "$there/var/lib/dpkg/status"
    local dpkg=(as_root dpkg --root="$there" --log=/dev/null --force-script-chrootless --force-depends)
    "${dpkg[@]}" --install "$work"/packages/methodwall_1.0.0-1_*.deb
    grep -q '^methodwall:' "$there/etc/passwd"
    # Not before there is a policy.
    [[ -z $(find "$there/etc" -name 'methodwall.s*') ]]

    echo '# mine' | as_root tee -a "$there/etc/methodwall/methodwall.yaml" >/dev/null
    echo 'methodwall: 1' | as_root tee "$there/etc/methodwall/policies/mine.yaml" >/dev/null
    as_root mkdir -p "$there/var/log/methodwall"
    as_root touch "$there/var/log/methodwall/refusals.log"
    "${dpkg[@]}" --install "$work"/packages/methodwall_1.1.0-1_*.deb
    "${dpkg[@]}" --status methodwall | grep -x 'Version: 1.1.0-1'
    grep -qx '# mine' "$there/etc/methodwall/methodwall.yaml"

    "${dpkg[@]}" --remove methodwall
    [[ ! -e $there/usr/bin/methodwall && -e $there/etc/methodwall/methodwall.yaml ]]
    [[ -e $there/var/log/methodwall/refusals.log ]]
    "${dpkg[@]}" --purge methodwall
    [[ ! -e $there/etc/methodwall/methodwall.yaml && ! -e $there/etc/logrotate.d/methodwall ]]
    [[ ! -e $there/var/log/methodwall ]]
    # Somebody wrote it.
    [[ -e $there/etc/methodwall/policies/mine.yaml ]]
    as_root rm -rf "$there"
}

# after_upgrade ACTIVE CHECK POLICY OLD: what postinst asks systemctl for, where `systemctl is-active`,
# `methodwall check` and policy-rc.d end with these statuses. OLD is the version before; - is none.
after_upgrade() {
    local folder
    folder=$(mktemp -d -p "$work")
    mkdir -p "$folder/bin" "$folder/run/systemd/system"
    printf '#!/bin/sh\necho "$@" >>%q\n[ "$1" != is-active ] || exit %s\n' "$folder/calls" "$1" \
        >"$folder/bin/systemctl"
    # runuser -u USER -- /usr/bin/methodwall check …
    printf '#!/bin/sh\n[ "$4 $5" = "/usr/bin/methodwall check" ] || exit 99\nexit %s\n' "$2" \
        >"$folder/bin/runuser"
    printf '#!/bin/sh\nexit %s\n' "$3" >"$folder/policy-rc.d"
    ln -s /bin/true "$folder/bin/deb-systemd-helper"
    ln -s /bin/true "$folder/bin/systemd-sysusers"
    chmod 755 "$folder"/bin/systemctl "$folder/bin/runuser" "$folder/policy-rc.d"
    sed -e "s#/run/systemd/system#$folder/run/systemd/system#" \
        -e "s#/usr/sbin/policy-rc.d#$folder/policy-rc.d#" deploy/debian/postinst >"$folder/postinst"
    touch "$folder/calls"
    PATH="$folder/bin:$PATH" sh "$folder/postinst" configure "${4#-}"
    cat "$folder/calls"
}

upgrade_hands_over() {
    local said kill='kill --kill-whom=main --signal=USR2 methodwall.service'
    after_upgrade 0 0 0 1.0.0-1 | grep -qx -- "$kill"
    said=$(after_upgrade 0 1 0 1.0.0-1 2>&1)
    grep -q 'does not accept' <<<"$said"
    local case
    for case in '0 1 0 1.0.0-1' '3 0 0 1.0.0-1' '0 0 101 1.0.0-1' '0 0 0 -'; do
        # shellcheck disable=SC2086 # four words
        said=$(after_upgrade $case 2>&1)
        if grep -- USR2 <<<"${said//-s USR2/}"; then
            echo "handed over with: $case"
            return 1
        fi
    done
}

check_package() {
    local build=deploy/debian/build.sh package
    prepare_tree
    accepts "package: it is built, twice the same" package_is_reproducible
    package=$(compgen -G "$work/packages/methodwall_1.0.0-1_*.deb") || return 0
    accepts "package: its control data" package_has_control "$package"
    accepts "package: its paths" package_has_paths "$package"
    accepts "package: lintian finds nothing" \
        lintian --fail-on error,warning --allow-root --no-cfg "$package"
    sed -i 's/^Section: .*/Section: firewalls/' "$work/source/deploy/debian/control.in"
    accepts "package: one with a fault is built" build 3.0.0 faulty
    refuses "package: lintian finds that fault" unknown-section \
        lintian --fail-on error,warning --allow-root --no-cfg "$work"/faulty/methodwall_3.0.0-1_*.deb
    accepts "package: without dpkg-shlibdeps" package_without_shlibdeps
    accepts "package: installed, upgraded, removed, purged" package_comes_and_goes
    accepts "package: an upgrade hands the sockets over" upgrade_hands_over
    refuses "package: a binary that is none" "no ELF" $build --binary "$root/Tests/Deploy/run.sh" --version 1
    refuses "package: no version" "tells no version" $build --binary /bin/true
    refuses "package: a version that is none" "no version of a package" \
        $build --binary /bin/true --version "1 0"
    if [[ -n ${METHODWALL_BIN:-} ]]; then
        refuses "package: a version that is another one" "says that it is version" \
            $build --binary "$METHODWALL_BIN" --version 98.7.6
    else
        note_skipped "package: a version that is another one" "METHODWALL_BIN is not set"
    fi
    refuses "package: an unknown option" "unknown option" $build --bynary /bin/true
}
