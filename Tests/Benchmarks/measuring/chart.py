"""SVG charts without dependencies: grouped horizontal bars, and lines.

A white background is part of each chart, so that it reads the same on a light and a dark page.
Sizes are in pixels. Text is measured by guessing, with `CHARACTER` as the width of a character.
"""
import math
from xml.sax.saxutils import escape

WIDTH = 860
CHARACTER = 7.3
LINE = 17
TEXT, FAINT, GRID = "#24292f", "#57606a", "#d8dee4"
COLOURS = ["#4c78a8", "#e08a3c", "#54a24b", "#b8575b", "#8a6fb0", "#8c7561", "#3f9ea3", "#7f7f7f"]
MARKS = ["circle", "square", "diamond", "triangle"]


def bar_chart(path, title, unit, groups, series, note=None):
    """Writes grouped horizontal bars to `path`.

    `groups` are names; `series` is a list of (name, [value or None for each group]). `unit` is the
    title of the axis. A value of None is left out with a dash in its place.
    """
    left = min(330, 24 + CHARACTER * max(len(group) for group in groups))
    ticks = _linear_ticks(0, _largest(series) or 1)
    scale = (WIDTH - left - 90) / ticks[-1]
    heading, top = _heading(title, [name for name, _ in series] if len(series) > 1 else [])
    thickness = 18 if len(series) == 1 else 15
    step = thickness * len(series) + 14
    bottom = top + step * len(groups)
    parts = [heading]
    for tick in ticks:
        x = left + tick * scale
        parts.append(_segment(x, top, x, bottom, GRID))
        parts.append(_text(x, bottom + LINE, _number(tick), "middle", FAINT))
    for place, group in enumerate(groups):
        y = top + step * place + 7
        fitting = _cut(group, left - 16)
        parts.append(_text(left - 8, y + thickness * len(series) / 2 + 4, fitting, "end"))
        for index, (_, values) in enumerate(series):
            parts.append(_bar(left, y + thickness * index, thickness, values[place], scale, index))
    parts.append(_segment(left, top, left, bottom, FAINT))
    _finish(path, parts, title, unit, note, (left, WIDTH - 90), bottom)


def line_chart(path, title, x_title, y_title, series, log_x=False, log_y=False, note=None):
    """Writes lines with marks to `path`.

    `series` is a list of (name, [(x, y), ...]); points whose y is None are left out, and so are
    those not above zero on a logarithmic axis. The axis titles say the units.
    """
    series = [(name, _drawable(points, log_x, log_y)) for name, points in series]
    xs = [x for _, points in series for x, _ in points] or [1, 10]
    ys = [y for _, points in series for _, y in points] or [1, 10]
    x_ticks = _log_ticks(min(xs), max(xs)) if log_x else _linear_ticks(0, max(xs))
    y_ticks = _log_ticks(min(ys), max(ys)) if log_y else _linear_ticks(min(0, min(ys)), max(ys))
    heading, top = _heading(title, [name for name, _ in series] if len(series) > 1 else [], y_title)
    left = 26 + CHARACTER * max(len(_number(tick)) for tick in y_ticks)
    right, bottom = WIDTH - 36, top + 320
    across = _scale(x_ticks, left, right, log_x)
    down = _scale(y_ticks, bottom, top, log_y)
    parts = [heading]
    for tick in x_ticks:
        parts.append(_segment(across(tick), top, across(tick), bottom, GRID))
    parts += _labels_across(x_ticks, across, bottom + LINE)
    for tick in y_ticks:
        parts.append(_segment(left, down(tick), right, down(tick), GRID))
        parts.append(_text(left - 8, down(tick) + 4, _number(tick), "end", FAINT))
    parts.append(_segment(left, top, left, bottom, FAINT))
    parts.append(_segment(left, bottom, right, bottom, FAINT))
    for index, (_, points) in enumerate(series):
        parts.append(_line([(across(x), down(y)) for x, y in sorted(points)], index))
    _finish(path, parts, title, x_title, note, (left, right), bottom)


def _drawable(points, log_x, log_y):
    return [(x, y) for x, y in points
            if y is not None and not (log_x and x <= 0) and not (log_y and y <= 0)]


def _largest(series):
    return max((value for _, values in series for value in values if value is not None), default=0)


def _linear_ticks(low, high):
    """Round numbers from at most `low` to at least `high`, six or so."""
    span = (high - low) or abs(high) or 1
    power = 10 ** math.floor(math.log10(span / 5))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 6 >= span)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


