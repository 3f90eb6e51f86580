#!/usr/bin/env bash
# Checks the manual page and the completions that deploy/manual.sh makes: mandoc and groff accept the page;
# it has every command, option, help text and key that the program knows, and no others; its examples work;
# bash, zsh and fish complete every command and option. Then sees that broken copies fail.
#
#   Tests/Manual/run.sh
#
# METHODWALL_BIN is the program; without it, the debug build.
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$folder/../.."
source deploy/packages.sh
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1700000000

if [[ $# -gt 0 ]]; then
    sed -n '2,8s/^# \{0,1\}//p' Tests/Manual/run.sh
    [[ $1 == -h || $1 == --help ]] && exit 0
    exit 2
fi

need_packages mandoc groff-base bash zsh fish python3
program=${METHODWALL_BIN:-}
if [[ -z $program ]]; then
    need_swift
    program=$(swift build --show-bin-path)/methodwall
fi
[[ -x $program ]] || fail "no program at $program: build it, or set METHODWALL_BIN"
program=$(realpath "$program")

umask 022
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What the program says of itself, as Tests/Manual/manual reads it.
answers=$scratch/answers
mkdir "$answers"
"$program" --experimental-dump-help >"$answers/commands"
"$program" schema >"$answers/policy"
"$program" schema --configuration >"$answers/configuration"

made=$scratch/made

# page_is_sound PAGE ANSWERS
page_is_sound() {
    mandoc -T lint -W warning "$1" && python3 -m manual page "$2" "$1"
    local status=$? warnings
    # The formatter behind man(1) on Debian.
    warnings=$(groff -mdoc -Tutf8 -ww -z "$1" 2>&1) && [[ -z $warnings ]] && return "$status"
    printf '%s\n' "$warnings"
    return 1
}

# completes SHELL FILE ANSWERS: what the shell itself thinks of it, then what it completes.
completes() {
    # fish reports a mistake and goes on.
    local said status=0
    said=$("$1" -n "$2" 2>&1) || status=$?
    if [[ $status -ne 0 || -n $said ]]; then
        printf '%s\n' "$said"
        return 1
    fi
    python3 -m manual complete "$3" "$1" "$2" "$scratch"
}

# examples_work PAGE: the example files pass `check`, and no example command is misused.
examples_work() {
    local try=$scratch/try line status count=0
    rm -rf "$try"
    mkdir -p "$try/bin" "$try/policies"
    ln -s "$program" "$try/bin/methodwall"
    python3 -m manual files "$1" "$try" || return 1
    "$program" check --config "$try/methodwall.yaml" || return 1
    cp -r "$try/policies" "$try/policies.old"
    while read -r line; do
        # Those that would go on until they are stopped; their options are checked with the page.
        [[ $line == "methodwall run "* || $line == kill* ]] && continue
        status=0
        (cd "$try" && PATH=$try/bin:$PATH bash -euc "$line") >"$scratch/output" 2>&1 </dev/null ||
            status=$?
        # Refused is an answer like another.
        if [[ $status -gt 1 ]]; then
            cat "$scratch/output"
            printf 'exit status %s: %s\n' "$status" "$line"
            return 1
        fi
        count=$((count + 1))
    done < <(python3 -m manual examples "$1")
    [[ $count -gt 0 ]] || { echo "no examples" && return 1; }
}

# noticed NAME EXPECTED COMMAND…: the command fails, and says EXPECTED.
noticed() {
    local name=$1 expected=$2
    shift 2
    if "$@" >"$scratch/said" 2>&1; then
        fail "not noticed: $name"
    fi
    grep -q -- "$expected" "$scratch/said" || {
        cat "$scratch/said" >&2
        fail "$name: failed without saying: $expected"
    }
    printf 'noticed: %s\n' "$name"
}

# changed FILE COPY SED: a copy that sed changed.
changed() {
    mkdir -p "$(dirname "$2")"
    sed -E "$3" "$1" >"$2"
    if cmp -s "$1" "$2"; then
        fail "sed changed nothing in $1: $3"
    fi
}

# breaks_page NAME EXPECTED SED: the page that sed changed is not sound.
breaks_page() {
    changed "$made/methodwall.1" "$scratch/broken.1" "$3"
    noticed "$1" "$2" page_is_sound "$scratch/broken.1" "$answers"
}

# breaks_answers NAME EXPECTED FILE PYTHON: the page lacks what the program says after a change, in which
# `said` is FILE, and `check` the command.
breaks_answers() {
    local other=$scratch/other
    rm -rf "$other"
    cp -r "$answers" "$other"
    edit_answer "$answers/$3" "$other/$3" "$4"
    noticed "$1" "$2" page_is_sound "$made/methodwall.1" "$other"
}

# edit_answer FILE COPY PYTHON
edit_answer() {
    python3 - "$@" <<'EOF'
import json, sys
said = json.load(open(sys.argv[1]))
for check in said.get("command", {}).get("subcommands", []):
    if check["commandName"] == "check":
        break
exec(sys.argv[3])
json.dump(said, open(sys.argv[2], "w"))
EOF
}

# another_program FILE COMMANDS: a program like methodwall but for what it says of its commands.
another_program() {
    printf '#!/bin/sh\n[ "$1" = --experimental-dump-help ] && exec cat %q\nexec %q "$@"\n' \
        "$2" "$program" >"$1"
    chmod 755 "$1"
}

# makes_nothing NAME EXPECTED SCRIPT PROGRAM: it fails, and there is no file from it.
makes_nothing() {
    noticed "$1" "$2" "$3" "$scratch/nothing" "$4"
    [[ ! -e $scratch/nothing ]] || fail "$1: files were made"
}

# breaks_template NAME EXPECTED SED: no page can be made from the template that sed changed.
breaks_template() {
    local copy=$scratch/deploy
    rm -rf "$copy"
    mkdir "$copy"
    cp -r deploy/manual deploy/manual.sh deploy/manual.py deploy/packages.sh "$copy"
    changed deploy/manual/methodwall.1.in "$copy/manual/methodwall.1.in" "$3"
    makes_nothing "$1" "$2" "$copy/manual.sh" "$program"
}

say "the page and its examples"
deploy/manual.sh "$made" "$program"
page_is_sound "$made/methodwall.1" "$answers"
python3 -m manual sources "$made/methodwall.1" Sources
examples_work "$made/methodwall.1"
deploy/manual.sh "$scratch/again" "$program"
diff -r "$made" "$scratch/again"

say "the completions"
completes bash "$made/methodwall.bash" "$answers"
completes zsh "$made/_methodwall" "$answers"
completes fish "$made/methodwall.fish" "$answers"

say "help texts that mean something to mandoc"
edit_answer "$answers/commands" "$scratch/odd" '
check["arguments"][1]["valueName"] = "Op"
check["arguments"][1]["abstract"] = ".Sh \\fBBold\\e \"Xr\" `.x-y` --json, a - dash ~^ e.g. „é“ -"
check["arguments"][2]["abstract"] = "\u0027quoted\u0027. `code`. Next."
check["arguments"].append(dict(check["arguments"][2], abstract="A.", names=[
    {"kind": "short", "name": "q"}, {"kind": "long", "name": "new-flag"}]))
check["discussion"] = "One.\n\nTwo:\n\n.Bl -tag \\\\ \u0027x\u0027\nThree: four."
said["command"]["subcommands"] += [dict(check, commandName="No", abstract="Not much."), {
    "commandName": "group", "superCommands": ["methodwall"], "shouldDisplay": True, "subcommands": [
        dict(check, commandName="inner", superCommands=["methodwall", "group"])]}]'
another_program "$scratch/odd-program" "$scratch/odd"
deploy/manual.sh "$scratch/odd-made" "$scratch/odd-program"
cp -r "$answers" "$scratch/odd-answers"
cp "$scratch/odd" "$scratch/odd-answers/commands"
page_is_sound "$scratch/odd-made/methodwall.1" "$scratch/odd-answers"

say "broken copies"
breaks_answers "an option that the page lacks" "COMMANDS: methodwall check does not say: --strict" \
    commands 'check["arguments"].append(dict(check["arguments"][2],
        names=[{"kind": "long", "name": "strict"}], valueName="strict"))'
