import Foundation
import TestKit
import Testing

@Suite("The access log", .blocking)
struct AccessLogTests {
    @Test("Without the key there is none, and what is allowed leaves no line")
    func isOffByDefault() throws {
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                log: { access_format: combined }
                """,
            keeping: origin
        )
        #expect(try gateway.exchange(request("GET", "/status")).status == 200)
        #expect(try gateway.exchange(request("DELETE", "/status")).status == 405)
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        #expect(gateway.logEntries().map(\.method) == ["DELETE"])
        let files = try FileManager.default.contentsOfDirectory(atPath: gateway.folder.path)
        #expect(Set(files) == ["methodwall.yaml", "policies"])
    }

    @Test("A head that nobody can read is the proxy's own, not the client's before it")
    func blamesNobodyElse() throws {
        let logging = try LoggingGateway("trusted_proxies: 127.0.0.1")
        let proxy = try logging.gateway.connect()
        let named = request("PUT", "/status", ["X-Forwarded-For: 192.0.2.7"])
        #expect(try proxy.exchange(named).status == 405)
        #expect(try proxy.exchange("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n").status == 400)
        let both = logging.waitForEntries(2)
        #expect(both.map { $0["client.address"] } == ["192.0.2.7", "127.0.0.1"])
        #expect(eventually { logging.entries("refusals.log").count == 2 })
        let refused = logging.entries("refusals.log")
        #expect(refused.map { $0["client.address"] } == ["192.0.2.7", "127.0.0.1"])
    }

    @Test("A line says what was asked, by whom, what came of it, and how long that took")
    func carriesTheKeys() throws {
        let logging = try LoggingGateway.echoing()
        let response = try logging.gateway.exchange(
            request(
                "POST",
                "/users?token=secret",
                [
                    "User-Agent: test/1", "Referer: https://shop.test/?token=secret",
                    "Authorization: Bearer hush", "Cookie: c=hush",
                ],
                body: "12345"
            )
        )
        let entry = try #require(logging.waitForEntries(1).first)
        #expect(entry.method == "POST" && entry.path == "/users")
        #expect(entry.status == 200 && entry.decision == "forwarded")
        #expect(entry.responseBytes == response.body.count)
        #expect(entry["http.request.body.size"] == "5")
        #expect(entry["server.address"] == "shop.test" && entry.version == "1.1")
        #expect(entry["client.address"] == "127.0.0.1" && entry["client.port"] != nil)
        #expect(entry["user_agent.original"] == "test/1")
        #expect(entry["methodwall.upstream"] == "legacy")
        #expect(entry["methodwall.target"] == "http://127.0.0.1:\(logging.origin.port)")
        #expect(entry.requestID?.count == 16 && entry["timestamp"]?.hasSuffix("Z") == true)
        #expect(try #require(entry.milliseconds) < 10_000)
        #expect(entry["trace_id"] == nil && entry.reason == nil)
        // Neither the queries nor credentials (B-65).
        #expect(!entry.line.contains("secret") && !entry.line.contains("hush"))
        #expect(logging.text("refusals.log").isEmpty)
    }

    @Test("Every request has one line: forwarded, refused, answered, malformed, HEAD, pipelined")
    func hasEveryRequest() throws {
        let logging = try LoggingGateway.echoing()
        let client = try logging.gateway.connect()
        try client.send(
            request("GET", "/status") + request("HEAD", "/status") + request("DELETE", "/status")
                + request("OPTIONS", "/users") + request("GET", "/unlisted")
                + request("POST", "/users", body: "a")
                + "GET /status HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n"
        )
        let methods = ["GET", "HEAD", "DELETE", "OPTIONS", "GET", "POST", "GET"]
        let responses = try methods.map { try client.readResponse(to: $0) }
        let statuses = [200, 200, 405, 204, 404, 200, 400]
        #expect(responses.map(\.status) == statuses)
        let entries = try logging.finish()
        #expect(entries.map(\.status) == statuses)
        #expect(
            entries.map(\.decision) == [
                "forwarded", "forwarded", "refused", "answered", "refused", "forwarded", "refused",
            ]
        )
        #expect(entries.map(\.responseBytes) == responses.map(\.body.count))
        #expect(
            entries[2].reason == "method_not_allowed" && entries[4].reason == "no_rule_for_path"
        )
        #expect(entries[6].reason == "malformed_request" && entries[6].detail != nil)
        #expect(Set(entries.compactMap(\.requestID)).count == entries.count)
        // The two logs name a request alike.
        let refused = logging.entries("refusals.log")
        #expect(refused.map(\.requestID) == [2, 4, 6].map { entries[$0].requestID })
    }

    @Test("A counted run has as many lines as requests, each whole")
    func accountsForEveryRequest() throws {
        let logging = try LoggingGateway.echoing()
        let client = try logging.gateway.connect()
        for batch in 0..<20 {
            let texts = (0..<50).map { number in
                request(number % 2 == 0 ? "GET" : "DELETE", "/assets/\(batch)-\(number)")
            }
            try client.send(texts.joined())
            for number in 0..<50 {
                #expect(try client.readResponse().status == (number % 2 == 0 ? 200 : 405))
            }
        }
        let paths = try logging.finish().compactMap(\.path)
        let expected = (0..<20).flatMap { batch in (0..<50).map { "/assets/\(batch)-\($0)" } }
        #expect(paths == expected)
    }

    @Test("Failures, redirects and what a rule only reports have their line")
    func hasOtherEnds() throws {
        let logging = try LoggingGateway(
            policy: "methodwall: 1\nmode: report\npaths:\n  /users: GET\n  /gone: GET\n"
        ) { connection in
            while let request = try connection.readRequest() {
                if request.target == "/gone" { return }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        #expect(try logging.gateway.exchange(request("PUT", "/users", body: "")).status == 200)
        #expect(try logging.gateway.exchange(request("GET", "/gone")).status == 502)
        let entries = logging.waitForEntries(2)
        #expect(entries.map(\.decision) == ["would_refuse", "failed"])
        #expect(entries.map(\.status) == [200, 502])
        #expect(entries[0].reason == "method_not_allowed")
        #expect(entries[1].reason == "http_response_incomplete")
        #expect(entries[1]["methodwall.target"] == "http://127.0.0.1:\(logging.origin.port)")

        let redirecting = try RunningGateway(
            configuration: """
                listen: [{ address: 127.0.0.1:0, redirect: https }]
                upstreams: { legacy: "http://127.0.0.1:\(logging.origin.port)" }
                log: { refusals: ./refusals.log, access: stdout }
                """
        )
        #expect(try redirecting.exchange(request("GET", "/status")).status == 308)
        let entry = try redirecting.waitForLogEntry { $0.status == 308 }
        #expect(entry.decision == "answered" && entry["methodwall.upstream"] == nil)
    }

    @Test("A response that breaks off, and a client that leaves, are told apart")
    func hasBrokenEnds() throws {
        let logging = try LoggingGateway()
        var client = try logging.gateway.connect()
        try client.send(request("GET", "/status"))
        var origin = try logging.origin.accept()
        _ = try origin.expectRequest()
        try origin.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234")
        _ = try client.readHead()
        origin.close()
        let cut = try #require(logging.waitForEntries(1).last)
        #expect(cut.status == 200 && cut.decision == "failed" && cut.detail == "response_cut")
        #expect(cut.responseBytes == 4)

        client = try logging.gateway.connect()
        try client.send(request("GET", "/users"))
        origin = try logging.origin.accept()
        _ = try origin.expectRequest()
        client.reset()
        let gone = try #require(logging.waitForEntries(2).last)
        #expect(gone.path == "/users" && gone.status == nil && gone.decision == "forwarded")
        #expect(gone.detail == "client_gone" && gone.responseBytes == 0)
        #expect(origin.isClosedByPeer())
    }

    @Test("A head that takes too long has a line with the time that it took")
    func hasSlowHeads() throws {
        let logging = try LoggingGateway("limits: { head_timeout: 400ms }")
        let client = try logging.gateway.connect()
        try client.send("GET /st")
        #expect(try client.readResponse().status == 408)
        let entry = try #require(logging.waitForEntries(1).first)
        #expect(entry.status == 408 && entry.method == nil && entry.path == nil)
        #expect(try #require(entry.milliseconds) >= 400)
        // A connection without a request leaves no line.
        try logging.gateway.connect().close()
        #expect(try logging.finish().count == 1)
    }

    @Test("A tunnel has one line, at its end, with the octets of both directions")
    func hasTunnels() throws {
        let logging = try LoggingGateway(
            policy: "methodwall: 1\npaths:\n  /live: { allow: GET, upgrade: websocket }\n"
        )
        let client = try logging.gateway.connect()
        try client.send(
            request(
                "GET",
                "/live",
                [
                    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ]
            )
        )
        let origin = try logging.origin.accept()
        _ = try origin.expectRequest()
        try origin.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )
        #expect(try client.readHead().startLine.contains("101"))
        try client.send("ping!")
        #expect(try origin.readSome() == Array("ping!".utf8))
        let much = [UInt8](repeating: 0x2E, count: 20_000)
        try origin.send(much)
        var received = 0
        while received < much.count { received += try client.readSome().count }
        #expect(logging.entries().isEmpty)
        origin.close()
        #expect(try client.readToEnd().isEmpty)
        let entry = try #require(logging.waitForEntries(1).first)
        #expect(entry.status == 101 && entry.path == "/live" && entry.decision == "forwarded")
        #expect(entry.responseBytes == 20_000 && entry["http.request.body.size"] == "5")
    }

    @Test("Both logs on standard output leave each line whole")
    func sharesStandardOutput() throws {
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                workers: 1
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                log: { access: stdout }
                """,
            keeping: origin
        )
        let client = try gateway.connect()
        let padding = String(repeating: "x", count: 1_500)
        for number in 0..<200 {
            let text = request(number % 2 == 0 ? "GET" : "DELETE", "/assets/\(number)\(padding)")
            #expect(try client.exchange(text).status == (number % 2 == 0 ? 200 : 405))
        }
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        let entries = gateway.logEntries()
        #expect(entries.count == 300)
        #expect(entries.filter { $0.milliseconds != nil }.count == 200)
        #expect(Set(entries.compactMap(\.requestID)).count == 200)
    }

    @Test("The file is opened anew on SIGUSR1, with the other log's")
    func reopensTheFile() throws {
        let logging = try LoggingGateway.echoing()
        let folder = logging.gateway.folder
        #expect(try logging.gateway.exchange(request("GET", "/status")).status == 200)
        #expect(logging.waitForEntries(1).count == 1)
        for name in ["access.log", "refusals.log"] {
            #expect(rename(folder.path(name), folder.path(name + ".1")) == 0)
        }
        logging.gateway.process.signal(SIGUSR1)
        #expect(
            eventually {
                ["access.log", "refusals.log"].allSatisfy {
                    FileManager.default.fileExists(atPath: folder.path($0))
                }
            }
        )
        #expect(try logging.gateway.exchange(request("GET", "/users")).status == 200)
        #expect(logging.waitForEntries(1).map(\.path) == ["/users"])
        #expect(try !folder.read("access.log.1").contains("/users"))
    }

    @Test("A file that cannot be opened keeps the gateway from starting, and is named")
    func refusesMissingFolders() throws {
        let folder = try TemporaryFolder()
        try folder.write(Policies.allOpen, to: "policies/a.yaml")
        let file = try folder.write(
            "listen: 127.0.0.1:0\nupstreams: { a: \"http://127.0.0.1:9\" }\n"
                + "log: { access: ./missing/access.log }\n",
            to: "methodwall.yaml"
        )
        let result = try ChildProcess.run(try Programs.methodwall(), ["run", "--config", file])
        #expect(result.status == 2)
        #expect(result.error.contains("cannot open the access log \(folder.path)/./missing/"))
    }
}
