"""The page as a reader sees it."""
import re
import subprocess


class Page:
    """The sections of a page, as mandoc shows them on a screen that is wide enough for every line."""

    def __init__(self, path):
        ran = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=1000", path],
                             capture_output=True, text=True, check=True, timeout=30)
        # A letter is made bold or underlined by what is written over it.
        lines = re.sub(".\b", "", ran.stdout).splitlines()
        # Lines by the name of their section, or of their section and subsection.
        self.lines = {}
        section = name = None
        # The first line and the last are those of every page.
        for line in lines[1:-1]:
            if re.match(r"\S", line):
                section = name = line
            elif re.match(r" {3}\S", line):
                name = f"{section}: {line.strip()}"
            if name:
                self.lines.setdefault(name, []).append(line)

    def text(self, name=None):
        """The words of a section, or of the whole page, with one space between them."""
        lines = self.lines.get(name, []) if name else [
            line for section in self.lines.values() for line in section]
        return " ".join(" ".join(lines).split())


def as_shown(text):
    """A help text as the page shows it."""
    return re.sub(r"`([^`]+)`", "‘\\1’", " ".join(text.split()))
