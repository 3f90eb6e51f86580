"""What zsh makes of a line when the Tab key is pressed, as if somebody typed it."""
import os
import pty
import select
import signal
import time

# Control-T writes the line to a file and empties it. No list is too long to be shown without a question.
SETUP = r"""
LISTMAX=10000
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -D -u
note() {{ print -r -- "$BUFFER" >>{answers}; BUFFER= }}
zle -N note
bindkey '^T' note
: >{answers}
"""


def typed_in_zsh(file, scratch, lines):
    """What became of the last word of each line; fewer if zsh does not answer in time.

    `file` has to be named as zsh looks for it: `_methodwall`.
    """
    setup, answers = f"{scratch}/setup.zsh", f"{scratch}/typed"
    with open(setup, "w", encoding="utf-8") as script:
        script.write(SETUP.format(folder=os.path.dirname(file), answers=answers))
    if os.path.exists(answers):
        os.unlink(answers)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(scratch)
        os.execvpe("zsh", ["zsh", "-f", "-i"], os.environ | {"HOME": scratch, "TERM": "dumb"})
    try:
        os.write(terminal, f"source {setup}\n".encode())
        _wait(terminal, lambda: os.path.exists(answers))
        for number, line in enumerate(lines, 1):
            # Where values without candidates are possible as well, the first Tab only lists options.
            os.write(terminal, f"{line}\t\t\x14".encode())
            if not _wait(terminal, lambda: len(_lines(answers)) >= number):
                break
        # After the word may be what the second Tab made of the next one.
        return ["".join(became.split()[len(line.split()) - 1:][:1])
                for line, became in zip(lines, _lines(answers))]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        # Only whole lines.
        return file.read().split("\n")[:-1]


def _wait(terminal, condition, seconds=10):
    """Reads what the terminal shows until the condition holds; False if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                return condition()
    return True
