import Admin
import Curl
import Gateway
import MethodPolicy

extension GatewayAdmin {
    func metrics() async -> GatewayMetrics {
        let seen = await gateway.counts()
        var metrics = GatewayMetrics(version: Methodwall.version, libcurl: CurlVersion.text)
        metrics.clientConnections = seen.connections
        metrics.clientConnectionsTotal = seen.connectionsTotal
        metrics.clientConnectionsRefused = seen.connectionsRefused
        metrics.requests.forwarded = seen.forwarded
        metrics.requests.refused = seen.refused
        metrics.requests.wouldRefuse = seen.wouldRefuse
        metrics.requestsAnswered = seen.answered
        metrics.refusals = seen.refusals
        metrics.rules = rules(of: seen)
        metrics.responses = seen.responses
        metrics.requestDuration = HistogramCounts(
            bounds: seen.durationBounds,
            counts: seen.durations,
            sum: seen.durationSeconds
        )
        metrics.originFailures = seen.failures.map { kind, count in
            GatewayMetrics.OriginFailures(upstream: kind.upstream, error: kind.error, count: count)
        }
        metrics.originRefusals = seen.originRefusals
        metrics.originRetries = seen.retries
        for state in await gateway.originStatuses() {
            var origin = GatewayMetrics.Origin(
                upstream: state.upstream,
                target: state.target
            )
            origin.busy = state.connections - state.idle
            origin.idle = state.idle
            origin.isHealthy = state.isHealthy
            metrics.origins.append(origin)
            // Each target tells how many wait for any of them.
            metrics.originWaiting[state.upstream] = state.waiting
        }
        metrics.tunnels = Int(clamping: seen.tunnels)
        metrics.tunnelsTotal = seen.tunnelsTotal
        metrics.logLines = seen.logLines.written
        metrics.logLinesLost = seen.logLines.lost
        metrics.tlsHandshakeFailures = seen.handshakesFailed
        metrics.http2ConnectionFailures = seen.http2ConnectionsFailed
        for certificate in gateway.certificateValidities {
            metrics.certificateExpiries[certificate.file] = Double(certificate.notAfter)
        }
        metrics.hasLastCertificateReloadSucceeded = record.state.certificateError == nil
        metrics.policy = policy(of: seen)
        return metrics
    }

    private func rules(of seen: GatewayCounts) -> [GatewayMetrics.Rule] {
        var rules: [GatewayMetrics.Rule] = []
        for (policy, counts) in zip(seen.policies?.policies ?? [], seen.rules) {
            for (rule, count) in zip(policy.rules, counts) where !count.isEmpty {
                var decisions = GatewayMetrics.Decisions()
                decisions.forwarded = UInt64(count.forwarded)
                decisions.refused = UInt64(count.refused)
                decisions.wouldRefuse = UInt64(count.wouldRefuse)
                rules.append(
                    .init(
                        policy: policy.name,
                        rule: rule.pattern,
                        at: rule.locationText,
                        decisions: decisions
                    )
                )
            }
        }
        return rules
    }

    private func policy(of seen: GatewayCounts) -> GatewayMetrics.Policy {
        let state = record.state
        var policy = GatewayMetrics.Policy()
        policy.version = seen.policies?.version ?? ""
        policy.rules = seen.policies?.policies.reduce(0) { $0 + $1.rules.count } ?? 0
        policy.hasLastReloadSucceeded = state.isLastGood
        policy.lastReloadSeconds = Double(state.lastAtMilliseconds) / 1_000
        policy.lastSuccessSeconds = Double(state.lastGoodAtMilliseconds) / 1_000
        policy.replaced = state.replaced
        policy.unchanged = state.unchanged
        policy.rejected = state.rejected
        return policy
    }
}
