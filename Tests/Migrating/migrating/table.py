"""The tables: for each request what the proxy answers, what methodwall does, and why they differ.

    GET /status     | forwarded | forwarded                    |
    DELETE /status  | 403       | 405 Allow GET HEAD OPTIONS   | 403-for-405

`differences.txt` has a line for each name in the last column: which kinds of difference it explains,
whether the proxy's answer is `wrong` or it is a `choice`, and in a sentence what they are about.

    403-for-405 | status allow | wrong | 403 says that this client may not; 405 that nobody may.
"""
import os
from dataclasses import dataclass

from migrating.asking import Answer, Request, Unreadable

KINDS = {
    "status": "both answer themselves, with different status codes",
    "allow": "their Allow differs, or one has none",
    "passes": "the proxy forwards what methodwall refuses or answers",
    "stops": "the proxy refuses or answers what methodwall forwards",
    "path": "the service sees different paths",
    "preflight": "browsers read one answer to a preflight as a yes, the other as a no",
    "hidden": "browsers show one answer to the page that asked, and hide the other",
}
VERDICTS = {
    "wrong": "where the answer is not what HTTP asks for, or not what was meant",
    "choice": "where the two differ, and neither is wrong",
}


@dataclass(frozen=True)
class Row:
    """A line of a table."""
    request: Request
    peer: Answer
    wall: Answer
    names: tuple


@dataclass(frozen=True)
class Difference:
    """A line of differences.txt."""
    name: str
    kinds: frozenset
    verdict: str
    text: str


def read_rows(path):
    """The rows of a table."""
    return [Row(Request.read(request), Answer.read(peer), Answer.read(wall),
                tuple(names.replace(",", " ").split()))
            for request, peer, wall, names in _lines(path, 4)]


def read_differences(folder):
    """The differences that have a name."""
    found = {}
    for name, kinds, verdict, text in _lines(os.path.join(folder, "differences.txt"), 4):
        difference = Difference(name, frozenset(kinds.split()), verdict, text)
        if (not difference.kinds or not difference.kinds <= set(KINDS) or verdict not in VERDICTS
                or name in found):
            raise Unreadable(f"differences.txt: {name}")
        found[name] = difference
    return found


def kinds_between(peer, wall):
    """In which ways two answers to one request differ."""
    kinds = {"hidden"} if peer.hidden != wall.hidden else set()
    if peer.preflight != wall.preflight:
        kinds.add("preflight")
    if peer.forwarded != wall.forwarded:
        kinds.add("passes" if peer.forwarded else "stops")
    elif peer.forwarded:
        kinds |= {"path"} if peer.path != wall.path else set()
    else:
        kinds |= {"status"} if peer.status != wall.status else set()
        kinds |= {"allow"} if peer.allow != wall.allow else set()
    return kinds


def row_faults(row, differences):
    """What is wrong with the names of a row, whatever anybody answers."""
    unknown = [name for name in row.names if name not in differences]
    if unknown:
        return [f"{row.request.text}: {', '.join(unknown)}: not in differences.txt"]
    explained = set().union(*(differences[name].kinds for name in row.names))
    kinds = kinds_between(row.peer, row.wall)
    if explained != kinds:
        return [f"{row.request.text}: the answers differ in {sorted(kinds) or 'nothing'}, "
                f"the names explain {sorted(explained) or 'nothing'}"]
    return []


def _lines(path, columns):
    with open(path) as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) != columns:
                raise Unreadable(f"{os.path.basename(path)}: {line.strip()}")
            yield cells