breaks_answers "a command that the page lacks" "methodwall inspect is not on the page" \
    commands 'said["command"]["subcommands"].append(dict(check, commandName="inspect"))'
breaks_answers "a command that is no longer there" "methodwall check is on the page and no command" \
    commands 'said["command"]["subcommands"].remove(check)'
breaks_answers "an option that is no longer there" "--lint is on the page and no option" \
    commands 'check["arguments"] = [each for each in check["arguments"] if each["valueName"] != "lint"]'
breaks_answers "another help text" "does not say: --lint Look closely." \
    commands 'check["arguments"][4]["abstract"] = "Look closely."'
breaks_answers "another name of a value" "does not say: --config file The" \
    commands 'check["arguments"][1]["valueName"] = "file"'
breaks_answers "a new key" "does not say of the configuration file: colour" \
    configuration 'said["properties"]["colour"] = {"description": "Of the page."}'
breaks_page "a macro that does not exist" "skipping unknown macro" 's/^\.Pp$/.Ppp/'
breaks_page "a list without an end" "inserting missing end of block" '0,/^\.El$/{/^\.El$/d}'
breaks_page "a section that is missing" "there is no section FILES" 's/^\.Sh FILES/.Sh FILE/'
breaks_page "an option only in the synopsis" "does not say: --admin" '/^\.It Fl ..admin/d'
breaks_page "an option not in the synopsis" "SYNOPSIS does not have: methodwall run" '/^\.Op Fl ..admin/d'
breaks_page "an example with an option of another command" "methodwall diff has no --lint" \
    's/^(\.Dl methodwall diff .*)fail..on..widening/\1lint/'

