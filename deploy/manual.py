"""Writes the manual page methodwall(1), in mdoc(7), from a template and what the program says of itself.

    python3 manual.py TEMPLATE ANSWERS SECONDS

ANSWERS is a folder with what the program said: `commands` (--experimental-dump-help), `version`
(--version), `policy` (schema) and `configuration` (schema --configuration). SECONDS since 1970 make
the date of the page. Each @WORD@ of the template is replaced.
"""
import json
import re
import sys
import time

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")


class Unusable(Exception):
    """An input from which no page can be made."""


# Characters that roff has another use for, or shows as another one.
SPECIAL = {"\\": r"\(rs", "~": r"\(ti", "^": r"\(ha", '"': r"\(dq", "`": r"\(ga"}


def escaped(text):
    """The text without anything that roff would not show as it is."""
    return "".join(SPECIAL.get(character, character) if character.isascii()
                   else f"\\[u{ord(character):04X}]" for character in text)


def protected(line):
    """The line, which is text even if it begins as a request to roff does."""
    return r"\&" + line if line[:1] in (".", "'") else line


def words(text):
    """One word or more in a macro's line, none of which is taken for a macro or for punctuation."""
    return " ".join((r"\&" if re.match(r"[A-Z%][A-Za-z0-9]{0,2}$|\W", word) else "")
                    + escaped(word).replace("-", r"\-") for word in text.split())


def literal(text):
    """A line to be copied."""
    return protected(escaped(text).replace("-", r"\-").replace("'", r"\(aq"))


