private typealias Sample = MetricFamily.Sample

extension GatewayMetrics {
    /// The largest number of series of `methodwall_rule_requests_total`.
    static var ruleSeriesMax: Int { 2000 }

    /// Every metric with its name and description.
    public var families: [MetricFamily] {
        clientFamilies + requestFamilies + ruleFamilies + originFamilies + tunnelFamilies
            + policyFamilies + logFamilies + tlsFamilies
    }

    private var clientFamilies: [MetricFamily] {
        [
            MetricFamily(
                "methodwall_build_info",
                "The versions of methodwall and libcurl; always 1.",
                .gauge,
                [Sample([.init("version", version), .init("libcurl", libcurl)], .integer(1))]
            ),
            .gauge(
                "methodwall_client_connections",
                "Open connections of clients.",
                clientConnections
            ),
            .counter(
                "methodwall_client_connections_total",
                "Connections of clients that came, refused ones as well.",
                clientConnectionsTotal
            ),
            .counter(
                "methodwall_client_connections_refused_total",
                "Connections of clients that were closed at once because there were too many.",
                clientConnectionsRefused
            ),
        ]
    }

    private var requestFamilies: [MetricFamily] {
        let decisions =
            requests.samples(zeros: true) + [
                Sample([.init("decision", "answered")], .integer(requestsAnswered))
            ]
        let classes = zip(["1xx", "2xx", "3xx", "4xx", "5xx"], responses).map {
            Sample([.init("class", $0)], .integer($1))
        }
        return [
            MetricFamily(
                "methodwall_requests_total",
                "Requests by what became of them.",
                .counter,
                decisions
            ),
            MetricFamily(
                "methodwall_refusals_total",
                "Refusals by reason.",
                .counter,
                refusals.map { Sample([.init("reason", $0)], .integer($1)) }
            ),
            MetricFamily(
                "methodwall_responses_total",
                "Responses of origin servers by class of status code.",
                .counter,
                classes
            ),
            MetricFamily(
                "methodwall_request_duration_seconds",
                "Time of forwarded requests from the head read to the response sent.",
                requestDuration
            ),
        ]
    }

    /// Rules come in the order of the policies, and those that go beyond the bound are left out, so
    /// that the series of a rule does not come and go with the counts of others.
    private var ruleFamilies: [MetricFamily] {
        var samples: [Sample] = []
        var omitted = 0
        for rule in rules {
            let decisions = rule.decisions.samples(zeros: false)
            guard samples.count + decisions.count <= Self.ruleSeriesMax else {
                omitted += decisions.count
                continue
            }
            let labels = [
                MetricLabel("policy", rule.policy), MetricLabel("rule", rule.rule),
                MetricLabel("at", rule.at),
            ]
            samples += decisions.map { Sample(labels + $0.labels, $0.value) }
        }
        return [
            MetricFamily(
                "methodwall_rule_requests_total",
                "Requests by the rule that decided and by what became of them.",
                .counter,
                samples
            ),
            .gauge(
                "methodwall_rule_series_omitted",
                "Series of methodwall_rule_requests_total that are left out beyond the bound.",
                omitted
            ),
        ]
    }

    private var originFamilies: [MetricFamily] {
        let failures = originFailures.map {
            Sample([.init("upstream", $0.upstream), .init("error", $0.error)], .integer($0.count))
        }
        let connections = origins.flatMap { origin in
            [
                Sample(origin.labels + [.init("state", "busy")], .number(Double(origin.busy))),
                Sample(origin.labels + [.init("state", "idle")], .number(Double(origin.idle))),
            ]
        }
        return [
            MetricFamily(
                "methodwall_origin_failures_total",
                "Requests that an origin server did not answer, by kind of failure.",
                .counter,
                failures
            ),
            .counter(
                "methodwall_origin_refusals_total",
                "Responses 405 of origin servers to what the policy allows.",
                originRefusals
            ),
            .counter(
                "methodwall_origin_retries_total",
                "Requests that were sent to an origin server a second time.",
                originRetries
            ),
            MetricFamily(
                "methodwall_origin_connections",
                "Open connections to origin servers.",
                .gauge,
                connections
            ),
            MetricFamily(
                "methodwall_origin_waiting",
                "Requests that wait for a connection to an origin server.",
                .gauge,
                originWaiting.map { Sample([.init("upstream", $0)], .number(Double($1))) }
            ),
            MetricFamily(
                "methodwall_origin_healthy",
                "Whether the origin server is given requests: 1 or 0.",
                .gauge,
                origins.map { Sample($0.labels, .integer($0.isHealthy ? 1 : 0)) }
            ),
        ]
    }

