import Foundation
import TestKit
import Testing

/// Each metric has a value of its own, so that none can stand in the place of another.
@Suite("What the metrics of a running gateway say", .blocking)
struct MetricsTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func origin() throws -> RawOrigin { try RawOrigin.answering(Self.answer) }

    @Test("Connections of clients: open ones, all of them, and refused ones among these")
    func countsConnections() throws {
        let metered = try MeteredGateway(origin(), more: "limits: { connections: 4 }")
        let clients = try (0..<4).map { _ in try metered.gateway.connect() }
        for client in clients { #expect(try client.exchange(request("GET", "/")).status == 200) }
        for _ in 0..<2 { #expect(try metered.gateway.connect().readResponse().status == 503) }
        clients[0].close()
        try metered.expectSamples(
            """
            methodwall_client_connections 3
            methodwall_client_connections_refused_total 2
            methodwall_client_connections_total 6
            methodwall_refusals_total{reason="too_many_connections"} 2
            """
        )
        withExtendedLifetime(clients) {}
    }

    @Test("Requests by what became of them, in all and by rule")
    func countsDecisions() throws {
        let policy = """
            methodwall: 1
            policy: shop
            paths:
              /open: GET
              /trial: { allow: GET, mode: report }
            """
        let metered = try MeteredGateway(origin(), policy: policy)
        for (method, path, status, count) in [
            ("GET", "/open", 200, 4), ("DELETE", "/open", 405, 3), ("OPTIONS", "/open", 204, 5),
            ("GET", "/trial", 200, 6), ("DELETE", "/trial", 200, 2),
        ] {
            for _ in 0..<count {
                #expect(try metered.gateway.exchange(request(method, path)).status == status)
            }
        }
        let open = "policy=\"shop\",rule=\"/open\",at=\"policies/shop.yaml:4\""
        let trial = "policy=\"shop\",rule=\"/trial\",at=\"policies/shop.yaml:5\""
        try metered.expectSamples(
            """
            methodwall_requests_total{decision="answered"} 5
            methodwall_requests_total{decision="forwarded"} 12
            methodwall_requests_total{decision="refused"} 3
            methodwall_requests_total{decision="would_refuse"} 2
            methodwall_refusals_total{reason="method_not_allowed"} 3
            methodwall_rule_requests_total{\(open),decision="forwarded"} 4
            methodwall_rule_requests_total{\(open),decision="refused"} 3
            methodwall_rule_requests_total{\(trial),decision="forwarded"} 8
            methodwall_rule_requests_total{\(trial),decision="would_refuse"} 2
            methodwall_rule_series_omitted 0
            """
        )
    }

    @Test("Responses of origins by their class, interim ones included")
    func countsResponses() throws {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                let status = request.target.dropFirst()
                if status == "103" {
                    try connection.send("HTTP/1.1 103 Early Hints\r\n\r\n" + Self.answer)
                } else {
                    try connection.send("HTTP/1.1 \(status) Some\r\nContent-Length: 0\r\n\r\n")
                }
            }
        }
        let metered = try MeteredGateway(origin)
        for (path, status, count) in [
            ("/103", 200, 1), ("/200", 200, 5), ("/302", 302, 2), ("/404", 404, 3),
            ("/500", 500, 4),
        ] {
            for _ in 0..<count {
                #expect(try metered.gateway.exchange(request("GET", path)).status == status)
            }
        }
        try metered.expectSamples(
            """
            methodwall_responses_total{class="1xx"} 1
            methodwall_responses_total{class="2xx"} 6
            methodwall_responses_total{class="3xx"} 2
            methodwall_responses_total{class="4xx"} 3
            methodwall_responses_total{class="5xx"} 4
            methodwall_request_duration_seconds_count 15
            """
        )
    }

    @Test("Tunnels: open ones, and all of them")
    func countsTunnels() throws {
        let fields = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        let origin = try RawOrigin { connection in
            _ = try connection.readRequest()
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            )
            _ = try connection.readSome(within: .seconds(60))
        }
        let policy = "methodwall: 1\npaths:\n  /live: { allow: GET, upgrade: websocket }\n"
        let metered = try MeteredGateway(origin, policy: policy)
        let clients = try (0..<3).map { _ in try metered.gateway.connect() }
        for client in clients {
            try client.send(request("GET", "/live", fields))
            #expect(try client.readHead().startLine == "HTTP/1.1 101 Switching Protocols")
        }
        clients[0].close()
        try metered.expectSamples(
            """
            methodwall_client_connections 2
            methodwall_client_connections_total 3
            methodwall_responses_total{class="1xx"} 3
            methodwall_responses_total{class="2xx"} 0
            methodwall_responses_total{class="3xx"} 0
            methodwall_responses_total{class="4xx"} 0
            methodwall_responses_total{class="5xx"} 0
            methodwall_tunnels 2
            methodwall_tunnels_total 3
            """
        )
        withExtendedLifetime(clients) {}
    }

    @Test("Reloads by what came of them, and when the last ones were")
    func countsReloads() throws {
        let metered = try MeteredGateway(origin())
        func write(_ policy: String) throws {
            try metered.gateway.folder.write(policy, to: "policies/shop.yaml")
        }
        // Each change is found by itself, and nothing is asked for before it was.
        let good = "methodwall: 1\npaths:\n  /a: GET\n  /b: GET\n  /c: GET\n"
        try write(good)
        try metered.expectSamples(Self.reloads(rejected: 0, replaced: 1, unchanged: 0))
        // What is asked for is put in force, whether or not it is new.
        for _ in 0..<2 { #expect(try metered.ask("POST", "/reload").status == 200) }
        try write(good)
        try metered.expectSamples(Self.reloads(rejected: 0, replaced: 3, unchanged: 1))
        try metered.expectSamples("methodwall_policy_last_reload_success 1")
        let breaking = Date().timeIntervalSince1970
        try write("methodwall: 1\npaths: { /a: GETT }\n")
        try metered.expectSamples(Self.reloads(rejected: 1, replaced: 3, unchanged: 1))
        #expect(try metered.ask("POST", "/reload").status == 409)
        let listing = try JSONSerialization.jsonObject(
            with: Data(metered.ask("GET", "/policy").body)
        )
        let version = try #require((listing as? [String: Any])?["version"] as? String)
        try metered.expectSamples(
            """
            methodwall_policy_info{version="\(version)"} 1
            methodwall_policy_last_reload_success 0
            methodwall_policy_rules 3
            """
        )
        try metered.expectSamples(Self.reloads(rejected: 2, replaced: 3, unchanged: 1))
        // They are told in milliseconds.
        let last = try metered.value("methodwall_policy_last_reload_timestamp_seconds")
        #expect(last > breaking - 0.001 && last <= Date().timeIntervalSince1970)
        #expect(try metered.value("methodwall_policy_last_success_timestamp_seconds") <= breaking)
    }

    private static func reloads(rejected: Int, replaced: Int, unchanged: Int) -> String {
        """
        methodwall_policy_reloads_total{result="rejected"} \(rejected)
        methodwall_policy_reloads_total{result="replaced"} \(replaced)
        methodwall_policy_reloads_total{result="unchanged"} \(unchanged)
        """
    }
}

