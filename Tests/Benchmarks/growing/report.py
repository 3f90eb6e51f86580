"""Where figures go: tables on standard output, one JSON file, and charts."""
import json
import os


class Report:
    """Collects figures by name; `write` puts them into `growth.json` in the folder."""

    def __init__(self, folder):
        self.folder = folder
        self.figures = {}
        self.text = []
        os.makedirs(folder, exist_ok=True)

    def add(self, name, figures):
        """Adds figures to the JSON file."""
        self.figures[name] = figures

    def chart(self, name):
        """The path of a chart of that name."""
        return os.path.join(self.folder, f"{name}.svg")

    def table(self, title, columns, rows, note=None):
        """Prints a Markdown table; cells are numbers (shortened), texts, or None (a dash)."""
        lines = [f"\n### {title}\n", "| " + " | ".join(columns) + " |",
                 "| " + " | ".join("---" if place == 0 else "---:"
                                   for place in range(len(columns))) + " |"]
        lines += ["| " + " | ".join(shown(cell) for cell in row) + " |" for row in rows]
        if note:
            lines += ["", note]
        self.text += lines
        print("\n".join(lines), flush=True)

    def write(self):
        """Writes all figures and tables into the folder."""
        with open(os.path.join(self.folder, "growth.json"), "w", encoding="utf-8") as file:
            json.dump(self.figures, file, indent=2)
            file.write("\n")
        with open(os.path.join(self.folder, "growth.md"), "w", encoding="utf-8") as file:
            file.write("\n".join(self.text) + "\n")


def shown(cell):
    """A cell's text: commas in whole numbers, three significant digits in others."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        if cell == 0:
            return "0"
        if abs(cell) >= 100:
            return f"{cell:,.0f}"
        return f"{cell:.3g}" if abs(cell) >= 0.001 else f"{cell:.1e}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def mebibytes(octets):
    """Octets as MiB, with two decimals."""
    return round(octets / 2**20, 2)
