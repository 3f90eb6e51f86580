"""The dashboard: what Grafana would show without complaint although it is wrong."""
import re

from monitoring.expressions import faults
from monitoring.promql import read

VARIABLES = {"$__rate_interval": "5m", "$__range": "1h", "$job": ".*", "$instance": ".*",
             "$top": "10"}
SOURCE = "${datasource}"
QUERY = re.compile(r"label_values\((.+), *(\w+)\)")


def panels(dashboard):
    """The panels that show something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions(dashboard):
    """Every expression: where it stands, and its text."""
    found = [(panel["title"], target["expr"]) for panel in panels(dashboard)
             for target in panel["targets"]]
    return found + [(note["name"], note["expr"]) for note in dashboard["annotations"]["list"]
                    if "expr" in note]


def filled(expression):
    """The expression with Grafana's variables replaced, as promtool can read it."""
    for name in sorted(VARIABLES, key=len, reverse=True):
        expression = expression.replace(name, VARIABLES[name])
    return expression


def dashboard_faults(metrics, dashboard):
    """What is wrong with the dashboard, as sentences."""
    found = _layout_faults(dashboard) + _variable_faults(metrics, dashboard)
    for where, expression in expressions(dashboard):
        found += faults(metrics, filled(expression), where)
        if "$" in filled(expression):
            found.append(f"{where}: a variable that the dashboard does not have: {expression}")
        for selector in read(expression).selectors:
            for label in ("job", "instance"):
                if (label, "=~", f"${label}") not in selector.conditions:
                    found.append(f"{where}: {selector.name} is not limited to ${label}")
    for panel in panels(dashboard):
        found += _panel_faults(panel)
    return found


def _panel_faults(panel):
    title, found = panel.get("title"), []
    if not title or not panel.get("description"):
        found.append(f"panel {panel['id']}: no title or no description")
    unit = panel["options"].get("yAxis", panel["fieldConfig"]["defaults"]).get("unit")
    overridden = [item["id"] for override in panel["fieldConfig"]["overrides"]
                  for item in override["properties"]]
    if not unit and "unit" not in overridden:
        found.append(f"{title}: no unit")
    if any(part["datasource"].get("uid") != SOURCE for part in (panel, *panel["targets"])):
        found.append(f"{title}: the data source is not {SOURCE}")
    for target in panel["targets"]:
        grouped = {*read(target["expr"]).grouped, "job", "instance"}
        found += [f"{title}: the legend names {label}, which the expression has not"
                  for label in re.findall(r"{{(\w+)}}", target["legendFormat"])
                  if label not in grouped]
    return found


def _layout_faults(dashboard):
    found, taken, seen = [], {}, set()
    for panel in dashboard["panels"]:
        name, place = panel.get("title") or panel["id"], panel["gridPos"]
        if panel["id"] in seen:
            found.append(f"{name}: the id {panel['id']} is given twice")
        seen.add(panel["id"])
        if place["x"] + place["w"] > 24:
            found.append(f"{name}: wider than the grid")
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])):
            other = taken.setdefault(cell, name)
            if other != name:
                found.append(f"{name} lies on {other}")
                break
    return found


def _variable_faults(metrics, dashboard):
    known = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    found = [f"no variable {name}" for name in ("datasource", "job", "instance", "top")
             if name not in known]
    for name, variable in known.items():
        if variable["type"] == "query":
            match = QUERY.fullmatch(variable["query"]["query"])
            selector, label = match.groups() if match else ("", "")
            found += faults(metrics, filled(selector), f"variable {name}")
            if label != name:
                found.append(f"variable {name}: its values are not those of the label")
    return found
