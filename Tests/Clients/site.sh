# shellcheck shell=bash
# Sourced by run.sh: what the servers serve, and what the policies of a round say.

# A certificate authority, and a certificate of the gateway and of the server behind it.
make_certificates() {
    local names=DNS:localhost,IP:127.0.0.1,DNS:app.example.com,DNS:other.example.com,DNS:api.example.com
    local new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${new[@]}" -days 2 -subj "/CN=Authority of the test" \
        -keyout "$here/ca.key" -out "$here/ca.pem"
    openssl req "${new[@]}" -subj /CN=localhost -keyout "$here/server.key" -out "$here/server.csr"
    openssl x509 -req -in "$here/server.csr" -CA "$here/ca.pem" -CAkey "$here/ca.key" -CAcreateserial \
        -days 2 -out "$here/server.pem" \
        -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names")
}

make_files() {
    local site=$here/site
    mkdir -p "$site"/{files,drop,notes,kept,page,packages,closed} "$here"/{nginx,apache}
    echo "hello" >"$site/files/hello.txt"
    seq 1 20000 >"$site/files/text.txt"
    head -c 20000 /dev/urandom >"$site/files/small.bin"
    head -c 8388608 /dev/urandom >"$site/files/large.bin"
    echo "kept" >"$site/kept/one.txt"
    echo "to be deleted" >"$site/notes/gone.txt"
    cp "$root"/Tests/Clients/page/* "$site/page"
    ln -s ../packages "$site/closed/packages"
}

# Three bare repositories with the same history: open, copies (to clone, not to push) and hidden.
make_repositories() {
    [[ -z ${absent[git]:-} ]] || return 0
    git config --global user.name "A Client"
    git config --global user.email client@example.com
    git config --global init.defaultBranch main
    git config --global safe.directory '*'
    git init -q "$here/first"
    local number
    for number in 1 2 3; do
        echo "note $number" >>"$here/first/notes.txt"
        git -C "$here/first" add notes.txt
        git -C "$here/first" commit -q -m "note $number"
    done
    head -c 2097152 /dev/urandom >"$here/first/picture.bin"
    git -C "$here/first" add picture.bin
    git -C "$here/first" commit -q -m "a picture"
    for name in open copies hidden; do
        mkdir -p "$here/repositories/$name"
        git clone -q --bare "$here/first" "$here/repositories/$name/notes.git"
        git -C "$here/repositories/$name/notes.git" config http.receivepack true
    done
}

# Debian packages in a flat repository; a Python package in a simple one.
make_packages() {
    local folder=$here/site/packages number package
    /usr/bin/python3 "$root/Tests/Clients/make_wheel.py" "$folder/python" clientcheck 1.0
    [[ -z ${absent[apt]:-} ]] || return 0
    mkdir "$folder/debian"
    for number in 1 2 3 4 5 6; do
        package=$here/package
        mkdir -p "$package/DEBIAN"
        head -c 300000 /dev/urandom >"$package/data.bin"
        printf '%s\n' "Package: client-check-$number" "Version: 1.0" "Architecture: all" \
            "Maintainer: A Client <client@example.com>" "Description: nothing" >"$package/DEBIAN/control"
        dpkg-deb --build --root-owner-group "$package" "$folder/debian/client-check-${number}_1.0_all.deb"
    done
    (
        cd "$folder" || exit
        dpkg-scanpackages --multiversion debian >debian/Packages
        cd debian || exit
        printf '%s\n' "Origin: test" "Codename: debian/" "Date: $(date -Ru)" "SHA256:" \
            " $(sha256sum Packages | cut -d ' ' -f 1) $(stat -c %s Packages) Packages" >Release
    )
}

# The policies as they are written; or with every method permitted, or none.
make_policies() {
    local file rules=(-e '')
    case $round in
    permits-all)
        rules=(-e '/^tests:/,$d' -e 's/^(  \/[^ ]*): ([A-Z ]+|none)$/\1: any/'
            -e 's/allow: ([A-Z ]+|none)/allow: any/'
            -e 's/any, upstream: live/any, upgrade: websocket, upstream: live/'
            -e 's/^paths:/methods: [BREW]\nunlisted: forward\npaths:/'
            -e 's/^(  origins|  headers): .*/\1: "*"/')
        ;;
    permits-nothing)
        rules=(-e '/^tests:/,$d' -e 's/^(  \/[^ ]*): [A-Z ]+$/\1: none/' -e 's/allow: [A-Z ]+/allow: none/'
            -e 's/ upgrade: websocket,//')
        ;;
    esac
    mkdir "$here/policies"
    for file in "$root"/Tests/Clients/policies/*.yaml; do
        sed -E "${rules[@]}" "$file" >"$here/policies/${file##*/}"
    done
}

make_site() {
    mkdir "$here"
    make_certificates >"$here/making" 2>&1 || { cat "$here/making" >&2 && fail "no certificates"; }
    make_files
    make_repositories
    make_packages >"$here/making" 2>&1 || { cat "$here/making" >&2 && fail "no packages"; }
    make_policies
    if [[ $(id -u) -eq 0 ]]; then
        chown -R www-data: "$here"/site/{drop,files,notes,kept} "$here"/{nginx,apache}
        [[ -n ${absent[git]:-} ]] || chown -R www-data: "$here/repositories"
    fi
}
