#!/usr/bin/env bash
# Checks the alert rules and the dashboard in deploy/: promtool accepts them, the rules' tests pass, and
# they use no metric, label or value that metrics.txt does not list; and the tables of metrics and alerts in
# Observability.md. Then sees that broken copies fail. What a gateway answers to GET /metrics has all that
# metrics.txt lists and nothing else.
#
#   Tests/Monitoring/run.sh                  METHODWALL_BIN is the gateway, or else the debug build
#   Tests/Monitoring/run.sh --metrics FILE   only compares FILE, a gateway's answer to GET /metrics:
#                                            every metric of metrics.txt is there, promtool accepts it
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caller=$PWD
cd "$folder/../.."
source deploy/packages.sh
source "$folder/gateway.sh"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder

pages=Sources/methodwall/Documentation.docc
exposition=
while [[ $# -gt 0 ]]; do
    case $1 in
    --metrics)
        [[ $# -ge 2 ]] || fail "--metrics needs a file"
        exposition=$(cd "$caller" && realpath -e "$2") || fail "no such file: $2"
        shift
        ;;
    -h | --help)
        sed -n '2,9s/^# \{0,1\}//p' "$folder/run.sh"
        exit 0
        ;;
    *) fail "unknown option: $1 (see run.sh --help)" ;;
    esac
    shift
done

need_packages prometheus python3

scratch=$(mktemp -d)
trap 'stop_gateway; rm -rf "$scratch"' EXIT

# compare FILE: whether it is what metrics.txt says; promtool also complains of bad names and no help.
compare() {
    python3 -m monitoring compare "$1" && promtool check metrics <"$1"
}

# check DEPLOY PART: the files in DEPLOY/PART; or, if PART is Observability.md, that page in DEPLOY.
check() {
    case $2 in
    grafana) python3 -m monitoring grafana "$1" "$scratch" ;;
    prometheus) python3 -m monitoring prometheus "$1" ;;
    *) python3 -m monitoring page "$1/$2" deploy ;;
    esac
}

# breaks NAME EXPECTED FILE SED: a copy of the files in which sed changed FILE fails, and says EXPECTED.
breaks() {
    local name=$1 expected=$2 file=$3 edit=$4 copy=$scratch/copy
    rm -rf "$copy"
    mkdir "$copy"
    cp -r deploy/prometheus deploy/grafana "$pages/Observability.md" "$copy"
    cp "$copy/$file" "$scratch/before"
    sed -i -E "$edit" "$copy/$file"
    if cmp -s "$scratch/before" "$copy/$file"; then
        fail "$name: sed changed nothing in $file"
    fi
    if check "$copy" "${file%%/*}" >"$scratch/said"; then
        fail "not noticed: $name"
    fi
    grep -q -- "$expected" "$scratch/said" || {
        cat "$scratch/said" >&2
        fail "$name: failed without saying: $expected"
    }
    printf 'noticed: %s\n' "$name"
}

# compare_all FILE: the same, and that there is a sample of every metric.
compare_all() {
    compare "$1" && python3 -m monitoring sampled "$1"
}

# breaks_metrics NAME EXPECTED SED: a gateway's metrics that sed changed do not pass.
breaks_metrics() {
    local name=$1 expected=$2 edit=$3
    sed -E "$edit" "$scratch/gateway/metrics" >"$scratch/metrics"
    if cmp -s "$scratch/gateway/metrics" "$scratch/metrics"; then
        fail "$name: sed changed nothing"
    fi
    if compare_all "$scratch/metrics" >"$scratch/said" 2>&1; then
        fail "not noticed: $name"
    fi
    grep -q -- "$expected" "$scratch/said" || {
        cat "$scratch/said" >&2
        fail "$name: failed without saying: $expected"
    }
    printf 'noticed: %s\n' "$name"
}

if [[ -n $exposition ]]; then
    say "comparing $exposition with metrics.txt"
    compare "$exposition"
    say "every metric is there"
    exit 0
fi

need_packages curl openssl
program=${METHODWALL_BIN:-}
if [[ -n $program ]]; then
    program=$(cd "$caller" && realpath -e "$program") || fail "no such file: $METHODWALL_BIN"
else
    need_swift
    program=$(swift build --show-bin-path)/methodwall
fi
[[ -x $program ]] || fail "no program at $program: build it, or set METHODWALL_BIN"

say "rules, their tests, the example for prometheus.yml, the dashboard, the page"
check deploy prometheus
check deploy grafana
check "$pages" Observability.md
say "an answer to GET /metrics that is made from the list"
python3 -m monitoring sample >"$scratch/sample"
compare_all "$scratch/sample"
say "what a gateway answers"
tell "$program" "$scratch/gateway"
compare_all "$scratch/gateway/metrics"

