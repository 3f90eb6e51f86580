# shellcheck shell=bash
# Sourced by run.sh: git clone, fetch and push by smart HTTP, before Apache and git-http-backend.

run_git() {
    GIT_TERMINAL_PROMPT=0 GIT_SSL_CAINFO=$here/ca.pem GIT_TRACE_CURL=$here/git.trace \
        timeout 30 git "$@"
}

head_of() { git -C "$1" rev-parse "${2:-HEAD}"; }

# git_clones BASE NAME VERSION: the same commit, and nothing broken. The trace says in which HTTP.
git_clones() {
    rm -f "$here/git.trace"
    run_git clone -q "$1/git/$2/notes.git" "$here/clone-$2-$3"
    equal commit "$(head_of "$here/clone-$2-$3")" "$(head_of "$here/first")"
    git -C "$here/clone-$2-$3" fsck --strict
    cmp "$here/first/picture.bin" "$here/clone-$2-$3/picture.bin"
    equal "version of HTTP" \
        "$(sed -nE 's/.*<= Recv header: HTTP\/([0-9.]+) 200.*/\1/p' "$here/git.trace" | sort -u)" "$3"
}

# commit_to CLONE BYTES: a clone that nothing but the push depends on.
commit_to() {
    git clone -q "$here/first" "$1"
    head -c "$2" /dev/urandom >"$1/more.bin"
    git -C "$1" add more.bin
    git -C "$1" commit -q -m "more"
}

# Small pushes have a length; large ones come in chunks, after a probe.
git_pushes() {
    local clone=$here/push-$2-$3 repository=$here/repositories/open/notes.git
    commit_to "$clone" "$3"
    run_git -C "$clone" push -q "$1/git/open/notes.git" "HEAD:refs/heads/$2-$3"
    equal "pushed commit" "$(head_of "$repository" "$2-$3")" "$(head_of "$clone")"
    git -C "$repository" fsck --strict
    # Another client gets it.
    run_git clone -q --depth 1 --branch "$2-$3" "$1/git/open/notes.git" "$clone-again"
    cmp "$clone/more.bin" "$clone-again/more.bin"
    rm -rf "$clone" "$clone-again"
}

git_fetches() {
    local clone=$here/fetching
    run_git clone -q "$1/git/open/notes.git" "$clone"
    git -C "$here/first" push -q "$here/repositories/open/notes.git" HEAD~1:refs/heads/later
    run_git -C "$clone" fetch -q
    equal "fetched commit" "$(head_of "$clone" origin/later)" "$(head_of "$here/first" HEAD~1)"
}

# git_push_refused BASE BYTES
git_push_refused() {
    local clone=$here/refused-$2 before
    before=$(git -C "$here/repositories/copies/notes.git" show-ref)
    commit_to "$clone" "$2"
    fails any run_git -C "$clone" push "$1/git/copies/notes.git" "HEAD:refs/heads/more-$2"
    grep -q 'HTTP 405' "$here/failing"
    equal refs "$(git -C "$here/repositories/copies/notes.git" show-ref)" "$before"
    turned_away POST /git/copies/notes.git/git-receive-pack apache
}

git_clone_refused() {
    fails any run_git clone "$1/git/hidden/notes.git" "$here/hidden"
    grep -q 'error: 405' "$here/failing"
    turned_away GET /git/hidden/notes.git/info/refs apache
}

check_git() {
    is_there git "git" || return 0
    works "git, HTTP/2 with TLS: clone" git_clones "$tls" open 2
    works "git, HTTP/1.1: clone" git_clones "$plain" open 1.1
    works "git, HTTP/2 with TLS: push" git_pushes "$tls" by-tls 1000
    works "git, HTTP/1.1: push" git_pushes "$plain" plain 1000
    works "git, HTTP/2 with TLS: push of 3 MiB" git_pushes "$tls" by-tls 3145728
    works "git, HTTP/1.1: push of 3 MiB in chunks" git_pushes "$plain" plain 3145728
    works "git, HTTP/2 with TLS: fetch" git_fetches "$tls"
    works "git, HTTP/2 with TLS: clone of what may be read only" git_clones "$tls" copies 2
    refused "git, HTTP/2 with TLS: push to it ends with 405" git_push_refused "$tls" 1001
    refused "git, HTTP/1.1: push to it ends with 405" git_push_refused "$plain" 1002
    refused "git, HTTP/1.1: push of 3 MiB to it ends with 405" git_push_refused "$plain" 3145729
    refused "git, HTTP/2 with TLS: clone of what is hidden ends with 405" git_clone_refused "$tls"
}
