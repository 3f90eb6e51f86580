"""What is wrong with the page."""
import pathlib
import re

from manual.answers import visible
from manual.examples import example_commands
from manual.page import as_shown

SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "CONFIGURATION", "SIGNALS", "ENVIRONMENT",
            "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO")


def page_faults(answers, page):
    """What the program says and the page does not, and the other way round, as sentences."""
    faults = [f"there is no section {name}" for name in SECTIONS if name not in page.lines]
    if as_shown(answers.root["abstract"]).removeprefix("A ").rstrip(".") not in page.text("NAME"):
        faults.append("NAME does not say what the program says of itself")
    faults += texts_missing(page, "COMMANDS", [answers.root.get("discussion")])
    faults += arguments_missing(page, "COMMANDS", visible(answers.root["arguments"]))
    for path, command in answers.commands():
        faults += command_faults(page, path, command)
    shown = {name.removeprefix("COMMANDS: ") for name in page.lines
             if name.startswith("COMMANDS: methodwall")}
    faults += [f"{path} is on the page and no command"
               for path in sorted(shown - {path for path, _ in answers.commands()})]
    for title, schema in answers.schemas.items():
        for key, value in schema["properties"].items():
            item = f" {key} {as_shown(value['description'])} "
            if item not in page.text(f"CONFIGURATION: {title}") + " ":
                faults.append(f"the page does not say of {title.lower()}: {key}")
    return faults + unknown_options(answers, page)


def command_faults(page, path, command):
    """What is missing of one command."""
    section = f"COMMANDS: {path}"
    if section not in page.lines:
        return [f"{path} is not on the page"]
    faults = texts_missing(page, section, [command.get("abstract"), command.get("discussion")])
    # What is said of all commands at once need not be said of each.
    own = [each for each in visible(command.get("arguments"))
           if each["valueName"] not in ("help", "version")]
    call = " ".join([path] + [usage(argument) for argument in own])
    # The next call begins with the program's name.
    if not visible(command.get("subcommands")) and f"{call} methodwall" not in page.text("SYNOPSIS"):
        faults.append(f"SYNOPSIS does not have: {call}")
    return faults + arguments_missing(page, section, own)


def texts_missing(page, section, texts):
    """Which of the texts the section does not have."""
    return [f"{section} does not say: {as_shown(text)}" for text in texts
            if text and as_shown(text) not in page.text(section)]


def arguments_missing(page, section, arguments):
    """The arguments that the section does not have, with their help."""
    faults = []
    for argument in arguments:
        item = f" {', '.join(forms(argument))}"
        if argument["kind"] == "positional" and argument["isRepeating"]:
            item += " ..."
        if argument.get("abstract"):
            item += f" {as_shown(argument['abstract'])}"
        if argument.get("defaultValue"):
            item += f" By default {argument['defaultValue']}."
        if item not in page.text(section):
            faults.append(f"{section} does not say:{item}")
    return faults


def forms(argument):
    """The ways to write an argument."""
    if argument["kind"] == "positional":
        return [argument["valueName"]]
    value = f" {argument['valueName']}" if argument["kind"] == "option" else ""
    return [("--" if name["kind"] == "long" else "-") + name["name"] + value
            for name in argument["names"]]


def usage(argument):
    """The argument as the synopsis has it."""
    text = " | ".join(forms(argument))
    if argument["kind"] == "positional" and argument["isRepeating"]:
        text += " ..."
    if argument["isOptional"]:
        text = f"[{text}]"
    return text + ("..." if argument["kind"] == "option" and argument["isRepeating"] else "")


def unknown_options(answers, page):
    """Options that the page has and the program has not."""
    known = answers.option_names()
    named = set(re.findall(r"(?<![\w-])--[A-Za-z][\w-]*", page.text()))
    faults = [f"{name} is on the page and no option" for name in sorted(named - known)]
    paths = dict(answers.commands())
    quoted = re.findall("‘(methodwall [^’]+)’", page.text())
    for line in quoted + example_commands(page):
        if not line.startswith("methodwall "):
            continue
        path = " ".join(line.split()[:2])
        if path not in paths:
            faults.append(f"no such command: {line}")
            continue
        used = set(re.findall(r"(?<=\s)--[A-Za-z][\w-]*", line))
        faults += [f"{path} has no {name}" for name in sorted(used - answers.option_names(path))]
    return faults


def source_faults(page, folder):
    """Signals and variables of the environment that only the page or only the sources have."""
    sources = "\n".join(path.read_text(encoding="utf-8")
                        for path in sorted(pathlib.Path(folder).rglob("*.swift")))
    trapped = " ".join(re.findall(r"UnixSignalsSequence\(\s*trapping:([^)]*)\)", sources))
    signals = {name.upper() for name in re.findall(r"\.(sig\w+)", trapped)}
    read = set(re.findall(r'(?:getenv|environment)\("([A-Z_]+)"\)', sources))
    read |= set(re.findall(r'"(METHODWALL_[A-Z_]+)"', sources))
    faults = []
    for section, found, name in (("SIGNALS", signals, r"SIG[A-Z0-9]+"),
                                 ("ENVIRONMENT", read, r"[A-Z]+_[A-Z_]+")):
        if not found:
            faults.append(f"nothing in the sources for {section}: the check has to be mended")
        tags = " ".join(line for line in page.lines.get(section, []) if re.match(r" {5}\S", line))
        said = set(re.findall(rf"\b{name}\b", tags))
        faults += [f"{section} does not have {each}" for each in sorted(found - said)]
        faults += [f"{section} has {each}, the sources do not" for each in sorted(said - found)]
    return faults
