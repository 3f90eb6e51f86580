# Prints what fish completes. Each line of standard input is a command line with the cursor at its end; the
# candidates go to a line of their own.
#
#   fish complete.fish COMPLETION_FILE
source $argv[1]; or exit 1
while read -l line
    string join ' ' -- (complete -C "$line" | string split -f1 \t)
end
exit 0
