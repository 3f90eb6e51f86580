import Foundation
import Testing

@testable import Admin

@Suite("The text format of metrics")
struct MetricsTextTests {
    private func text(_ families: MetricFamily...) -> String {
        String(decoding: MetricsText.render(families), as: UTF8.self)
    }

    private func gauge(_ value: Double) -> MetricFamily {
        MetricFamily("a", "b", .gauge, [.init([], .number(value))])
    }

    @Test("Families and samples are sorted, HELP and TYPE stand once")
    func sorts() {
        let later = MetricFamily(
            "b_total",
            "Later.",
            .counter,
            [
                .init([.init("x", "2")], .integer(2)), .init([.init("x", "10")], .integer(10)),
                .init([.init("x", "1"), .init("y", "é")], .integer(.max)),
            ]
        )
        let more = MetricFamily("b_total", "Not written.", .counter, [.init([], .integer(0))])
        let expected = """
            # HELP a b
            # TYPE a gauge
            a 1
            # HELP b_total Later.
            # TYPE b_total counter
            b_total{x="1",y="é"} 18446744073709551615
            b_total{x="10"} 10
            b_total{x="2"} 2
            b_total 0

            """
        #expect(text(later, gauge(1), more) == expected)
    }

    @Test("Backslashes, quotes and line feeds are escaped where they must be")
    func escapes() {
        let family = MetricFamily(
            "a",
            "A \"b\" \\ c\nd",
            .gauge,
            [.init([.init("x", "A \"b\" \\ c\nd")], .integer(1))]
        )
        let expected = #"""
            # HELP a A "b" \\ c\nd
            # TYPE a gauge
            a{x="A \"b\" \\ c\nd"} 1

            """#
        #expect(text(family) == expected)
    }

    @Test(
        "Numbers are written as the format has them",
        arguments: [
            (0, "0"), (-0.5, "-0.5"), (1, "1"), (1.5, "1.5"), (1e9, "1000000000"),
            (1e21, "1e+21"), (1e-7, "1e-07"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"), (1_763_840_317.042, "1763840317.042"),
        ] as [(Double, String)]
    )
    func writesNumbers(number: Double, expected: String) {
        #expect(text(gauge(number)).hasSuffix("\na \(expected)\n"))
    }

    @Test("A histogram is added up")
    func writesHistograms() {
        var histogram = HistogramCounts(bounds: [0.001, 0.5, 1])
        for value in [0.0005, 0.001, 0.25, 0.75, 30] { histogram.observe(value) }
        let expected = """
            # HELP t Time.
            # TYPE t histogram
            t_bucket{le="0.001"} 2
            t_bucket{le="0.5"} 3
            t_bucket{le="1"} 4
            t_bucket{le="+Inf"} 5
            t_sum 31.0015
            t_count 5

            """
        #expect(text(MetricFamily("t", "Time.", histogram)) == expected)
        let kept = HistogramCounts(bounds: [0.001, 0.5, 1], counts: [2, 1, 1, 1], sum: 31.0015)
        #expect(text(MetricFamily("t", "Time.", kept)) == expected)
    }

    @Test("Counts that do not fit their bounds are not lost")
    func keepsOddCounts() {
        #expect(HistogramCounts(bounds: [1], counts: [1, 2, 3], sum: 0).counts == [1, 5])
        #expect(HistogramCounts(bounds: [1, 2], counts: [1], sum: 0).counts == [1, 0, 0])
    }

    @Test("A long value of a label is cut, and stays apart from others")
    func boundsLabels() {
        let long = String(repeating: "é", count: 5000)
        let samples = [long + "a", long + "b", long + "b"].map {
            MetricFamily.Sample([.init("x", $0)], .integer(1))
        }
        let lines = text(MetricFamily("a", "b", .gauge, samples)).split(separator: "\n").dropFirst(
            2
        )
        #expect(lines.count == 2)
        #expect(Set(lines).count == 2)
        #expect(lines.allSatisfy { $0.utf8.count <= 256 + 20 && $0.contains("é…") })
        let fits = String(repeating: "x", count: 256)
        let whole = MetricFamily("a", "b", .gauge, [.init([.init("x", fits)], .integer(1))])
        #expect(text(whole).contains("{x=\"\(fits)\"}"))
    }
}

@Suite("The gateway's metrics")
struct GatewayMetricsTests {
    /// Every metric of the listener, as `docs` and dashboards name it.
    static let names: Set<String> = [
        "methodwall_build_info", "methodwall_client_connections",
        "methodwall_client_connections_total", "methodwall_client_connections_refused_total",
        "methodwall_requests_total", "methodwall_refusals_total", "methodwall_rule_requests_total",
        "methodwall_rule_series_omitted", "methodwall_responses_total",
        "methodwall_request_duration_seconds", "methodwall_origin_failures_total",
        "methodwall_origin_refusals_total", "methodwall_origin_retries_total",
        "methodwall_origin_connections", "methodwall_origin_waiting", "methodwall_origin_healthy",
        "methodwall_tunnels", "methodwall_tunnels_total", "methodwall_policy_info",
        "methodwall_policy_rules", "methodwall_policy_last_reload_success",
        "methodwall_policy_last_reload_timestamp_seconds",
        "methodwall_policy_last_success_timestamp_seconds", "methodwall_policy_reloads_total",
        "methodwall_log_lines_total", "methodwall_log_lines_lost_total",
        "methodwall_tls_certificate_expiry_timestamp_seconds",
        "methodwall_tls_certificates_last_reload_success",
        "methodwall_tls_handshake_failures_total",
        "methodwall_http2_connection_failures_total",
    ]

    private func filled() -> GatewayMetrics {
        var metrics = GatewayMetrics(version: "1.2.3", libcurl: "7.88.1")
        metrics.clientConnections = 4
        metrics.requests.forwarded = 3
        metrics.requests.wouldRefuse = 2
        metrics.requestsAnswered = 1
        metrics.refusals = ["method_not_allowed": 5]
        var decisions = GatewayMetrics.Decisions()
        decisions.refused = 6
        metrics.rules = [.init(policy: "p", rule: "/a", at: "p.yaml:3", decisions: decisions)]
        metrics.responses = [0, 7, 0, 0, 8]
        metrics.requestDuration = HistogramCounts(bounds: [0.001, 0.0025, 60])
        metrics.requestDuration.observe(0.002)
        metrics.originFailures = [.init(upstream: "u", error: "connection_refused", count: 9)]
        var origin = GatewayMetrics.Origin(upstream: "u", target: "http://127.0.0.1:9")
        origin.busy = 1
        origin.idle = 2
        origin.isHealthy = false
        metrics.origins = [origin]
        metrics.originWaiting = ["u": 11]
        metrics.policy.version = "v1"
        metrics.policy.lastReloadSeconds = 1.5
        metrics.policy.rejected = 12
        metrics.certificateExpiries = ["server.pem": 4e9]
        metrics.hasLastCertificateReloadSucceeded = false
        return metrics
    }

    @Test("Every metric has its name, kind and description")
    func namesAll() {
        let families = filled().families
        #expect(Set(families.map(\.name)) == Self.names)
        #expect(families.count == Self.names.count)
        for family in families {
            #expect(family.help.hasSuffix("."))
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
        }
    }

    @Test(
        "What is filled in is told",
        arguments: [
            ("build_info", #"{version="1.2.3",libcurl="7.88.1"} 1"#),
            ("client_connections", " 4"), ("requests_total", #"{decision="forwarded"} 3"#),
            ("requests_total", #"{decision="refused"} 0"#),
            ("requests_total", #"{decision="would_refuse"} 2"#),
            ("requests_total", #"{decision="answered"} 1"#),
            ("refusals_total", #"{reason="method_not_allowed"} 5"#),
            (
                "rule_requests_total",
                #"{policy="p",rule="/a",at="p.yaml:3",decision="refused"} 6"#
            ),
            ("rule_series_omitted", " 0"), ("responses_total", #"{class="2xx"} 7"#),
            ("responses_total", #"{class="5xx"} 8"#),
            ("request_duration_seconds_bucket", #"{le="0.001"} 0"#),
            ("request_duration_seconds_bucket", #"{le="0.0025"} 1"#),
            ("request_duration_seconds_bucket", #"{le="60"} 1"#),
            ("origin_failures_total", #"{upstream="u",error="connection_refused"} 9"#),
            (
                "origin_connections",
                #"{upstream="u",target="http://127.0.0.1:9",state="idle"} 2"#
            ),
            ("origin_healthy", #"{upstream="u",target="http://127.0.0.1:9"} 0"#),
            ("origin_waiting", #"{upstream="u"} 11"#), ("policy_info", #"{version="v1"} 1"#),
            ("policy_last_reload_success", " 1"),
            ("policy_last_reload_timestamp_seconds", " 1.5"),
            ("policy_reloads_total", #"{result="rejected"} 12"#),
            ("tls_certificates_last_reload_success", " 0"),
            (
                "tls_certificate_expiry_timestamp_seconds",
                #"{certificate="server.pem"} 4000000000"#
            ),
        ]
    )
    func tells(metric: String, sample: String) {
        let line = "methodwall_\(metric)\(sample)"
        let text = String(decoding: MetricsText.render(filled().families), as: UTF8.self)
        #expect(text.split(separator: "\n").contains { $0 == line }, "\(text)")
    }

    @Test("Every line is a comment or a sample")
    func isWellFormed() {
        let text = String(decoding: MetricsText.render(filled().families), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n") {
            let isSample = line.wholeMatch(of: /\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+/) != nil
            #expect(isSample || line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE "), "\(line)")
        }
    }

    @Test("A rule without requests has no series, and there are at most 2000")
    func boundsRuleSeries() {
        var metrics = GatewayMetrics(version: "1", libcurl: "2")
        var decisions = GatewayMetrics.Decisions()
        metrics.rules = [.init(policy: "p", rule: "/none", at: "p.yaml:1", decisions: decisions)]
        decisions.forwarded = 1
        decisions.refused = 1
        metrics.rules += (0..<1500).map {
            .init(policy: "p", rule: "/\($0)", at: "p.yaml:\($0 + 2)", decisions: decisions)
        }
        let text = String(decoding: MetricsText.render(metrics.families), as: UTF8.self)
        let series = text.split(separator: "\n").filter {
            $0.hasPrefix("methodwall_rule_requests_total{")
        }
        #expect(series.count == 2000)
        #expect(!series.contains { $0.contains("/none") })
        #expect(text.contains("\nmethodwall_rule_series_omitted 1000\n"))
    }
}

@Suite("The process' own metrics")
struct ProcessMetricsTests {
    @Test("The fields of /proc/self/stat are found behind any name of a program")
    func readsStat() {
        let fields = ["S"] + (4...52).map(String.init)
        var metrics = ProcessMetrics()
        metrics.take(stat: "77 (a) b (c)) " + fields.joined(separator: " "), ticks: 100, boot: 1000)
        #expect(metrics.cpuSeconds == 0.29)
        #expect(metrics.startSeconds == 1000.22)
        #expect(metrics.residentBytes.map { $0.truncatingRemainder(dividingBy: 24) } == 0)
    }

    @Test("This process has all of them")
    func readsOwn() throws {
        let metrics = ProcessMetrics.read()
        #expect(metrics.families.count == 5)
        #expect(try #require(metrics.residentBytes) > 1_000_000)
        #expect(try #require(metrics.openDescriptors) >= 3)
        #expect(try #require(metrics.descriptorsMax) >= Double(metrics.openDescriptors ?? 0))
        let now = Double(AdminTime.now.unixMilliseconds) / 1000
        // Started in the past, and not before the machine.
        let start = try #require(metrics.startSeconds)
        #expect(start <= now + 1)
        #expect(start >= (ProcFile.bootSeconds ?? 0))
    }

    @Test("Open descriptors are counted without the one that counts")
    func countsDescriptors() throws {
        // Other tests open and close some meanwhile; many at once still show.
        let before = try #require(ProcFile.openDescriptors())
        let files = try (0..<200).map { _ in try #require(FileHandle(forReadingAtPath: "/dev/null"))
        }
        let after = try #require(ProcFile.openDescriptors())
        #expect(after - before > 100)
        withExtendedLifetime(files) {}
    }
}
