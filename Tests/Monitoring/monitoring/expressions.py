"""What an expression may use: metrics that exist, labels that they have, values that these can have."""
import re

from monitoring.metrics import find, labels_of
from monitoring.promql import read

# What Prometheus adds to every sample; `rollout` is in scrape.example.yml.
TARGET_LABELS = {"job", "instance", "rollout"}
FROM_PROMETHEUS = {"up"}  # metrics that it makes itself


def faults(metrics, text, where):
    """What is wrong with the expression, as sentences that begin with `where`."""
    expression, found, known = read(text), [], set(TARGET_LABELS)
    if not expression.selectors:
        found.append("uses no metric")
    for selector in expression.selectors:
        if selector.name in FROM_PROMETHEUS:
            continue
        metric = find(metrics, selector.name)
        if metric is None:
            found.append(f"{selector.name} is not in metrics.txt")
            continue
        labels = labels_of(metric, selector.name)
        known |= set(labels)
        for condition in selector.conditions:
            found += _condition_faults(selector.name, labels, *condition)
    found += [f"no metric of it has the label {label}" for label in expression.grouped
              if label not in known]
    return [f"{where}: {fault}" for fault in found]


def labels_left(metrics, text):
    """The labels that the result can have, at most; a template may use no other."""
    expression = read(text)
    if expression.grouped:
        return set(expression.grouped)
    known = set(TARGET_LABELS)
    for selector in expression.selectors:
        metric = find(metrics, selector.name)
        known |= set(labels_of(metric, selector.name)) if metric else set()
    return known


def _condition_faults(name, labels, label, operator, value):
    if label in TARGET_LABELS:
        return []
    if label not in labels:
        return [f"{name} has no label {label}"]
    if not labels[label]:
        return []
    asked = value.split("|") if "~" in operator else [re.escape(value)]
    return [f'{name} never has {label}="{pattern}"' for pattern in asked
            if not any(re.fullmatch(pattern, known) for known in labels[label])]