changed "$made/methodwall.1" "$scratch/broken.1" 's/^(\.Dl methodwall check .*)$/\1 \\-\\-json=1/'
noticed "an example that does not work" "exit status 2: methodwall check" \
    examples_work "$scratch/broken.1"
changed "$made/methodwall.1" "$scratch/broken.1" 's/^(upstream:) legacy$/\1 other/'
noticed "an example file with a mistake" "unknown-upstream" examples_work "$scratch/broken.1"
changed "$made/methodwall.1" "$scratch/broken.1" 's/SIGUSR2$/SIGWINCH/; s/NOTIFY_SOCKET/NOTIFY_PIPE/'
noticed "a signal that is missing" "SIGNALS does not have SIGUSR2" \
    python3 -m manual sources "$scratch/broken.1" Sources
noticed "a variable that nobody reads" "ENVIRONMENT has NOTIFY_PIPE, the sources do not" \
    python3 -m manual sources "$scratch/broken.1" Sources

# One command is enough to ask for.
cp -r "$answers" "$scratch/check-answers"
edit_answer "$answers/commands" "$scratch/check-answers/commands" \
    'said["command"]["subcommands"] = [check]'
for shell in bash zsh fish; do
    case $shell in
    bash) file=methodwall.bash ;;
    zsh) file=_methodwall ;;
    fish) file=methodwall.fish ;;
    esac
    changed "$made/$file" "$scratch/broken/$file" 's/-lint\b/-link/g; s/(-l .)lint\b/\1link/'
    noticed "an option that $shell does not complete" "methodwall check --.*--lint" \
        completes $shell "$scratch/broken/$file" "$scratch/check-answers"
    changed "$made/$file" "$scratch/broken/$file" '$a ( unfinished'
    noticed "a completion that is no script of $shell" "unfinished\|parse error\|syntax error" \
        completes $shell "$scratch/broken/$file" "$scratch/check-answers"
done

echo "no JSON" >"$scratch/nonsense"
another_program "$scratch/mute" "$scratch/nonsense"
makes_nothing "a program that does not describe itself" "is no JSON" deploy/manual.sh "$scratch/mute"
edit_answer "$answers/commands" "$scratch/later" 'said["serializationVersion"] = 1'
another_program "$scratch/stranger" "$scratch/later"
makes_nothing "a description in a later form" "not known here" deploy/manual.sh "$scratch/stranger"
makes_nothing "a program that fails" "/false --version: failed" deploy/manual.sh "$(type -P false)"
makes_nothing "a program that is not there" "no executable" deploy/manual.sh "$scratch/absent"
breaks_template "a word that is not known" "@COMMAND@" 's/@COMMANDS@/@COMMAND@/'
breaks_template "a word that is missing" "@POLICY_KEYS@" '/@POLICY_KEYS@/d'
say "the page and the completions are sound, and the checks can fail"
