#!/usr/bin/env bash
# Runs a parser under libFuzzer, with its oracles except NIOHTTP1; see README.md.
#
#   Tests/Fuzzing/run.sh TARGET [SECONDS [libFuzzer options]]
#
# TARGET is request-head, canonical-path, content, form or response-head.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=${1:-}
seconds=${2:-60}
case $target in
request-head | canonical-path | content | form | response-head) ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac

build=${METHODWALL_FUZZ_BUILD:-Tests/Fuzzing/.build}
corpus=${METHODWALL_FUZZ_CORPUS:-$build/corpus}/$target
mkdir -p "$build" "$corpus"
flags=(
    -O -whole-module-optimization -parse-as-library -sanitize=fuzzer -swift-version 6
    -package-name methodwall -enable-experimental-feature Lifetimes -I "$build"
    -enable-upcoming-feature InternalImportsByDefault
)
shared=(FuzzTarget Literal WireReading WireGrammar StreamedBody RequestReading ResponseReading
    RequestHeadTarget ResponseHeadTarget CanonicalPathTarget PathReference BodyTarget BodyReference
    FormTarget FormGrammar FormReferences PartReferences)

swiftc "${flags[@]}" -module-name HTTPMessage -emit-module \
    -emit-module-path "$build/HTTPMessage.swiftmodule" \
    -c Sources/HTTPMessage/*.swift -o "$build/HTTPMessage.o"
swiftc "${flags[@]}" -module-name TestKit -emit-module \
    -emit-module-path "$build/TestKit.swiftmodule" \
    -c Tests/TestKit/SeededGenerator.swift -o "$build/TestKit.o"
name=${target//-/_}
files=()
for file in "${shared[@]}"; do files+=("Tests/FuzzTests/$file.swift"); done
swiftc "${flags[@]}" -module-name Fuzzing -D "${name^^}" -o "$build/$target" \
    "${files[@]}" Tests/Fuzzing/Entry.swift "$build/HTTPMessage.o" "$build/TestKit.o"

exec "$build/$target" -max_total_time="$seconds" -max_len=2048 -timeout=10 \
    -artifact_prefix="$build/$target-" "${@:3}" "$corpus"
