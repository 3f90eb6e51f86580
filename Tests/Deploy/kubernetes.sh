# shellcheck shell=bash
# The Kubernetes manifests: sourced by run.sh, which has `accepts`, `refuses`, `broken` and `have_venv`.

manifests=(deploy/kubernetes/standalone.yaml deploy/kubernetes/sidecar.yaml)

validate() { "$venv/bin/kubernetes-validate" --strict --quiet "$@"; }

agree() { /usr/bin/python3 Tests/Deploy/manifests.py "$@"; }

# disagrees NAME TEXT FILE EXPRESSION: a manifest changed by the expression is refused for that reason.
disagrees() {
    local copy
    copy=$(broken "deploy/kubernetes/$3" "$4")
    refuses "kubernetes: $1" "$2" agree "$copy"
}

check_schema() {
    local copy
    have_venv "kubernetes: kubernetes-validate" || return 0
    accepts "kubernetes: the manifests are valid" validate "${manifests[@]}"
    # The oldest version that has what sidecar.yaml needs.
    accepts "kubernetes: for 1.29 as well" validate -k 1.29.0 "${manifests[@]}"
    copy=$(broken "${manifests[0]}" 's/readinessProbe:/readyProbe:/')
    refuses "kubernetes: a wrong key" readyProbe validate "$copy"
    copy=$(broken "${manifests[1]}" 's/runAsNonRoot: true/runAsNonRoot: "true"/')
    refuses "kubernetes: a value of the wrong type" "not of type" validate "$copy"
}

check_kubernetes() {
    check_schema
    accepts "kubernetes: the parts of each manifest agree" agree "${manifests[@]}"
    disagrees "a Host that the admin listener refuses" "not in admin.hosts" standalone.yaml \
        's/(httpGet: .*port: admin)/\1, httpHeaders: [{ name: Host, value: wall }]/'
    disagrees "a probe of loopback" "on loopback" sidecar.yaml 's/admin: 0.0.0.0:8406/admin: 127.0.0.1:8406/'
    disagrees "a grace period shorter than the drain" "do not fit" standalone.yaml \
        's/(terminationGracePeriodSeconds:) 45/\1 35/'
    disagrees "a Service around methodwall" "does not listen" sidecar.yaml 's/targetPort: http/targetPort: 9000/'
    disagrees "a container without a request" "no request" sidecar.yaml 's/(requests: \{) cpu: 500m,/\1/'
    disagrees "no budget for disruptions" "no PodDisruptionBudget" standalone.yaml \
        '/^kind: PodDisruptionBudget/s/.*/kind: PodBudget/'
    disagrees "clients that reach the service" "only [8080, 8406]" sidecar.yaml \
        's/(protocol: TCP, port:) 8080/\1 9000/'
    disagrees "clients that reach the admin port" "anybody reaches" sidecar.yaml \
        '/ - from:/,/metadata.name: monitoring/d; s/^      ports: (.*8406.*)/    - ports: \1/'
    disagrees "others before the service" "by others" standalone.yaml \
        '/name: legacy-only-through/,$s#(name): methodwall#\1: somebody#'
    disagrees "a key that stands twice" "written twice" standalone.yaml 's/^( *)drain: 30s/&\n\1drain: 5s/'
    disagrees "a ConfigMap that is not there" "no ConfigMap" sidecar.yaml 's/(configMap: .*-polic)ies/\1y/'
}

# pod FILE: what pod.py says of the manifest's container, in namespaces of its own.
pod() {
    as_root unshare --net --mount --pid --fork --kill-child env PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 Tests/Deploy/pod.py "$METHODWALL_BIN" "$1"
}

check_pods() {
    local file copy
    if [[ -z ${METHODWALL_BIN:-} ]]; then
        note_skipped "pods: the containers of the manifests" "METHODWALL_BIN is not set"
        return
    fi
    run_apart as_root unshare --net --mount --pid --fork mount --make-rprivate /
    if [[ $status -ne 0 ]]; then
        note_skipped "pods: the containers of the manifests" "no namespaces: $(tail -n 1 "$work/said")"
        return
    fi
    for file in "${manifests[@]}"; do
        accepts "pods: $(basename "$file") is probed, changed and stopped" pod "$file"
    done
    copy=$(broken "${manifests[0]}" 's/(httpGet: .*port: admin)/\1, httpHeaders: [{ name: Host, value: wall }]/')
    refuses "pods: a Host that the admin listener refuses" "readinessProbe never succeeds: 421" pod "$copy"
    copy=$(broken "${manifests[1]}" 's/(\/status:) GET/\1 GETT/')
    refuses "pods: a first policy with a mistake" "start: it ended with 1" pod "$copy"
    copy=$(broken "${manifests[1]}" 's/runAsUser: 10001/runAsUser: 0/')
    refuses "pods: root" "the user not to be root" pod "$copy"
}
