import Admin
import Curl
import Gateway
import MethodPolicy
import PolicyFile

/// What the admin listener tells of: this gateway and its reloads.
struct GatewayAdmin: AdminSource {
    let gateway: Gateway
    let reloader: PolicyReloader
    let certificates: CertificateWatch
    let record: ReloadRecord
    let startedMilliseconds = ReloadRecord.unixMilliseconds()

    func readiness() async -> AdminReadiness {
        let state = record.state
        var readiness = AdminReadiness()
        if await gateway.counts().policies == nil { readiness.reasons.append("no policies loaded") }
        if state.isDraining { readiness.reasons.append("draining") }
        if let first = state.errors.first {
            readiness.warnings.append("the last reload failed: \(first)")
        }
        if let error = state.certificateError {
            readiness.warnings.append("certificates were rejected: \(error)")
        }
        readiness.warnings += gateway.certificateFaults
        return readiness
    }

    func reload() async -> AdminReload {
        var errors = [await certificates.reload()].compactMap(\.self)
        let outcome = await reloader.reloadNow()
        if case .rejected = outcome.result { errors += record.state.errors }
        return errors.isEmpty
            ? .reloaded(version: record.state.version) : .rejected(errors: errors)
    }

    func explain(_ query: ExplainQuery) async -> AdminExplanation {
        guard Method(query.method) != nil else {
            return .invalid(reason: "method: this cannot be a method")
        }
        let texts = [query.path, query.host ?? "", query.origin ?? ""]
        let isPrintable = texts.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }
        guard isPrintable, query.path.hasPrefix("/") || query.path == "*" else {
            return .invalid(reason: "path: it starts with /, and there are no spaces or controls")
        }
        let client = query.client.flatMap { NetworkAddress($0) }
        if query.client != nil, client == nil {
            return .invalid(reason: "client: this is not an address")
        }
        guard let snapshot = await gateway.counts().policies else {
            return .invalid(reason: "no policies are loaded")
        }
        let request = ExplainedRequest(
            method: query.method,
            path: query.path,
            host: query.host ?? "",
            origin: query.origin,
            client: client
        )
        return .explained(json: Explanation(of: request, by: snapshot).json())
    }

    func policy() async -> PolicyListing {
        let metrics = await gateway.counts()
        let state = record.state
        let policies = metrics.policies?.policies ?? []
        let upstreams = metrics.policies?.upstreams ?? []
        return PolicyListing(
            version: metrics.policies?.version ?? "",
            loadedAt: AdminTime(unixMilliseconds: state.loadedAtMilliseconds),
            files: state.files,
            policies: policies.enumerated().map { index, policy in
                let counts = metrics.rules.indices.contains(index) ? metrics.rules[index] : []
                return PolicyListing.Policy(
                    name: policy.name,
                    file: policy.file,
                    hosts: policy.hosts,
                    mode: policy.mode.rawValue,
                    unlisted: policy.unlisted == .forward ? "forward" : "refuse",
                    upstream: upstreams.indices.contains(policy.upstream)
                        ? upstreams[policy.upstream] : "",
                    ruleCount: policy.rules.count
                ) { Self.listed(policy.rules, $0, counts) }
            }
        )
    }

    private static func listed(
        _ rules: [CompiledRule],
        _ index: Int,
        _ counts: [RuleCounts]
    ) -> PolicyListing.Rule {
        guard rules.indices.contains(index) else {
            return PolicyListing.Rule(pattern: "", at: "", methods: [], mode: "")
        }
        let rule = rules[index]
        var listed = PolicyListing.Rule(
            pattern: rule.pattern,
            at: rule.locationText,
            methods: rule.methodNames,
            mode: rule.mode.rawValue
        )
        listed.reason = rule.reason
        listed.only = rule.only.map(\.description)
        listed.upgrade = rule.upgrades.names
        if counts.indices.contains(index) {
            listed.forwarded = UInt64(counts[index].forwarded)
            listed.refused = UInt64(counts[index].refused)
            listed.wouldRefuse = UInt64(counts[index].wouldRefuse)
        }
        return listed
    }

    func status() async -> AdminStatus {
        let metrics = await gateway.counts()
        let state = record.state
        let errors = state.errors + [state.certificateError].compactMap(\.self)
        var status = AdminStatus(
            version: Methodwall.version,
            libcurl: CurlVersion.text,
            reload: AdminStatus.Reload(
                hasSucceeded: errors.isEmpty,
                at: AdminTime(unixMilliseconds: state.lastAtMilliseconds),
                policyVersion: metrics.policies?.version ?? "",
                errors: errors
            )
        )
        let running = ReloadRecord.unixMilliseconds() - startedMilliseconds
        status.uptimeSeconds = Int(clamping: running / 1_000)
        status.isDraining = state.isDraining
        status.origins = await gateway.originStatuses().map { state in
            var origin = AdminStatus.Origin(upstream: state.upstream, target: state.target)
            origin.isHealthy = state.isHealthy
            origin.connections = state.connections
            origin.idle = state.idle
            origin.waiting = state.waiting
            origin.failures = state.failures
            return origin
        }
        status.connections = metrics.connections
        status.requests = metrics.requests
        status.forwarded = metrics.forwarded
        status.refused = metrics.refused
        status.wouldRefuse = metrics.wouldRefuse
        status.answered = metrics.answered
        status.logLinesLost = metrics.logLines.lost
        return status
    }
}
