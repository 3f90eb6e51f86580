"""Series for every metric of the list: in a promtool test, and as a gateway would tell them."""
from itertools import product

from monitoring.metrics import PARTS

TARGET = {"job": ("methodwall",), "instance": ("a",)}
BOUNDS = ("0.001", "0.1", "1", "60", "+Inf")


def write_test(metrics, expressions):
    """The text of a test file that fails for each expression which finds none of the series."""
    lines = ["rule_files: []", "evaluation_interval: 1m", "tests:", "  - interval: 1m",
             "    input_series:"]
    for metric in metrics.values():
        for series in _series(metric, TARGET):
            lines += [f"      - series: '{series}'", "        values: 0+60x120"]
    lines.append("    promql_expr_test:")
    for expression in expressions:
        asked = expression.replace("'", "''")
        lines += [f"      - expr: 'count({asked}) > bool 0'", "        eval_time: 90m",
                  "        exp_samples: [{ labels: '{}', value: 1 }]"]
    return "\n".join(lines) + "\n"


def write_exposition(metrics):
    """An answer to GET /metrics that has every metric, in Prometheus' text format."""
    lines = []
    for metric in metrics.values():
        lines += [f"# HELP {metric.name} A sample.", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{series} 1" for series in _series(metric, {})]
    return "\n".join(lines) + "\n"


def _series(metric, target):
    """The series of a metric: one for each combination of the values that its labels can have."""
    labels = {**target, **metric.labels}
    names = [metric.name]
    if metric.kind == "histogram":
        names = [metric.name + part for part in PARTS]
    for name in names:
        own = {**labels, "le": BOUNDS} if name.endswith("_bucket") else labels
        for values in product(*(values or ("some",) for values in own.values())):
            pairs = ", ".join(f'{label}="{value}"' for label, value in zip(own, values))
            yield f"{name}{{{pairs}}}" if pairs else name