say "broken copies"
rules=prometheus/methodwall.rules.yml
board=grafana/methodwall.json
breaks "an expression that is no PromQL" "could not parse expression" \
    $rules 's/(expr: methodwall_origin_healthy ==) 0/\1/'
breaks "a metric that does not exist, in a rule" "methodwall_log_lines_dropped_total is not in" \
    $rules 's/methodwall_log_lines_lost_total/methodwall_log_lines_dropped_total/'
breaks "a label that does not exist, in a rule" "has no label result" \
    $rules 's/decision="would_refuse", rollout/result="would_refuse", rollout/'
breaks "a value that does not exist, in a rule" "never has decision=\"permitted\"" \
    $rules 's/decision="forwarded"/decision="permitted"/'
breaks "a summary with a label that is not there" "summary uses the label upstream" \
    $rules 's/(\$labels\.)reason/\1upstream/'
breaks "an alert without a runbook" "MethodwallDown: no runbook" \
    $rules '0,/runbook: \|/s//runbooks: |/'
breaks "an alert that waits too long" "MethodwallReloadFailed" \
    $rules 's/for: 5m/for: 50m/'
breaks "a threshold that is too high" "MethodwallOriginFailures" \
    $rules 's/> 0\.05$/> 0.5/'
breaks "an alert without a test" "MethodwallLogLinesLost: no test lets it fire" \
    prometheus/methodwall.rules.test.yml 's/MethodwallLogLinesLost/MethodwallLost/'
breaks "an example that Prometheus does not take" "scrape_intervall" \
    prometheus/scrape.example.yml 's/scrape_interval:/scrape_intervall:/'
breaks "a metric that does not exist, in the dashboard" "methodwall_requests is not in" \
    $board 's/methodwall_requests_total/methodwall_requests/'
breaks "an expression that is no PromQL, in the dashboard" "dashboard.s expressions" \
    $board 's/sum\(rate\(methodwall_requests_total/sum(rates(methodwall_requests_total/'
breaks "an expression that finds nothing" "dashboard.s expressions" \
    $board 's/ > 0\)"/ > 1000000000)"/'
breaks "a panel that shows all instances" "not limited to .instance" \
    $board 's/process_open_fds\{job=~\\"\$job\\", instance=~\\"\$instance\\"/process_open_fds{job=~\\"$job\\"/'
breaks "a panel without a unit" "Memory: no unit" \
    $board '/"title": "Memory"/,/"options"/s/"unit": "bytes",//'
breaks "two panels in one place" "lies on" \
    $board '0,/"x": 3,/s//"x": 2,/'
breaks "a legend with a label that is not there" "the legend names cause" \
    $board 's/\{\{reason\}\}/{{cause}}/'
breaks "a metric that the page leaves out" "the page has methodwall_tunnels as nothing" \
    Observability.md '/^\| `methodwall_tunnels` /d'
breaks "a label that the page has wrong" "the page has methodwall_origin_waiting as" \
    Observability.md 's/^(\| `methodwall_origin_waiting` \| gauge: )upstream/\1target/'
breaks "an alert that the page has wrong" "the page has MethodwallDown as ticket" \
    Observability.md 's/^(\| `MethodwallDown` \| )page/\1ticket/'
breaks_metrics "a metric that is missing" "methodwall_tunnels is missing" \
    's/^(# TYPE |# HELP )?methodwall_tunnels\b.*//; s/^# (TYPE|HELP) methodwall_tunnels .*//'
breaks_metrics "a metric of another type" "methodwall_tunnels is a counter, not a gauge" \
    's/^(# TYPE methodwall_tunnels) gauge/\1 counter/'
breaks_metrics "a metric that is not in the list" "methodwall_more_total is not in metrics.txt" \
    's/^# HELP methodwall_tunnels .*/# HELP methodwall_more_total More.\n# TYPE methodwall_more_total counter\nmethodwall_more_total 1\n&/'
breaks_metrics "a value that a label cannot have" "has decision=.dropped." \
    's/decision="answered"/decision="dropped"/'
breaks_metrics "a label too many" "has the labels" \
    's/^methodwall_tunnels /methodwall_tunnels{state="open"} /'
breaks_metrics "a metric without a sample" "no sample of methodwall_rule_requests_total" \
    '/^methodwall_rule_requests_total/d'
breaks_metrics "a metric without help" "no help text" \
    's/^# HELP methodwall_tunnels .*//'
say "rules and dashboard are sound, and the checks can fail"