    private var tunnelFamilies: [MetricFamily] {
        [
            .gauge(
                "methodwall_tunnels",
                "Open tunnels of requests that switched protocols.",
                tunnels
            ),
            .counter(
                "methodwall_tunnels_total",
                "Tunnels of requests that switched protocols.",
                tunnelsTotal
            ),
        ]
    }

    private var logFamilies: [MetricFamily] {
        [
            .counter("methodwall_log_lines_total", "Lines of the logs.", logLines),
            .counter(
                "methodwall_log_lines_lost_total",
                "Lines that could not be written to a log.",
                logLinesLost
            ),
        ]
    }

    private var tlsFamilies: [MetricFamily] {
        [
            MetricFamily(
                "methodwall_tls_certificate_expiry_timestamp_seconds",
                "When the certificate expires, in seconds since 1970.",
                .gauge,
                certificateExpiries.map { Sample([.init("certificate", $0)], .number($1)) }
            ),
            .gauge(
                "methodwall_tls_certificates_last_reload_success",
                "Whether the certificates were in order when they were last read: 1 or 0.",
                hasLastCertificateReloadSucceeded ? 1 : 0
            ),
            .counter(
                "methodwall_tls_handshake_failures_total",
                "TLS handshakes with clients that failed.",
                tlsHandshakeFailures
            ),
            .counter(
                "methodwall_http2_connection_failures_total",
                "HTTP/2 connections that were closed for what their clients did.",
                http2ConnectionFailures
            ),
        ]
    }
}

extension GatewayMetrics {
    private var policyFamilies: [MetricFamily] {
        let info = policy.version.isEmpty ? [] : [policy.version]
        let results = [
            ("replaced", policy.replaced), ("unchanged", policy.unchanged),
            ("rejected", policy.rejected),
        ]
        return [
            MetricFamily(
                "methodwall_policy_info",
                "The version of the policies in force; always 1.",
                .gauge,
                info.map { Sample([.init("version", $0)], .integer(1)) }
            ),
            .gauge("methodwall_policy_rules", "Rules in force.", policy.rules),
            .gauge(
                "methodwall_policy_last_reload_success",
                "Whether the last load of the policies was in order: 1 or 0.",
                policy.hasLastReloadSucceeded ? 1 : 0
            ),
            MetricFamily(
                "methodwall_policy_last_reload_timestamp_seconds",
                "When the policies were last read, in seconds since 1970.",
                .gauge,
                policy.lastReloadSeconds.map { [Sample([], .number($0))] } ?? []
            ),
            MetricFamily(
                "methodwall_policy_last_success_timestamp_seconds",
                "When the policies were last read and in order, in seconds since 1970.",
                .gauge,
                policy.lastSuccessSeconds.map { [Sample([], .number($0))] } ?? []
            ),
            MetricFamily(
                "methodwall_policy_reloads_total",
                "Reloads of the policies by what came of them.",
                .counter,
                results.map { Sample([.init("result", $0)], .integer($1)) }
            ),
        ]
    }
}

extension GatewayMetrics.Decisions {
    /// A sample for each decision, or for those that there were.
    fileprivate func samples(zeros: Bool) -> [MetricFamily.Sample] {
        [("forwarded", forwarded), ("refused", refused), ("would_refuse", wouldRefuse)]
            .filter { zeros || $0.1 > 0 }
            .map { Sample([.init("decision", $0)], .integer($1)) }
    }
}

extension GatewayMetrics.Origin {
    fileprivate var labels: [MetricLabel] {
        [MetricLabel("upstream", upstream), MetricLabel("target", target)]
    }
}

extension MetricFamily {
    fileprivate static func counter(_ name: String, _ help: String, _ value: UInt64) -> Self {
        MetricFamily(name, help, .counter, [Sample([], .integer(value))])
    }

    fileprivate static func gauge(_ name: String, _ help: String, _ value: Int) -> Self {
        MetricFamily(name, help, .gauge, [Sample([], .number(Double(value)))])
    }
}
