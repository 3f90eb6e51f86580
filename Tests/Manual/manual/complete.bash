# shellcheck shell=bash
# Prints what bash completes. Each line of standard input is a command line with the cursor at its end; the
# candidates go to a line of their own.
#
#   bash complete.bash COMPLETION_FILE
# shellcheck source=/dev/null
source "$1"
registered=$(complete -p methodwall) || exit 1
[[ $registered =~ \ -F\ ([^ ]+) ]] || exit 1
function=${BASH_REMATCH[1]}

while IFS= read -r line; do
    # As readline calls it.
    read -r -a COMP_WORDS <<<"$line"
    [[ $line == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_LINE=$line
    COMP_POINT=${#line}
    COMPREPLY=()
    "$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[*]}"
done
