import Foundation
import TestKit
import Testing

/// The admin listener of a running gateway; what it does with hostile clients is in `AdminTests`.
@Suite("The admin listener", .blocking)
struct AdminListenerTests {
    private struct Watched {
        let origin: RawOrigin
        let gateway: RunningGateway
        let admin: Int

        init(listen: String = "127.0.0.1:0") throws {
            origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            gateway = try RunningGateway(
                configuration: """
                    listen: \(listen)
                    admin: 127.0.0.1:0
                    workers: 2
                    upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                    """,
                keeping: origin
            )
            admin = try gateway.adminPort()
        }

        func get(_ path: String, method: String = "GET") throws -> RawResponse {
            try RawClient(port: admin).exchange(request(method, path, host: "localhost"))
        }

        func document(_ path: String) throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(get(path).body))
            return try #require(object as? [String: Any])
        }

        func metric(_ line: String) throws -> String? {
            let text = String(decoding: try get("/metrics").body, as: UTF8.self)
            let found = text.split(separator: "\n").first { $0.hasPrefix("\(line) ") }
            return found.map { String($0.dropFirst(line.count + 1)) }
        }
    }

    @Test("Health, readiness and the page are there")
    func answers() throws {
        let watched = try Watched()
        #expect(try watched.get("/healthz").body == Array("ok\n".utf8))
        #expect(try watched.document("/readyz")["ready"] as? Bool == true)
        for (path, type) in [
            ("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "javascript"),
        ] {
            let response = try watched.get(path)
            #expect(response.status == 200 && response["content-type"]?.contains(type) == true)
            #expect(response["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(response.body.count > 500)
        }
        #expect(try watched.get("/reload").status == 405)
        let foreign = try RawClient(port: watched.admin).exchange(
            request("POST", "/reload", ["Origin: https://evil.test"], host: "localhost")
        )
        #expect(foreign.status == 403)
        let rebound = try RawClient(port: watched.admin).exchange(
            request("GET", "/policy", host: "evil.test")
        )
        #expect([403, 421].contains(rebound.status))
    }

    @Test("Requests are counted: in all, by reason and by rule")
    func counts() throws {
        let watched = try Watched()
        for _ in 0..<3 {
            #expect(try watched.gateway.exchange(request("GET", "/users/7")).status == 200)
        }
        for _ in 0..<2 {
            #expect(try watched.gateway.exchange(request("DELETE", "/users")).status == 405)
        }
        #expect(try watched.gateway.exchange(request("BREW", "/users")).status == 501)
        #expect(try watched.gateway.exchange(request("OPTIONS", "/users")).status == 204)
        let counted = [
            ("methodwall_requests_total{decision=\"forwarded\"}", "3"),
            ("methodwall_requests_total{decision=\"refused\"}", "3"),
            ("methodwall_requests_total{decision=\"answered\"}", "1"),
            ("methodwall_refusals_total{reason=\"method_not_allowed\"}", "2"),
            ("methodwall_refusals_total{reason=\"unknown_method\"}", "1"),
            ("methodwall_responses_total{class=\"2xx\"}", "3"),
            ("methodwall_request_duration_seconds_count", "3"),
            ("methodwall_policy_last_reload_success", "1"),
        ]
        for (line, value) in counted { #expect(try watched.metric(line) == value, "\(line)") }
        let policies = try #require(try watched.document("/policy")["policies"] as? [[String: Any]])
        let rules = try #require(policies.first?["rules"] as? [[String: Any]])
        let items = try #require(rules.first { $0["pattern"] as? String == "/users/{id:int}" })
        #expect(items["forwarded"] as? Int == 3 && items["refused"] as? Int == 0)
        let users = try #require(rules.first { $0["pattern"] as? String == "/users" })
        #expect(users["refused"] as? Int == 2)
        #expect((users["at"] as? String)?.hasSuffix("shop.yaml:6") == true)
        let status = try watched.document("/status")
        #expect(status["forwarded"] as? Int == 3 && status["refused"] as? Int == 3)
    }

    @Test("explain says what the gateway does")
    func explains() throws {
        let watched = try Watched()
        let found = try watched.document("/explain?method=DELETE&path=%2Fusers&host=shop.test")
        #expect(found["decision"] as? String == "refuse" && found["status"] as? Int == 405)
        #expect(try watched.get("/explain?method=DELETE&path=users").status == 400)
        #expect(try watched.get("/explain?method=GET&path=%2Fa%0D%0AX:%20y").status == 400)
    }

    @Test("A reload that is asked for tells its outcome, and a failed one shows everywhere")
    func reloads() throws {
        let watched = try Watched()
        #expect(try watched.get("/reload", method: "POST").status == 200)
        try watched.gateway.folder.write(
            "methodwall: 1\npaths: { /a: GETT }\n",
            to: "policies/shop.yaml"
        )
        let failed = try watched.get("/reload", method: "POST")
        #expect(failed.status == 409 && failed.text.contains("GETT is not a known method"))
        let ready = try watched.document("/readyz")
        #expect(ready["ready"] as? Bool == true)
        #expect((ready["warnings"] as? [String])?.first?.contains("the last reload failed") == true)
        #expect(try watched.metric("methodwall_policy_last_reload_success") == "0")
        let reload = try #require(try watched.document("/status")["reload"] as? [String: Any])
        #expect(reload["state"] as? String == "failed")
        #expect(try watched.gateway.exchange(request("GET", "/users/7")).status == 200)
    }

    @Test("A reload takes what is right: policies, though a certificate cannot be read")
    func reloadsWithoutCertificate() throws {
        let authority = try TestAuthority()
        let own = try authority.issue("a.test", ["DNS:a.test"])
        let tls = "tls: { certificate: \(own.certificate), key: \(own.key) }"
        let watched = try Watched(listen: "[{ address: 127.0.0.1:0, \(tls) }]")
        try "no PEM".write(toFile: own.certificate, atomically: true, encoding: .utf8)
        try watched.gateway.folder.write(
            "methodwall: 1\npaths: { /new: GET }\n",
            to: "policies/shop.yaml"
        )
        let answer = try watched.get("/reload", method: "POST")
        #expect(answer.status == 409 && answer.text.contains(own.certificate))
        let found = try watched.document("/explain?method=DELETE&path=/new")
        #expect(found["status"] as? Int == 405)
        let ready = try watched.document("/readyz")
        #expect((ready["warnings"] as? [String])?.first?.contains("certificates") == true)
        let reload = try #require(try watched.document("/status")["reload"] as? [String: Any])
        #expect(reload["state"] as? String == "failed")
        #expect((reload["errors"] as? [String])?.first?.contains(own.certificate) == true)
        #expect(try watched.metric("methodwall_tls_certificates_last_reload_success") == "0")
        #expect(try watched.metric("methodwall_policy_last_reload_success") == "1")
        withExtendedLifetime(authority) {}
    }

    @Test("A certificate whose time is over is shown all the same, and told of in one line")
    func tellsOfExpiredCertificates() throws {
        let authority = try TestAuthority()
        let late = try authority.issue("late.test", ["DNS:late.test"], isExpired: true)
        let tls = "tls: { certificate: \(late.certificate), key: \(late.key) }"
        let watched = try Watched(listen: "[{ address: 127.0.0.1:0, \(tls) }]")
        let line = try watched.gateway.process.waitForLine(
            .standardError,
            containing: "a certificate is not valid"
        )
        #expect(line.contains("\(late.certificate): expired at 20"))
        let ready = try watched.document("/readyz")
        #expect(ready["ready"] as? Bool == true)
        #expect((ready["warnings"] as? [String])?.first?.contains("expired at") == true)
        #expect(try watched.get("/reload", method: "POST").status == 200)
        let lines = watched.gateway.process.text(.standardError).split(separator: "\n")
        #expect(lines.filter { $0.contains("is not valid") }.count == 1)
        withExtendedLifetime(authority) {}
    }

    @Test("Refusals arrive as they happen")
    func streamsRefusals() throws {
        let watched = try Watched()
        let client = try RawClient(port: watched.admin)
        try client.send(request("GET", "/refusals", host: "localhost"))
        let head = try client.readHead()
        #expect(head["content-type"]?.hasPrefix("text/event-stream") == true)
        var text = ""
        #expect(try watched.gateway.exchange(request("DELETE", "/users")).status == 405)
        while !text.contains("\n\n") || !text.contains("event: refusal") {
            text += String(decoding: try client.readSome(), as: UTF8.self)
        }
        #expect(text.contains("\"methodwall.reason\":\"method_not_allowed\""))
        #expect(text.contains("\"url.path\":\"/users\""))
    }

    @Test("An address that is taken ends the start with 2, and is named")
    func needsItsAddress() throws {
        let taken = try RawOrigin()
        let folder = try TemporaryFolder()
        try folder.write(Policies.shop, to: "policies/shop.yaml")
        let process = try ChildProcess(
            try Programs.methodwall(),
            [
                "run", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9",
                "--policies", folder.path("policies"), "--admin", "127.0.0.1:\(taken.port)",
            ]
        )
        #expect(try process.wait() == 2)
        let text = process.text(.standardError)
        #expect(text.contains("cannot listen on 127.0.0.1:\(taken.port) for admin requests"))
    }

    @Test("promtool accepts the metrics")
    func passesPromtool() throws {
        let watched = try Watched()
        _ = try watched.gateway.exchange(request("DELETE", "/users"))
        _ = try watched.gateway.exchange(request("GET", "/users/7"))
        let folder = try TemporaryFolder()
        let file = try folder.write(watched.get("/metrics").body, to: "metrics.txt")
        let promtool = try Programs.installed("promtool")
        let checked = try ChildProcess.run(
            "/bin/sh",
            ["-c", "'\(promtool)' check metrics < '\(file)'"]
        )
        #expect(checked.status == 0, "\(checked.output) \(checked.error)")
    }
}