def _log_ticks(low, high):
    """Powers of ten around the values; where those are few, their twofold and fivefold, too."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    factors = (1, 2, 5) if last - first < 3 else (1,)
    ticks = [factor * 10.0 ** power for power in range(first, last + 1) for factor in factors]
    below = max(index for index, tick in enumerate(ticks) if tick <= low * 1.000001)
    reached = (index for index, tick in enumerate(ticks) if tick >= high * 0.999999)
    above = next(reached, len(ticks) - 1)
    return ticks[below:max(above, below + 1) + 1]


def _scale(ticks, begin, end, logarithmic):
    place = math.log10 if logarithmic else float
    first, last = place(ticks[0]), place(ticks[-1])
    return lambda value: begin + (place(value) - first) / (last - first) * (end - begin)


def _number(value):
    """A number with at most four significant digits, and commas from a thousand on."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.2g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _heading(title, names, y_title=None):
    """Title, legend and the title of the upright axis; and how far down they reach."""
    lines = _wrapped(title, WIDTH - 40, CHARACTER * 1.42)
    parts, y = [], 12
    for line in lines:
        y += LINE + 3
        parts.append(_text(20, y, line, "start", TEXT, 'font-size="16" font-weight="600"'))
    x, y = 20, y + 8
    if names:
        y += LINE
    for index, name in enumerate(names):
        width = 40 + CHARACTER * len(name)
        if x + width > WIDTH - 20 and x > 20:
            x, y = 20, y + LINE + 2
        parts.append(_mark(x + 6, y - 4, index) + _text(x + 16, y, name, "start"))
        x += width
    if y_title:
        y += LINE + 8
        parts.append(_text(20, y, y_title, "start", FAINT))
    return "\n".join(parts), y + 14


def _finish(path, parts, title, axis, note, between, bottom):
    """Adds the title of the axis below and the note, and writes the file."""
    y = bottom + LINE * 2 + 6
    parts.append(_text(sum(between) / 2, y, axis, "middle", FAINT))
    y += 8
    for line in _wrapped(note or "", WIDTH - 40, CHARACTER):
        y += LINE + 2
        parts.append(_text(20, y, line, "start", FAINT))
    height = round(y + 10)
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" font-size="13" '
            'font-family="system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif">\n'
            f"<title>{escape(title)}</title>\n"
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n')
        file.write("\n".join(parts) + "\n</svg>\n")


def _labels_across(ticks, across, y):
    """Labels of the lower axis, without those that would touch the one before."""
    parts, free = [], -math.inf
    for tick in ticks:
        label = _number(tick)
        half = CHARACTER * len(label) / 2
        if across(tick) - half > free:
            parts.append(_text(across(tick), y, label, "middle", FAINT))
            free = across(tick) + half + 6
    return parts


def _bar(x, y, thickness, value, scale, index):
    if value is None:
        return _text(x + 6, y + thickness - 4, "–", "start", FAINT, 'font-size="11"')
    width = max(value * scale, 1)
    rectangle = (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{thickness - 2}" '
                 f'fill="{COLOURS[index % len(COLOURS)]}"/>')
    label = _text(x + width + 6, y + thickness - 4, _number(value), "start", TEXT, 'font-size="11"')
    return rectangle + label


def _line(points, index):
    colour = COLOURS[index % len(COLOURS)]
    placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = ["", ' stroke-dasharray="7 4"', ' stroke-dasharray="2 3"'][index % 3]
    line = f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
    return line + "".join(_mark(x, y, index) for x, y in points)


def _mark(x, y, index):
    """The mark of a series: form and colour, so that colour is not all that tells them apart."""
    fill = f'fill="{COLOURS[index % len(COLOURS)]}"'
    shape = MARKS[index % len(MARKS)]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {fill}/>'
    corners = {
        "square": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
        "diamond": [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)],
        "triangle": [(0, -5), (5, 4), (-5, 4)],
    }[shape]
    placed = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{placed}" {fill}/>'


def _segment(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x, y, text, anchor, fill=TEXT, more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" {more}>'
            f"{escape(text)}</text>")


def _cut(text, width):
    fitting = int(width / CHARACTER)
    return text if len(text) <= fitting else text[:fitting - 1] + "…"


def _wrapped(text, width, character):
    """The text in lines that fit into `width`."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and len(longer) * character > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return lines + [line] if line else lines
