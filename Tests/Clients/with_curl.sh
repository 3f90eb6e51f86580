# shellcheck shell=bash
# Sourced by run.sh: curl by HTTP/1.1 and HTTP/2, each with and without TLS.

asking=() base='' version='' # how curl asks, where, and in which version of HTTP
allow='405 GET, HEAD, OPTIONS'

ask() { curl -sS --max-time 20 --cacert "$here/ca.pem" "${asking[@]}" "$@"; }

# answers EXPECTED FORMAT ARGUMENT…: what curl writes about the answer.
answers() {
    local expected=$1 format=$2
    shift 2
    equal "answer to ${*: -1}" "$(ask -o /dev/null -w "$format" "$@")" "$expected"
}

curl_reads() {
    answers "200 $version" '%{http_code} %{http_version}' "$base/files/hello.txt"
    equal "content" "$(ask "$base/files/hello.txt")" hello
    ask "$base/files/large.bin" | cmp - "$here/site/files/large.bin"
    ask --compressed -D "$here/head" "$base/files/text.txt" | cmp - "$here/site/files/text.txt"
    grep -qi '^content-encoding: gzip' "$here/head"
    answers "206 1000" '%{http_code} %{size_download}' -r 500-1499 "$base/files/large.bin"
    answers "200 8388608 0" '%{http_code} %header{content-length} %{size_download}' -I "$base/files/large.bin"
    local tag
    tag=$(ask -o /dev/null -w '%header{etag}' "$base/files/large.bin")
    answers 304 '%{http_code}' -H "If-None-Match: $tag" "$base/files/large.bin"
    # The gateway speaks TLS to the server behind.
    ask "$base/secure/large.bin" | cmp - "$here/site/files/large.bin"
}

# Uploads with a length, without one, and with Expect; all over one connection.
curl_writes() {
    local upload=$here/site/files/large.bin
    answers "201" '%{http_code}' -T "$upload" -H 'Expect:' "$base/drop/$1"
    cmp "$upload" "$here/site/drop/$1"
    answers "204" '%{http_code}' -T - "$base/drop/$1" <"$here/site/files/text.txt"
    ask "$base/drop/$1" | cmp - "$here/site/files/text.txt"
    answers "204" '%{http_code}' -T "$upload" -H 'Expect: 100-continue' --expect100-timeout 10 "$base/drop/$1"
    cmp "$upload" "$here/site/drop/$1"
    answers "204" '%{http_code}' -X DELETE "$base/drop/$1"
    [[ ! -e $here/site/drop/$1 ]]
}

# A second request on the connection of the first; then 40 at once.
curl_reuses() {
    local urls=() number
    equal "codes and new connections" "$(ask -o /dev/null -o /dev/null -w '%{http_code} %{num_connects}, ' \
        "$base/files/hello.txt" "$base/files/small.bin")" "200 1, 200 0, "
    for number in {1..40}; do urls+=("$base/files/hello.txt?$number"); done
    equal "answers at once" "$(ask -Z --parallel-max 20 "${urls[@]}" | sort | uniq -c | tr -s ' ')" " 40 hello"
}

# The file that could be deleted is still there.
curl_meets_405() {
    echo hello >"$here/site/files/hello.txt"
    answers "$allow" '%{http_code} %header{allow}' -X DELETE "$base/files/hello.txt?$1"
    fails 22 ask -f -X DELETE "$base/files/hello.txt"
    [[ -e $here/site/files/hello.txt ]]
    turned_away DELETE /files/hello.txt nginx
}

# The answer comes long before the content is sent.
curl_upload_meets_405() {
    local upload=$here/site/files/large.bin target=$base/files/new-$1
    answers "$allow" '%{http_code} %header{allow}' -T "$upload" "$target"
    answers "$allow" '%{http_code} %header{allow}' -T "$upload" -H 'Expect:' "$target"
    answers "$allow" '%{http_code} %header{allow}' -T - "$target" <"$upload"
    answers "$allow" '%{http_code} %header{allow}' -d a=b "$base/files/hello.txt"
    [[ ! -e $here/site/files/new-$1 ]]
    turned_away PUT "/files/new-$1" nginx
}

curl_meets_501() {
    echo hello >"$here/site/files/hello.txt"
    answers 501 '%{http_code}' -X BREW "$base/files/hello.txt"
    turned_away BREW /files/hello.txt nginx
}

curl_meets_404() {
    answers 404 '%{http_code}' "$base/elsewhere/$1"
    turned_away GET "/elsewhere/$1" nginx
}

check_curl_by() {
    local name="curl, $1" tag=$2
    base=$3 version=$4 asking=("${@:5}")
    works "$name: reads" curl_reads
    works "$name: writes and deletes" curl_writes "$tag"
    # By prior knowledge curl 7.88 cannot use a connection twice, and often loses an answer that comes while it
    # sends, with nginx no less than with methodwall. h2load does both.
    [[ $tag == d ]] || works "$name: one connection, and many requests at once" curl_reuses
    refused "$name: 405 with Allow" curl_meets_405 "$tag"
    [[ $tag == d ]] || refused "$name: 405 with Allow for uploads" curl_upload_meets_405 "$tag"
    refused "$name: 501 for a method nobody knows" curl_meets_501
    refused "$name: 404 for a path that no rule lists" curl_meets_404 "$tag"
}

check_curl() {
    check_curl_by "HTTP/1.1" a "$plain" 1.1 --http1.1
    check_curl_by "HTTP/1.1 with TLS" b "$tls" 1.1 --http1.1
    check_curl_by "HTTP/2 with TLS" c "$tls" 2
    check_curl_by "HTTP/2 without TLS" d "$plain" 2 --http2-prior-knowledge
}
