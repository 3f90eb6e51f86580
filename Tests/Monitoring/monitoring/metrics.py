"""The metrics that a gateway has: read from metrics.txt, compared with what a gateway tells."""
import os
import re
from dataclasses import dataclass, field

LIST = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "metrics.txt")
PARTS = ("_bucket", "_sum", "_count")  # what a histogram's samples are called
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass
class Metric:
    """A metric. `labels` has the values that each label can have; none stands for any."""
    name: str
    kind: str
    labels: dict = field(default_factory=dict)


def read_list(path=LIST):
    """The metrics of the list, by name."""
    metrics = {}
    with open(path) as file:
        for line in file:
            words = line.split("#")[0].split()
            if not words:
                continue
            name, kind, *labels = words
            values = (label.partition("=") for label in labels)
            metrics[name] = Metric(name, kind, {
                label: tuple(text.split("|")) if text else () for label, _, text in values})
    return metrics


def find(metrics, name):
    """The metric that a sample's or an expression's name belongs to, or None.

    A histogram has samples under its name with an ending, and none under its name alone.
    """
    for part in PARTS:
        whole = metrics.get(name.removesuffix(part))
        if name.endswith(part) and whole and whole.kind == "histogram":
            return whole
    metric = metrics.get(name)
    return None if metric and metric.kind == "histogram" else metric


def labels_of(metric, name):
    """The labels of a sample's name: those of the metric, and `le` of a histogram's buckets."""
    return {**metric.labels, **({"le": ()} if name != metric.name and name.endswith("_bucket") else {})}


def compare(metrics, exposition):
    """What is wrong with a gateway's answer to GET /metrics, as sentences."""
    found = []
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE))
    for name, metric in metrics.items():
        if name not in kinds:
            found.append(f"{name} is missing")
        elif kinds[name] != metric.kind:
            found.append(f"{name} is a {kinds[name]}, not a {metric.kind}")
    found += [f"{name} is not in metrics.txt" for name in kinds if name not in metrics]
    for line in exposition.splitlines():
        if line and not line.startswith("#"):
            found += _sample_faults(metrics, line)
    return found


def unsampled(metrics, exposition):
    """The metrics of which an answer to GET /metrics has no sample, as sentences."""
    seen = set()
    for line in exposition.splitlines():
        match = SAMPLE.match(line)
        metric = find(metrics, match.group(1)) if match else None
        seen |= {metric.name} if metric else set()
    return [f"no sample of {name}" for name in metrics if name not in seen]


def _sample_faults(metrics, line):
    match = SAMPLE.match(line)
    if not match:
        return [f"not a sample: {line}"]
    name, text = match.groups()
    metric = find(metrics, name)
    if metric is None:
        return [f"a sample of {name}, which is not in metrics.txt"]
    expected, labels = labels_of(metric, name), dict(LABEL.findall(text or ""))
    if set(labels) != set(expected):
        return [f"{name} has the labels {sorted(labels)}, not {sorted(expected)}"]
    return [f'{name} has {label}="{value}"' for label, value in labels.items()
            if expected[label] and value not in expected[label]]
