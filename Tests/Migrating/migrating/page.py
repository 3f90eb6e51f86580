"""What the page on migrating says stands in the files and tables that it names."""
import re
import textwrap

BLOCK = re.compile(r"^```[^\n]*\n# (deploy/migrating/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```", re.MULTILINE)
SECTION = re.compile(r"^## From (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
LAST_COLUMN = re.compile(r"^\|.*\|([^|]*)\|$", re.MULTILINE)


def page_faults(page, deploy, rows):
    """What the page has wrong; `rows` has each table's rows by its name."""
    with open(page) as file:
        text = file.read()
    return ([f"{page}: {fault}" for fault in _excerpt_faults(text, deploy)]
            + [f"{page}: {fault}" for fault in _name_faults(text, rows)])


def _excerpt_faults(text, deploy):
    """Every block is a quotation: its first line is `# deploy/migrating/…`, the rest stands there.

    A line with nothing but `…` stands for lines that are left out.
    """
    blocks = BLOCK.findall(text)
    found = [] if 2 * len(blocks) == len(FENCE.findall(text)) else ["a block quotes nothing"]
    for path, quotation in blocks:
        with open(path.replace("deploy", deploy, 1)) as file:
            lines = [line.strip() for line in file]
        for part in re.split(r"^ *…\n", quotation, flags=re.MULTILINE):
            quoted = [line.strip() for line in textwrap.dedent(part).splitlines() if line.strip()]
            if not _stands_in(quoted, [line for line in lines if line]):
                found.append(f"not in {path}:\n{part}")
    return found


def _stands_in(quoted, lines):
    return any(lines[at:at + len(quoted)] == quoted for at in range(len(lines)))


def _name_faults(text, rows):
    """The names in the last column of a section's table are in the table of that proxy."""
    sections = {proxy.lower(): body for proxy, body in SECTION.findall(text)}
    found = []
    for proxy, body in sections.items():
        named = [name for cell in LAST_COLUMN.findall(body) for name in re.findall("`(.+?)`", cell)]
        known = {name for row in rows.get(proxy, ()) for name in row.names}
        found += [f"{proxy}: no row shows {name}" for name in named if name not in known]
        found += [] if named else [f"{proxy}: no difference is named"]
    return found + ([] if sections else ["no section on a proxy"])
