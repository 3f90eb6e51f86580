"""Reads as much of a PromQL expression as is needed to know which metrics and labels it uses.

Whether it is valid is promtool's business.
"""
import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"""
    (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<range>\[[^\]]*\])
  | (?P<variable>\$\w+)
  | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<number>[0-9][0-9a-zA-Z.]*|\.[0-9]+)
  | (?P<sign>=~|!~|!=|==|<=|>=|\S)
""", re.VERBOSE)
LISTS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset", "atan2"}
AGGREGATIONS = {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values",
                "bottomk", "topk", "quantile"}


@dataclass
class Selector:
    """A metric's name and the conditions on its labels: (label, operator, value)."""
    name: str
    conditions: list = field(default_factory=list)


@dataclass
class Expression:
    """Its selectors, and the labels that it groups or joins by."""
    selectors: list = field(default_factory=list)
    grouped: list = field(default_factory=list)


def read(text):
    """The Expression of a text."""
    tokens = [(match.lastgroup, match.group()) for match in TOKEN.finditer(text)]
    expression, at = Expression(), 0
    while at < len(tokens):
        kind, token = tokens[at]
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        at += 1
        if kind != "name" or token in WORDS:
            continue
        if token in LISTS:
            if following == "(":
                end = _closing(tokens, at, ")")
                expression.grouped += [word for sort, word in tokens[at:end] if sort == "name"]
                at = end
        elif following == "(" or token in AGGREGATIONS:
            continue
        else:
            selector = Selector(token)
            if following == "{":
                end = _closing(tokens, at, "}")
                selector.conditions = _conditions(tokens[at + 1:end])
                at = end
            expression.selectors.append(selector)
    return expression


def _closing(tokens, at, sign):
    while at < len(tokens) and tokens[at] != ("sign", sign):
        at += 1
    return at


def _conditions(tokens):
    found = []
    for at in range(len(tokens) - 2):
        if [kind for kind, _ in tokens[at:at + 3]] == ["name", "sign", "text"]:
            (_, label), (_, operator), (_, value) = tokens[at:at + 3]
            found.append((label, operator, value[1:-1]))
    return found
