"""Policies of a given size, as text of one file."""


def text(rules, probe="GET"):
    """A policy with so many rules, one of them `/probe` with the methods `probe`.

    The others are shaped like those of decision-benchmark: half literal, half with an `{id}`.
    """
    lines = ["methodwall: 1", "paths:", f"  /probe: {probe}"]
    for index in range(rules - 1):
        tail = "" if index % 2 == 0 else "/{id}"
        lines.append(f"  /api/v1/service{index % 97}/resource{index}{tail}: GET PUT")
    return "\n".join(lines) + "\n"
