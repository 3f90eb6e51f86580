# shellcheck shell=bash
# Sourced by run.sh: apt and pip get packages from a repository, in folders of their own.

# apt_get ROOT ARGUMENT…: with nothing of this machine's apt but the program.
apt_get() { APT_CONFIG=$1/apt.conf timeout 30 apt-get -q "${@:2}"; }

# make_apt ROOT URL: the folder has a name, because apt asks for /./ where the list or the repository's
# index says ./, and a path with such a segment is answered with 400.
make_apt() {
    mkdir -p "$1"/{etc/apt/{preferences.d,apt.conf.d},lists/partial,archives/partial,log}
    : >"$1/status"
    echo "deb [trusted=yes] $2 debian/" >"$1/sources.list"
    cat >"$1/apt.conf" <<END
Dir "$1";
Dir::Etc "$1/etc/apt";
Dir::Etc::sourcelist "$1/sources.list";
Dir::State::status "$1/status";
Dir::State::lists "$1/lists";
Dir::Cache "$1";
Dir::Cache::archives "$1/archives";
Dir::Log "$1/log";
Acquire::http::Proxy "DIRECT";
Acquire::https::Proxy "DIRECT";
Acquire::https::CAInfo "$here/ca.pem";
Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Sandbox::User "";
END
}

# The list, then six packages, which apt asks for without waiting for answers; then nothing new.
apt_works() {
    local folder=$here/apt-$2 number
    make_apt "$folder" "$1/packages"
    apt_get "$folder" update
    mkdir "$folder/got"
    (cd "$folder/got" && apt_get "$folder" download client-check-{1..6})
    for number in {1..6}; do
        cmp "$folder/got/client-check-${number}_1.0_all.deb" \
            "$here/site/packages/debian/client-check-${number}_1.0_all.deb"
    done
    apt_get "$folder" install --download-only --yes client-check-1
    apt_get "$folder" update | tee "$folder/again"
    grep -q '^Hit:' "$folder/again"
}

apt_refused() {
    local folder=$here/apt-$2-refused
    make_apt "$folder" "$1/closed/packages"
    fails any apt_get "$folder" update -o APT::Update::Error-Mode=any
    grep -q ' 405 ' "$here/failing"
    fails any apt_get "$folder" install --download-only --yes client-check-1
    turned_away GET /closed/packages/debian/Release nginx
}

check_apt() {
    is_there apt "apt" || return 0
    works "apt, HTTP/1.1: update, download, update again" apt_works "$plain" plain
    works "apt, HTTP/1.1 with TLS: update, download, update again" apt_works "$tls" tls
    refused "apt, HTTP/1.1: update ends with 405" apt_refused "$plain" plain
    refused "apt, HTTP/1.1 with TLS: update ends with 405" apt_refused "$tls" tls
}

# run_pip INDEX FOLDER
run_pip() {
    PIP_CONFIG_FILE=/dev/null timeout 30 /usr/bin/python3 -m pip download -vv --no-deps --no-cache-dir \
        --disable-pip-version-check --retries 0 --timeout 20 --cert "$here/ca.pem" --trusted-host 127.0.0.2 \
        --index-url "$1" --dest "$2" clientcheck
}

pip_works() {
    local wheel=clientcheck-1.0-py3-none-any.whl
    run_pip "$1/packages/python/simple/" "$here/pip-$2"
    equal digest "$(sha256sum <"$here/pip-$2/$wheel")" \
        "$(sha256sum <"$here/site/packages/python/files/$wheel")"
}

pip_refused() {
    fails any run_pip "$1/closed/packages/python/simple/" "$here/pip-$2-refused"
    grep -q '405 Client Error' "$here/failing"
    turned_away GET /closed/packages/python/simple/clientcheck/ nginx
}

check_pip() {
    is_there pip "pip" || return 0
    works "pip, HTTP/1.1: download" pip_works "$plain" plain
    works "pip, HTTP/1.1 with TLS: download" pip_works "$tls" tls
    refused "pip, HTTP/1.1: the index answers 405" pip_refused "$plain" plain
    refused "pip, HTTP/1.1 with TLS: the index answers 405" pip_refused "$tls" tls
}
