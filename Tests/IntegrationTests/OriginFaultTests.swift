import Foundation
import TestKit
import Testing

@Suite("Origin faults (R-22 R-26 R-40 R-41 L-31 B-57)", .blocking)
struct OriginFaultTests {
    private func expectFailure(
        _ response: RawResponse,
        _ status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(response.status == status, sourceLocation: sourceLocation)
        #expect(
            response["Proxy-Status"]?.hasPrefix("methodwall") == true,
            sourceLocation: sourceLocation
        )
        #expect(
            response["Proxy-Status"]?.contains("error=") == true,
            sourceLocation: sourceLocation
        )
        let problem = try problem(response, sourceLocation: sourceLocation)
        #expect(problem["status"] as? Int == status, sourceLocation: sourceLocation)
    }

    /// Answers the first request on each connection with `response` and closes.
    private func fixture(_ response: String) throws -> Fixture {
        try Fixture { connection in
            guard try connection.readRequest() != nil else { return }
            try connection.send(response)
        }
    }

    /// A gateway whose configuration file has short time-outs.
    private func impatientGateway(
        _ origin: RawOrigin,
        scheme: String = "http"
    ) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                upstreams:
                  legacy:
                    urls: ["\(scheme)://127.0.0.1:\(origin.port)"]
                    timeouts: { connect: 1s, response: 1s, idle: 1s }
                policies: policies/
                log: { refusals: stdout }
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: legacy\npaths:\n  /**: any\n",
            keeping: origin
        )
    }

    @Test("An origin that refuses connections gives 502")
    func answersRefusedConnection() throws {
        let fixture = try Fixture()
        fixture.origin.stop()
        let client = try fixture.gateway.connect()
        try expectFailure(client.exchange(request("GET", "/status")), 502)
        // The client's connection is not the origin's fault.
        try expectFailure(client.exchange(request("GET", "/status")), 502)
    }

    @Test(
        "An origin that takes no connection, or says nothing in a TLS handshake, gives 504 in time"
    )
    func givesUpConnecting() throws {
        let full = try RawOrigin(backlog: 0)
        // The kernel keeps one connection more than the backlog says.
        let waiting = try RawClient(port: full.port)
        defer { waiting.close() }
        let silent = try RawOrigin()
        for (origin, scheme) in [(full, "http"), (silent, "https")] {
            let gateway = try impatientGateway(origin, scheme: scheme)
            let response = try gateway.exchange(request("GET", "/"))
            try expectFailure(response, 504)
            #expect(response["Proxy-Status"] == "methodwall; error=connection_timeout")
        }
    }

    @Test("An origin that comes back is used again")
    func recovers() throws {
        let fixture = try Fixture()
        let port = fixture.origin.port
        fixture.origin.stop()
        #expect(try fixture.gateway.exchange(request("GET", "/status")).status == 502)
        let revived = try RawOrigin.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            port: port
        )
        let isBack = try eventually {
            try fixture.gateway.exchange(request("GET", "/status")).status == 200
        }
        #expect(isBack)
        #expect(revived.connectionCount > 0)
    }

    @Test(
        "What is not an HTTP/1.1 response gives 502, none of its octets reach the client",
        arguments: [
            "", "HTTP/1.1", "garbage evil\r\n\r\n", "HTTP/2 200\r\n\r\nevil",
            "HTTP/1.1 99 X\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 600 X\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 2000 X\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nevil!",
            "HTTP/1.1 200 OK\r\nContent-Length: 4x\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "4\r\nevil\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\nX: evil\nContent-Length: 0\n\n",
            "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX : evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: e\0vil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: evil",
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "evil", count: 60_000) + "\r\n\r\n",
        ]
    )
    func refusesMalformedResponse(_ response: String) throws {
        let answer = try fixture(response).gateway.exchange(request("GET", "/status"))
        try expectFailure(answer, 502)
        #expect(!String(latin1: answer.head.octets + answer.body).contains("evil"))
    }

    @Test(
        "A body cut short ends the client's connection, never cleanly (L-31)",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello",
        ]
    )
    func cutsTheClientToo(_ response: String) throws {
        let client = try fixture(response).gateway.connect()
        #expect(throws: WireError.self) { try client.exchange(request("GET", "/status")) }
        #expect(client.isClosedByPeer())
    }

    @Test("A killed origin ends a running response, not the gateway")
    func survivesAKilledOrigin() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhello")
        #expect(try client.readHead().startLine.hasPrefix("HTTP/1.1 200"))
        connection.reset()
        #expect(throws: WireError.self) {
            try client.readContent(length: 100_000, within: .seconds(10)) { _ in }
        }
        #expect(fixture.gateway.process.isRunning)
        #expect(try fixture.gateway.exchange(request("PUT", "/status")).status == 405)
    }

    @Test("An origin that stays silent gives 504 when the response time-out passes")
    func timesOutOnSilence() throws {
        let origin = try RawOrigin { connection in
            _ = try connection.readRequest()
            _ = connection.isClosedByPeer(within: .seconds(30))
        }
        let gateway = try impatientGateway(origin)
        try expectFailure(gateway.exchange(request("GET", "/status")), 504)
    }

    @Test("A response that stalls in its body ends the client's connection")
    func timesOutOnStalledBody() throws {
        let origin = try RawOrigin { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            _ = connection.isClosedByPeer(within: .seconds(30))
        }
        let client = try impatientGateway(origin).connect()
        #expect(throws: WireError.self) { try client.exchange(request("GET", "/status")) }
        #expect(client.isClosedByPeer())
    }

    @Test("A slow but steady response comes through whole")
    func waitsForSlowOrigins() throws {
        let text = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 20\r\n\r\n12345678901234567890"
        let fixture = try Fixture { connection in
            guard try connection.readRequest() != nil else { return }
            try connection.drip(text, octets: 3, every: .milliseconds(10))
        }
        let response = try fixture.gateway.exchange(request("GET", "/status"))
        #expect(response.text == "12345678901234567890")
    }

    @Test("Late octets after a response never become another client's response (R-41)")
    func distrustsLateOctets() throws {
        let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        let fixture = try Fixture { connection in
            guard let first = try connection.readRequest() else { return }
            let isHead = first.method == "HEAD"
            // Two responses at once, or content where there must be none.
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (isHead ? "" : "fine") + evil
            )
            while try connection.readRequest() != nil { try connection.send(evil) }
        }
        for method in ["GET", "HEAD", "GET", "HEAD"] {
            let first = try fixture.gateway.exchange(request(method, "/status"))
            #expect([200, 502].contains(first.status))
            #expect(!first.text.contains("evil"))
        }
    }

    @Test("Octets on an idle pooled connection end that connection (R-41)")
    func closesReadableIdleConnections() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let first = try fixture.origin.accept()
        _ = try first.expectRequest()
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
        #expect(try client.readResponse().text == "fine")
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        #expect(first.isClosedByPeer())
        try client.send(request("GET", "/status"))
        let second = try fixture.origin.accept()
        _ = try second.expectRequest()
        try second.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
        #expect(try client.readResponse().text == "good")
    }

    @Test(
        "An idempotent request is sent once more when a reused connection dies (R-22)",
        arguments: ["GET", "DELETE", "PUT"]
    )
    func retriesIdempotentRequests(_ method: String) throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let first = try useOnce(fixture, client)
        try client.send(request(method, "/users/7"))
        _ = try first.readRequest()
        first.close()
        let second = try fixture.origin.accept()
        #expect(try second.expectRequest().method == method)
        try second.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain")
        #expect(try client.readResponse(to: method).text == "again")
    }

    @Test(
        "POST, PATCH and unknown methods are never sent twice (R-22)",
        arguments: ["POST", "BAKE"]
    )
    func neverRetriesOthers(_ method: String) throws {
        let fixture = try Fixture(policy: Policies.shop)
        let client = try fixture.gateway.connect()
        let first = try useOnce(fixture, client)
        try client.send(request(method, "/anything", body: "x"))
        // A careful gateway may use a fresh connection for such methods from the start.
        let used = try fixture.origin.hasWaitingConnection(within: .milliseconds(500))
        let connection = used ? try fixture.origin.accept() : first
        #expect(try connection.expectRequest().method == method)
        connection.close()
        try expectFailure(client.readResponse(to: method), 502)
        #expect(!(try fixture.origin.hasWaitingConnection(within: .milliseconds(300))))
        let sent = fixture.origin.receivedText.components(separatedBy: "\(method) /anything")
        #expect(sent.count == 2)
    }

    private func useOnce(_ fixture: Fixture, _ client: RawClient) throws -> OriginConnection {
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.readResponse().status == 200)
        return connection
    }

    @Test("An https origin whose certificate nobody vouches for gives 502, and gets no request")
    func verifiesCertificates() throws {
        let folder = try TemporaryFolder()
        let openssl = try Programs.installed("openssl")
        let names = ["-keyout", folder.path("key.pem"), "-out", folder.path("cert.pem")]
        let made = try ChildProcess.run(
            openssl,
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost",
            ]
                + names
        )
        #expect(made.status == 0, "\(made.error)")
        let port = try freePort()
        let server = try ChildProcess(
            openssl,
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-key", names[1], "-cert", names[3],
                "-www",
            ]
        )
        defer { server.stop() }
        #expect(eventually { (try? RawClient(port: port)) != nil })
        let gateway = try RunningGateway(upstream: "https://localhost:\(port)")
        try expectFailure(gateway.exchange(request("GET", "/status")), 502)
        #expect(!server.text(.standardOutput).contains("GET /status"))
    }

    @Test("A failure at the origin's side is in the log")
    func logsFailures() throws {
        let fixture = try Fixture()
        fixture.origin.stop()
        #expect(try fixture.gateway.exchange(request("GET", "/status")).status == 502)
        let entry = try fixture.gateway.waitForLogEntry { $0["methodwall.decision"] == "failed" }
        #expect(entry["http.response.status_code"] == "502")
        #expect(entry["methodwall.reason"] == "connection_refused")
        let url = "http://127.0.0.1:\(fixture.origin.port)"
        #expect(entry["methodwall.upstream"] == "default")
        #expect(entry["methodwall.target"] == url)
        #expect(entry["methodwall.origin_error"]?.isEmpty == false)
    }
}
