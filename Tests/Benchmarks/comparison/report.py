"""The table on the screen, results.json, and a chart of the processor time."""
import json
from dataclasses import asdict

from measuring.chart import bar_chart
from comparison.rows import grouped

MOST = 15  # times nginx; longer bars would leave no room for the others


def print_table(rows, peers):
    """A line a row: methodwall's figure, then each proxy's and methodwall's ratio to it."""
    lines = [["", "", "methodwall", *(peer for peer in peers if peer != "methodwall"), "goals"]]
    lines += [_cells(row, lines[0][3:-1]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print("\nFigures are medians; behind them methodwall's ratio to that proxy (least-greatest of the "
          "runs).\n")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    for row in rows:
        for line in (*grouped(row.missing), *row.notes):
            print(f"{row.name}: {line}")


def _cells(row, others):
    verdicts = [f"{'met' if met else 'MISSED'}: {what}" for what, met in row.verdicts()]
    if "FAILED" in row.missing.get("methodwall", ""):
        verdicts.insert(0, "FAILED")
    return [row.name, row.unit, _number(row.values.get("methodwall")),
            *(_cell(row, peer) for peer in others), "; ".join(verdicts)]


def _cell(row, peer):
    if peer not in row.values:
        return "-"
    told = _number(row.values[peer])
    if peer in row.ratios:
        middle, least, greatest = row.ratios[peer]
        told += f" {middle:.2f} ({least:.2f}-{greatest:.2f})"
    return told


def _number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value == 0 or abs(value) >= 100 else f"{value:.3g}"


def write_json(path, rows, about):
    """Everything: medians, ratios, goals, raw runs, and on what it was measured."""
    told = [{**asdict(row), "verdicts": [{"what": what, "met": met} for what, met in row.verdicts()]}
            for row in rows]
    with open(path, "w") as file:
        json.dump({"about": about, "rows": told}, file, indent=1)


def write_chart(path, rows, peers, note):
    """Bars of processor time for a request; nginx is 1, so that big and small requests fit."""
    drawn = [row for row in rows if row.unit == "µs CPU" and "nginx" in row.ratios]
    if not drawn:
        return
    series = [(peer, [_to_nginx(row, peer) for row in drawn]) for peer in peers]
    bar_chart(path, "Processor time of a request", "processor time, nginx = 1",
              [row.title for row in drawn], series,
              f"A dash: cannot do it, left out, or more than {MOST} times nginx. {note}")


def _to_nginx(row, peer):
    """Ratios of neighbours only: methodwall's to nginx, by methodwall's to this proxy."""
    own = row.ratios["nginx"][0]
    if peer == "methodwall":
        return own
    times = own / row.ratios[peer][0] if peer in row.ratios else None
    return times if times is not None and times <= MOST else None
