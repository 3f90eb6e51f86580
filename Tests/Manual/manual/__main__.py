"""Checks the manual page and the completions against what the program says of itself.

    python3 -m manual page ANSWERS PAGE        all that the program says is on the page, and no more
    python3 -m manual sources PAGE SOURCES     its signals and variables are those of the sources
    python3 -m manual files PAGE FOLDER        writes its example files to the folder
    python3 -m manual examples PAGE            prints its example commands, one a line
    python3 -m manual complete ANSWERS SHELL FILE SCRATCH
                                               bash, zsh or fish completes all commands and options

ANSWERS is a folder with what the program said: `commands`, `policy` and `configuration`.
"""
import sys

from manual.answers import Answers
from manual.completion import completion_faults
from manual.examples import example_commands, example_files
from manual.faults import page_faults, source_faults
from manual.page import Page


def report(faults):
    """Prints what is wrong; the exit status tells whether there is anything."""
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def main():
    """Does what the arguments say."""
    what, *arguments = sys.argv[1:]
    if what == "page":
        return report(page_faults(Answers(arguments[0]), Page(arguments[1])))
    if what == "sources":
        return report(source_faults(Page(arguments[0]), arguments[1]))
    if what == "complete":
        answers, shell, file, scratch = arguments
        return report(completion_faults(Answers(answers), shell, file, scratch))
    if what == "files":
        page, folder = arguments
        return report(example_files(Page(page), folder))
    if what == "examples":
        print("\n".join(example_commands(Page(arguments[0]))))
        return 0
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main())