extension MetricsTests {
    @Test("Origins: failures by kind, their own refusals, and requests sent a second time")
    func countsOriginFaults() throws {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                switch request.target {
                case "/refused":
                    try connection.send("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
                case "/garbage":
                    try connection.send("garbage\r\n\r\n")
                    return
                case "/cut":
                    return
                case "/stale" where connection.index == 0:
                    // The connection was kept too long: this is sent again on another one.
                    return
                default:
                    try connection.send(Self.answer)
                }
            }
        }
        let metered = try MeteredGateway(origin)
        let target = "http://127.0.0.1:\(origin.port)"
        #expect(try metered.gateway.exchange(request("GET", "/")).status == 200)
        // The next request finds the connection kept.
        try metered.expectSamples(
            """
            methodwall_origin_connections{upstream="app",target="\(target)",state="busy"} 0
            methodwall_origin_connections{upstream="app",target="\(target)",state="idle"} 1
            """
        )
        for (method, path, status, count) in [
            ("GET", "/stale", 200, 1), ("GET", "/refused", 405, 2), ("GET", "/garbage", 502, 3),
            ("POST", "/cut", 502, 4),
        ] {
            for _ in 0..<count {
                let body: String? = method == "POST" ? "x" : nil
                let text = request(method, path, body: body)
                #expect(try metered.gateway.exchange(text).status == status, "\(path)")
            }
        }
        try metered.expectSamples(
            """
            methodwall_origin_failures_total{upstream="app",error="http_protocol_error"} 3
            methodwall_origin_failures_total{upstream="app",error="http_response_incomplete"} 4
            methodwall_origin_refusals_total 2
            methodwall_origin_retries_total 1
            """
        )
    }

    @Test("Connections to an origin, busy or idle, and the requests that wait for one")
    func countsWaitingRequests() throws {
        let origin = try RawOrigin()
        let target = "http://127.0.0.1:\(origin.port)"
        let limits = "{ connections: 3, waiting: 9, wait: 60s, per_client: 3 }"
        let metered = try MeteredGateway(
            origin,
            upstream: "{ url: \"\(target)\", limits: \(limits) }"
        )
        let clients = try (0..<9).map { _ in try metered.gateway.connect() }
        for client in clients.prefix(3) { try client.send(request("GET", "/")) }
        let connections = try (0..<3).map { _ in try origin.accept() }
        for connection in connections { _ = try connection.expectRequest() }
        for connection in connections.dropFirst() { try connection.send(Self.answer) }
        try metered.expectSamples(
            """
            methodwall_origin_connections{upstream="app",target="\(target)",state="busy"} 1
            methodwall_origin_connections{upstream="app",target="\(target)",state="idle"} 2
            methodwall_origin_waiting{upstream="app"} 0
            """
        )
        for client in clients.dropFirst(3) { try client.send(request("GET", "/")) }
        try metered.expectSamples(
            """
            methodwall_origin_connections{upstream="app",target="\(target)",state="busy"} 3
            methodwall_origin_connections{upstream="app",target="\(target)",state="idle"} 0
            methodwall_origin_waiting{upstream="app"} 4
            """
        )
        withExtendedLifetime((clients, connections)) {}
    }

    @Test("Which servers of an upstream are healthy")
    func tellsHealth() throws {
        let origin = try origin()
        let well = "http://127.0.0.1:\(origin.port)"
        let unused = try freePort()
        let dead = "http://127.0.0.1:\(unused)"
        let health = "{ path: /health, interval: 200ms, unhealthy: 2, healthy: 2 }"
        let metered = try MeteredGateway(
            origin,
            upstream: "{ urls: [\"\(dead)\", \"\(well)\"], health: \(health) }"
        )
        try metered.expectSamples(
            """
            methodwall_origin_healthy{upstream="app",target="\(dead)"} 0
            methodwall_origin_healthy{upstream="app",target="\(well)"} 1
            """
        )
    }

    @Test("TLS: handshakes that failed, and when the certificate expires")
    func countsHandshakes() throws {
        let authority = try TestAuthority()
        let own = try authority.issue("a.test", ["DNS:a.test"])
        let tls = "{ certificate: \(own.certificate), key: \(own.key) }"
        let metered = try MeteredGateway(
            origin(),
            listen: "[{ address: 127.0.0.1:0, tls: \(tls) }]"
        )
        for _ in 0..<3 {
            let client = try metered.gateway.connect()
            try client.send(request("GET", "/"))
            #expect(client.isClosedByPeer())
        }
        let port = metered.gateway.port
        let served = try ChildProcess.run(
            try Programs.installed("curl"),
            [
                "-sS", "--max-time", "20", "--noproxy", "*", "--cacert", authority.certificate,
                "--resolve", "a.test:\(port):127.0.0.1", "https://a.test:\(port)/",
            ]
        )
        #expect(served.output == "ok", "\(served.error)")
        let shown = try ChildProcess.run(
            try Programs.installed("openssl"),
            ["x509", "-enddate", "-noout", "-dateopt", "iso_8601", "-in", own.certificate]
        )
        // `notAfter=2030-01-02 03:04:05Z`
        let time = shown.output.trimmingCharacters(in: .newlines)
            .replacingOccurrences(of: "notAfter=", with: "")
            .replacingOccurrences(of: " ", with: "T")
        let expiry = try #require(ISO8601DateFormatter().date(from: time), "\(shown.output)")
        let seconds = Int(expiry.timeIntervalSince1970)
        let label = "certificate=\"\(own.certificate)\""
        try metered.expectSamples(
            """
            methodwall_client_connections_total 4
            methodwall_http2_connection_failures_total 0
            methodwall_tls_certificate_expiry_timestamp_seconds{\(label)} \(seconds)
            methodwall_tls_handshake_failures_total 3
            """
        )
        withExtendedLifetime(authority) {}
    }

    @Test("HTTP/2: connections that were closed for what their clients did")
    func countsBrokenConnections() throws {
        let metered = try MeteredGateway(
            origin(),
            listen: "[{ address: 127.0.0.1:0, http2: true }]"
        )
        let well = try HTTP2RawClient(port: metered.gateway.port)
        for _ in 0..<2 {
            let client = try HTTP2RawClient(port: metered.gateway.port)
            // DATA belongs to a stream (RFC 9113 section 6.1).
            try client.send(HTTP2RawClient.Kind.data, stream: 0, [65])
            _ = client.readFrames { _ in false }
        }
        try metered.expectSamples(
            """
            methodwall_client_connections 1
            methodwall_client_connections_total 3
            methodwall_http2_connection_failures_total 2
            methodwall_tls_handshake_failures_total 0
            """
        )
        withExtendedLifetime(well) {}
    }

    @Test("Lines of the logs: those that were written, and those that were lost")
    func countsLogLines() throws {
        let pipe = try LogPipe()
        defer { pipe.finish() }
        let policy = "methodwall: 1\npaths:\n  /status: GET\n"
        let metered = try MeteredGateway(
            origin(),
            more: "log: { refusals: \"\(pipe.path)\", overflow: drop }",
            policy: policy
        )
        let client = try metered.gateway.connect()
        let padding = String(repeating: "x", count: 2000)
        var sent = 0
        var lost = 0
        while lost == 0, sent < LogOverflowTests.attemptsMax {
            let numbers = sent..<(sent + LogOverflowTests.burst)
            // Each has a path of its own: nothing folds.
            let requests: [String] = numbers.map { request("GET", "/refused/\($0)/\(padding)") }
            try client.send(requests.joined(separator: ""))
            for _ in numbers { #expect(try client.readResponse().status == 404) }
            sent = numbers.upperBound
            lost = try Int(metered.value("methodwall_log_lines_lost_total"))
        }
        #expect(lost > 0)
        pipe.startReading()
        // One more says how many are missing.
        let written = sent - lost + 1
        try metered.expectSamples(
            """
            methodwall_log_lines_lost_total \(lost)
            methodwall_log_lines_total \(written)
            """
        )
        pipe.finish()
        let entries = pipe.entries()
        #expect(entries.count == written)
        #expect(entries.compactMap { $0.keys["methodwall.lost"] as? Int } == [lost])
    }
}
