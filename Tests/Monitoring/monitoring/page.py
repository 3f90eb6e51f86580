"""The page on observability: its tables have every metric and every alert, as they are."""
import re

from monitoring.rules import read_alerts

METRIC = re.compile(r"^\| `(\w+)` \| (\w+)(?:: ([^|]+))? \|", re.MULTILINE)
ALERT = re.compile(r"^\| `(Methodwall\w+)` \| (page|ticket) \|", re.MULTILINE)


def page_faults(metrics, page, rules):
    """What the page says wrong, as sentences."""
    told = {name: (kind, {label.strip() for label in (labels or "").split(",") if label.strip()})
            for name, kind, labels in METRIC.findall(page) if kind not in ("page", "ticket")}
    real = {metric.name: (metric.kind, set(metric.labels)) for metric in metrics.values()}
    alerts = {alert.name: alert.texts.get("severity") for alert in read_alerts(rules)}
    return _compared(told, real) + _compared(dict(ALERT.findall(page)), alerts)


def _compared(told, real):
    return [f"the page has {name} as {told.get(name, 'nothing')}; it is {real.get(name, 'nothing')}"
            for name in sorted({*told, *real}) if told.get(name) != real.get(name)]
