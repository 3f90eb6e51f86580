"""The examples of the page, to be tried."""
import re

# The file to which an example of a file goes, and how to tell it.
FILES = {"methodwall.yaml": r"(?m)^upstreams:", "policies/shop.yaml": r"(?m)^methodwall: 1$"}


def example_commands(page):
    """The commands of EXAMPLES, each in one line."""
    lines = [line.strip() for line in page.lines.get("EXAMPLES", []) if re.match(r" {6,}\S", line)]
    return "\n".join(lines).replace("\\\n", "").splitlines()


def example_files(page, folder):
    """Writes the examples of CONFIGURATION to the folder; tells which of them are not there."""
    lines = [line for name, section in page.lines.items() if name.startswith("CONFIGURATION: ")
             for line in section]
    # A display is deeper than running text, and an empty line ends it.
    text = "\n".join(lines) + "\n"
    displays = [re.sub(r"(?m)^ {11}", "", block)
                for block in re.findall(r"(?m)(?:^ {11}.*\n)+", text)]
    faults = []
    for name, mark in FILES.items():
        found = [display for display in displays if re.search(mark, display)]
        if len(found) != 1:
            faults.append(f"{len(found)} examples of {name}")
            continue
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(found[0])
    return faults
