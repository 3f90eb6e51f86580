"""The alert rules: what promtool does not check of them."""
import re
from dataclasses import dataclass

from monitoring.expressions import faults, labels_left

SEVERITIES = {"page", "ticket"}
ALERT = re.compile(r"^( *)- alert: (\w+)$")
KEY = re.compile(r"^( *)(\w+):(?: (.*))?$")


@dataclass
class Alert:
    """An alert: `texts` has what stands behind its keys, those of labels and annotations included."""
    name: str
    texts: dict


def read_alerts(text):
    """The alerts of a rules file that is written as ours is: a key a line, long texts with `|`."""
    alerts, indent, key = [], 0, None
    for line in text.splitlines():
        begins, pair = ALERT.match(line), KEY.match(line)
        if begins:
            alerts.append(Alert(begins.group(2), {}))
            key = None
        elif alerts and key and (not line.strip() or len(line) - len(line.lstrip()) > indent):
            alerts[-1].texts[key] += line.strip() + "\n"
        elif alerts and pair:
            indent, key, value = len(pair.group(1)), pair.group(2), pair.group(3) or ""
            alerts[-1].texts[key] = "" if value == "|" else value.strip('"')
            key = key if value == "|" else None
    return alerts


def rule_faults(metrics, rules, tests, count):
    """What is wrong with the rules, given the text of their tests and how many promtool found."""
    alerts = read_alerts(rules)
    found = [] if len(alerts) == count else [f"read {len(alerts)} alerts, promtool found {count}"]
    for alert in alerts:
        expression = alert.texts.get("expr", "")
        found += faults(metrics, expression, alert.name)
        for key in ("summary", "runbook"):
            text = alert.texts.get(key, "")
            if len(text) < 20:
                found.append(f"{alert.name}: no {key}")
            found += [f"{alert.name}: {key} uses the label {label}, which the expression has not"
                      for label in re.findall(r"\$labels\.(\w+)", text)
                      if label not in labels_left(metrics, expression)]
        if alert.texts.get("severity") not in SEVERITIES:
            found.append(f"{alert.name}: severity is none of {sorted(SEVERITIES)}")
        if f'ALERTS{{alertname="{alert.name}", alertstate="firing", severity=' not in tests:
            found.append(f"{alert.name}: no test lets it fire")
    return found
