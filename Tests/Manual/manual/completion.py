"""What the shells complete."""
import itertools
import os
import pathlib
import subprocess

from manual.zsh import typed_in_zsh

HERE = pathlib.Path(__file__).parent


def completion_faults(answers, shell, file, scratch):
    """What the shell does not complete as it should, as sentences."""
    if shell == "zsh":
        return _faults_of_zsh(answers, file, scratch)
    command = {"bash": ["bash", "--noprofile", "--norc"], "fish": ["fish", "--no-config"]}[shell]
    # fish takes its time over each question.
    asked = questions(answers, each=shell == "bash")
    ran = subprocess.run(command + [HERE / f"complete.{shell}", file], cwd=scratch, text=True,
                         input="".join(f"{line}\n" for line in asked), capture_output=True,
                         env=os.environ | {"HOME": scratch}, timeout=60)
    if ran.returncode != 0 or ran.stderr:
        return [f"{shell} complains: {ran.stderr.strip() or ran.returncode}"]
    # What is not answered is wrong as well.
    got = itertools.chain((set(line.split()) for line in ran.stdout.splitlines()),
                          itertools.repeat(set()))
    return [_unlike(line, have, want) for (line, want), have in zip(asked.items(), got)
            if have != want]


def questions(answers, each):
    """Lines with the cursor at their end, each with the words that can stand there.

    All subcommands are asked for, with their last letter missing, and all options of a command at once;
    with `each`, all options as well, with their last letter missing.
    """
    commands = {command["commandName"]: path for path, command in answers.commands()
                if len(command["superCommands"]) == 1}
    asked = {f"methodwall {name[:-1]}": {other for other in commands if other.startswith(name[:-1])}
             for name in commands}
    for name, path in commands.items():
        options = answers.option_names(path)
        for start in ["--"] + sorted(option[:-1] for option in options if each):
            asked[f"methodwall {name} {start}"] = {option for option in options
                                                   if option.startswith(start)}
    return asked


def _faults_of_zsh(answers, file, scratch):
    # It is asked to complete the word, so a start of everything is no question.
    asked = {line: words for line, words in questions(answers, each=True).items()
             if not line.endswith(" --")}
    got = itertools.chain(typed_in_zsh(file, scratch, list(asked)), itertools.repeat(""))
    return [_unlike(line, {have}, want) for (line, want), have in zip(asked.items(), got)
            if have not in want]


def _unlike(line, have, want):
    return f"{line}: {' '.join(sorted(have)) or 'nothing'}, not {' '.join(sorted(want))}"
