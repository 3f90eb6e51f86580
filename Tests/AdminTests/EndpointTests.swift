import Foundation
import TestKit
import Testing

@testable import Admin

@Suite("What the admin listener tells")
struct EndpointTests {
    @Test("/healthz is 200 while the process serves")
    func tellsHealth() async throws {
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange("GET /healthz")
            #expect(response.status == 200)
            #expect(response.text == "ok\n")
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("/readyz is 200, with warnings if there are any")
    func tellsReadiness() async throws {
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange("GET /readyz")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response.text == #"{"ready":true,"reasons":[]}"#)
        }
        let warned = TestSource { $0.readiness.warnings = ["reload failed"] }
        try await RunningAdmin.run(warned) { admin throws in
            let response = try admin.exchange("GET /readyz")
            #expect(response.status == 200)
            #expect(response.text == #"{"ready":true,"reasons":[],"warnings":["reload failed"]}"#)
        }
    }

    @Test("/readyz is 503 with the reasons")
    func tellsUnreadiness() async throws {
        let source = TestSource { $0.readiness.reasons = ["no policies loaded", "draining"] }
        try await RunningAdmin.run(source) { admin throws in
            let response = try admin.exchange("GET /readyz")
            #expect(response.status == 503)
            #expect(
                response.text == #"{"ready":false,"reasons":["no policies loaded","draining"]}"#
            )
        }
    }

    @Test("/metrics has the gateway's metrics and the process'")
    func tellsMetrics() async throws {
        let source = TestSource { $0.metrics.requests.refused = 7 }
        try await RunningAdmin.run(source) { admin throws in
            let response = try admin.exchange("GET /metrics")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = response.text.split(separator: "\n")
            #expect(lines.contains(#"methodwall_requests_total{decision="refused"} 7"#))
            #expect(lines.contains("# TYPE process_cpu_seconds_total counter"))
        }
    }

    @Test("/status is one object")
    func tellsStatus() async throws {
        let source = TestSource { state in
            state.status.uptimeSeconds = 12
            state.status.reload.hasSucceeded = false
            state.status.reload.errors = ["a.yaml:1:2: error: \"x\""]
            var origin = AdminStatus.Origin(upstream: "shop", target: "http://127.0.0.1:9000")
            origin.connections = 3
            origin.isHealthy = false
            state.status.origins = [origin]
            state.status.refused = 9
        }
        try await RunningAdmin.run(source) { admin throws in
            let response = try admin.exchange("GET /status")
            #expect(response.status == 200)
            let expected =
                #"{"version":"1.2.3","libcurl":"7.88.1","uptime_seconds":12,"draining":false,"#
                + #""reload":{"state":"failed","at":"1970-01-01T00:00:00.000Z","#
                + #""policy_version":"v1","errors":["a.yaml:1:2: error: \"x\""]},"#
                + #""origins":[{"upstream":"shop","target":"http://127.0.0.1:9000","#
                + #""healthy":false,"connections":3,"idle":0,"waiting":0,"failures":0}],"#
                + #""connections":0,"requests":0,"forwarded":0,"refused":9,"would_refuse":0,"#
                + #""answered":0,"log_lines_lost":0}"#
            #expect(response.text == expected)
        }
    }

    @Test("/policy of a hundred thousand rules is one JSON text")
    func tellsLargePolicy() async throws {
        let source = TestSource { $0.policy = .withRules(100_000) }
        try await RunningAdmin.run(source) { admin throws in
            let client = try admin.client()
            try client.send(RunningAdmin.request("GET /policy"))
            let response = try client.readResponse(within: .seconds(60))
            #expect(response.status == 200)
            #expect(response["Transfer-Encoding"] == "chunked")
            let document = try JSONSerialization.jsonObject(with: Data(response.body))
            let object = try #require(document as? [String: Any])
            let policies = try #require(object["policies"] as? [[String: Any]])
            let rules = try #require(policies.first?["rules"] as? [[String: Any]])
            #expect(rules.count == 100_000)
            #expect(rules.last?["pattern"] as? String == "/items/99999/{id}")
            // The connection serves on.
            #expect(try client.exchange(RunningAdmin.request("GET /healthz")).status == 200)
        }
    }

    @Test("/explain asks with what the query says")
    func explains() async throws {
        let source = TestSource { $0.explanation = .explained(json: #"{"decision":"refuse"}"#) }
        try await RunningAdmin.run(source) { admin throws in
            let query = "method=DELETE&path=%2Fusers%3Fa%3D1&host=a.test&client=&origin=null"
            let response = try admin.exchange("GET /explain?\(query)")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response.text == #"{"decision":"refuse"}"#)
        }
        let asked = ExplainQuery(
            method: "DELETE",
            path: "/users?a=1",
            host: "a.test",
            origin: "null"
        )
        #expect(source.queries == [asked])
    }

    @Test("/explain is 400 for what makes no sense, to it or to the source")
    func explainsFaults() async throws {
        let source = TestSource { $0.explanation = .invalid(reason: "no such host") }
        try await RunningAdmin.run(source) { admin throws in
            let unread = try admin.exchange("GET /explain?method=GET")
            #expect(unread.status == 400)
            #expect(unread.text == #"{"error":"The query needs 'path'."}"#)
            let invalid = try admin.exchange("GET /explain?method=GET&path=/")
            #expect(invalid.status == 400)
            #expect(invalid.text == #"{"error":"no such host"}"#)
        }
        #expect(source.queries.count == 1)
    }

    @Test("POST /reload is 200 with the version or 409 with the errors")
    func reloads() async throws {
        let good = TestSource()
        try await RunningAdmin.run(good) { admin throws in
            let response = try admin.exchange("POST /reload", "Content-Length: 0")
            #expect(response.status == 200)
            #expect(response.text == #"{"reloaded":true,"version":"v2"}"#)
        }
        #expect(good.reloadCount == 1)
        let bad = TestSource { $0.reload = .rejected(errors: ["a.yaml:1:1: error: bad"]) }
        try await RunningAdmin.run(bad) { admin throws in
            let response = try admin.exchange("POST /reload")
            #expect(response.status == 409)
            #expect(response.text == #"{"reloaded":false,"errors":["a.yaml:1:1: error: bad"]}"#)
        }
    }

    @Test(
        "The page and its files are what was built in",
        arguments: [
            ("/", "text/html; charset=utf-8"), ("/page.css", "text/css; charset=utf-8"),
            ("/page.js", "text/javascript; charset=utf-8"),
        ]
    )
    func servesPage(path: String, mediaType: String) async throws {
        let file = path == "/" ? "index.html" : String(path.dropFirst())
        let source = "\(Programs.repository())/Sources/Admin/Page/\(file)"
        let expected = try Data(contentsOf: URL(fileURLWithPath: source))
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange("GET \(path)")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == mediaType)
            #expect(Data(response.body) == expected)
        }
    }

    @Test(
        "Every answer has the security fields",
        arguments: ["GET /", "GET /nothing", "DELETE /", "OPTIONS /", "HEAD /refusals"]
    )
    func securesAnswers(_ requestLine: String) async throws {
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange(requestLine)
            let policy = try #require(response["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; "))
            #expect(policy.hasSuffix("require-trusted-types-for 'script'"))
            #expect(response["X-Content-Type-Options"] == "nosniff")
            #expect(response["Cache-Control"] == "no-store")
            #expect(response["Referrer-Policy"] == "no-referrer")
            #expect(response["Cross-Origin-Opener-Policy"] == "same-origin")
            #expect(response["Cross-Origin-Resource-Policy"] == "same-origin")
            #expect(response["Date"]?.hasSuffix(" GMT") == true)
        }
    }
}
