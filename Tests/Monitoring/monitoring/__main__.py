"""Checks the alert rules and the dashboard, or compares a gateway's metrics with the list.

    python3 -m monitoring prometheus DEPLOY        the files in DEPLOY/prometheus
    python3 -m monitoring grafana DEPLOY SCRATCH   those in DEPLOY/grafana; SCRATCH receives a file
    python3 -m monitoring page FILE DEPLOY         the page FILE, beside the rules and metrics.txt
    python3 -m monitoring compare FILE             the answer of a gateway to GET /metrics
    python3 -m monitoring sampled FILE             whether it has a sample of every metric
    python3 -m monitoring sample                   prints such an answer, made from the list
"""
import json
import re
import subprocess
import sys

from monitoring.dashboard import dashboard_faults, expressions, filled
from monitoring.metrics import compare, read_list, unsampled
from monitoring.page import page_faults
from monitoring.rules import rule_faults
from monitoring.samples import write_exposition, write_test


def rules_of(deploy, end=""):
    """The path of the alert rules, or with `.test` of their tests."""
    return f"{deploy}/prometheus/methodwall.rules{end}.yml"


def check_rules(deploy):
    """What is wrong with the rules, their tests and the example for prometheus.yml, as sentences."""
    rules, tests = rules_of(deploy), rules_of(deploy, ".test")
    ok, said = promtool("check", "rules", rules)
    found = [] if ok else [said]
    counted = re.search(r"SUCCESS: (\d+) rules found", said)
    for arguments in (("test", "rules", tests),
                      ("check", "config", f"{deploy}/prometheus/scrape.example.yml")):
        ok, said = promtool(*arguments)
        found += [] if ok else [said]
    return found + rule_faults(read_list(), text_of(rules), text_of(tests),
                               int(counted.group(1)) if counted else 0)


def check_dashboard(deploy, scratch):
    """What is wrong with the dashboard, as sentences. `scratch` receives a file for promtool."""
    metrics = read_list()
    dashboard = json.loads(text_of(f"{deploy}/grafana/methodwall.json"))
    shown = f"{scratch}/dashboard.test.yml"
    with open(shown, "w") as file:
        file.write(write_test(metrics, [filled(text) for _, text in expressions(dashboard)]))
    ok, said = promtool("test", "rules", shown)
    return dashboard_faults(metrics, dashboard) + (
        [] if ok else ["the dashboard's expressions: " + said])


def promtool(*arguments):
    """Whether promtool was content, and what it said."""
    ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60)
    return ran.returncode == 0, (ran.stdout + ran.stderr).strip()


def text_of(path):
    """What a file holds."""
    with open(path) as file:
        return file.read()


def main(arguments):
    """Prints what is wrong; the exit code is 1 if anything is."""
    if len(arguments) == 2 and arguments[0] == "prometheus":
        found = check_rules(arguments[1])
    elif len(arguments) == 3 and arguments[0] == "grafana":
        found = check_dashboard(*arguments[1:])
    elif len(arguments) == 3 and arguments[0] == "page":
        found = page_faults(read_list(), text_of(arguments[1]), text_of(rules_of(arguments[2])))
    elif len(arguments) == 2 and arguments[0] == "compare":
        found = compare(read_list(), text_of(arguments[1]))
    elif len(arguments) == 2 and arguments[0] == "sampled":
        found = unsampled(read_list(), text_of(arguments[1]))
    elif arguments == ["sample"]:
        print(write_exposition(read_list()), end="")
        found = []
    else:
        sys.exit(__doc__)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