def prose(text):
    """The lines of running text, a sentence each, with `code` in quotes."""
    lines = []
    for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z`\"])", " ".join(text.split())):
        parts = re.split(r"`([^`]+)`", sentence)
        for index, part in enumerate(parts):
            if index % 2:
                parts[index] = r"\(oq" + escaped(part).replace("-", r"\-") + r"\(cq"
            else:
                # Options, and a dash that stands for itself, are no hyphens, and are not divided.
                pieces = re.split(r"((?<![^\s\"(])-\S*)", part)
                parts[index] = "".join(
                    r"\%" + escaped(piece).replace("-", r"\-") if place % 2 else escaped(piece)
                    for place, piece in enumerate(pieces))
        lines.append(protected("".join(parts)))
    return lines if text.strip() else []


def discussion(text):
    """The paragraphs of a help text; a line after one that ends in a colon is there to be copied."""
    lines = []
    running = []
    introduced = False

    def end_paragraph():
        if running:
            lines.extend([".Pp"] + prose(" ".join(running)))
            running.clear()

    for line in map(str.strip, text.split("\n")):
        if introduced and line:
            end_paragraph()
            lines += [".Bd -literal -offset indent", literal(line), ".Ed"]
            introduced = False
        elif line:
            running.append(line)
            introduced = line.endswith(":")
        else:
            end_paragraph()
    end_paragraph()
    return lines


def shown(items):
    """Those that are meant for readers."""
    return [item for item in items or [] if item.get("shouldDisplay", True)]


def flags(argument, separator):
    """The names of an option, each with its value."""
    value = f" Ar {words(argument['valueName'])}" if argument["kind"] == "option" else ""
    names = []
    for name in argument["names"]:
        dash = r"\-" if name["kind"] == "long" else ""
        names.append(f"Fl {dash}{escaped(name['name']).replace('-', dash or '-')}{value}")
    return f" {separator} ".join(names)


def usage(argument):
    """The line of the synopsis for an argument."""
    if argument["kind"] == "positional":
        form = f"Ar {words(argument['valueName'])}"
    else:
        form = flags(argument, "|")
    more = " ..." if argument["isRepeating"] else ""
    if not argument["isOptional"]:
        return f".{form}{more}"
    if more and argument["kind"] != "positional":
        return f".Oo {form} Oc Ns ..."
    return f".Op {form}{more}"


def item(argument):
    """The item of the list of options for an argument."""
    if argument["kind"] == "positional":
        more = " ..." if argument["isRepeating"] else ""
        lines = [f".It Ar {words(argument['valueName'])}{more}"]
    else:
        lines = [f".It {flags(argument, ',')}"]
    lines += prose(argument.get("abstract") or "")
    if argument.get("allValues"):
        lines += prose("One of: " + ", ".join(argument["allValues"]) + ".")
    if argument.get("defaultValue"):
        lines += prose(f"By default {argument['defaultValue']}.")
    if argument.get("discussion"):
        lines += discussion(argument["discussion"])
    return lines


def commands_of(root):
    """All commands below the root, each with its path of names."""
    found = []
    for command in shown(root.get("subcommands")):
        path = command.get("superCommands", []) + [command["commandName"]]
        found += [(path, command)] + commands_of(command)
    return found


def own_arguments(command, root):
    """The arguments that the command does not have in common with all others."""
    common = [(each["valueName"], each.get("abstract")) for each in shown(root.get("arguments"))]
    return [each for each in shown(command.get("arguments"))
            if each["kind"] == "positional"
            or (each["valueName"], each.get("abstract")) not in common]


def synopsis(root):
    """How each command is called."""
    lines = []
    for path, command in commands_of(root):
        if not shown(command.get("subcommands")):
            lines += [".Nm", f".Cm {words(' '.join(path[1:]))}"]
            lines += [usage(argument) for argument in own_arguments(command, root)]
    return lines + [".Nm"] + [usage(argument) for argument in shown(root["arguments"])]


def sections(root):
    """What each command does, and its options."""
    lines = []
    for path, command in commands_of(root):
        lines += [f".Ss {words(' '.join(path))}"] + prose(command.get("abstract") or "")
        if command.get("discussion"):
            lines += discussion(command["discussion"])
        arguments = own_arguments(command, root)
        if arguments:
            lines += [".Bl -tag -width Ds"] + [line for each in arguments for line in item(each)]
            lines.append(".El")
    return lines


def keys(schema):
    """The keys of a file that the JSON Schema describes."""
    lines = []
    for key, value in schema["properties"].items():
        lines += [f".It Ic {words(key)}"] + prose(value["description"])
    return lines


def summary(root):
    """The program's abstract in the form that a line of NAME has."""
    text = re.sub(r"^An? ", "", root["abstract"].rstrip("."))
    return "\n".join(prose(text))


def answer(folder, name):
    """What the program said."""
    with open(f"{folder}/{name}", encoding="utf-8") as file:
        return file.read()


def parsed(folder, name):
    """What the program said in JSON."""
    try:
        return json.loads(answer(folder, name))
    except ValueError as error:
        raise Unusable(f"what the program said of its {name} is no JSON: {error}") from error


def version(text):
    """The version in "1.2.3 (libcurl 7.88.1, …)"."""
    found = re.match(r"\d+(\.\d+)*([-+.][0-9A-Za-z.-]+)?(?=\s|$)", text)
    if not found:
        raise Unusable(f"the program tells no version: {text.strip()!r}")
    return escaped(found.group())


def page(template, folder, seconds):
    """The page."""
    said = parsed(folder, "commands")
    if said.get("serializationVersion") != 0:
        raise Unusable("the program describes its commands in a form that is not known here")
    root = said["command"]
    date = time.gmtime(seconds)
    values = {
        "DATE": f"{MONTHS[date.tm_mon - 1]} {date.tm_mday}, {date.tm_year}",
        "VERSION": version(answer(folder, "version")),
        "SUMMARY": summary(root),
        "SYNOPSIS": "\n".join(synopsis(root)),
        "DISCUSSION": "\n".join(discussion(root.get("discussion") or "")[1:]),
        "COMMON_OPTIONS": "\n".join(line for each in shown(root["arguments"])
                                    for line in item(each)),
        "COMMANDS": "\n".join(sections(root)),
        "CONFIGURATION_KEYS": "\n".join(keys(parsed(folder, "configuration"))),
        "POLICY_KEYS": "\n".join(keys(parsed(folder, "policy"))),
    }
    named = set(re.findall(r"@([A-Z_]+)@", template))
    if named != set(values):
        wrong = ", ".join(f"@{name}@" for name in sorted(named ^ set(values)))
        raise Unusable(f"the template has a word too many or too few: {wrong}")
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found.group(1)], template)


def main():
    """Prints the page, or why there is none."""
    template, folder, seconds = sys.argv[1:]
    try:
        with open(template, encoding="utf-8") as file:
            sys.stdout.reconfigure(encoding="utf-8")
            sys.stdout.write(page(file.read(), folder, int(seconds)))
    except Unusable as error:
        sys.exit(f"methodwall.1: {error}")
    except KeyError as error:
        sys.exit(f"methodwall.1: what the program said has no {error}")


if __name__ == "__main__":
    main()
