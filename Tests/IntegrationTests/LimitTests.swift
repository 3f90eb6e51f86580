import TestKit
import Testing

@Suite("Limits (R-26 R-34 B-66 B-67 B-69)", .blocking)
struct LimitTests {
    private func gateway(_ limits: String, _ origin: RawOrigin) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                upstreams:
                  legacy: http://127.0.0.1:\(origin.port)
                policies: policies/
                workers: 1
                limits: { \(limits) }
                """,
            policy: "methodwall: 1\nupstream: legacy\npaths:\n  /**: any\n",
            keeping: origin
        )
    }

    private func origin() throws -> RawOrigin {
        try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    @Test("A slow head ends at an absolute deadline, however steadily it drips (B-66)")
    func cutsSlowHeads() throws {
        let gateway = try gateway("head_timeout: 1s", try origin())
        let client = try gateway.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n")
        let isCut = try eventually(within: .seconds(8), every: .milliseconds(100)) {
            do {
                try client.send("X: y\r\n")
                return !client.staysSilent(for: .milliseconds(1))
            } catch WireError.reset {
                return true
            }
        }
        #expect(isCut)
        if let response = try? client.readResponse() { #expect(response.status == 408) }
    }

    @Test("A connection that sends nothing is closed")
    func cutsSilentConnections() throws {
        let gateway = try gateway("head_timeout: 1s, idle_timeout: 1s", try origin())
        let client = try gateway.connect()
        _ = try? client.readSome(within: .seconds(8))
        #expect(client.isClosedByPeer(within: .seconds(8)))
    }

    @Test("An idle connection is closed after a response, without an error status")
    func closesIdleConnections() throws {
        let gateway = try gateway("idle_timeout: 1s", try origin())
        let client = try gateway.connect()
        #expect(try client.exchange(request("GET", "/")).status == 200)
        #expect(try client.readToEnd(within: .seconds(8)).isEmpty)
    }

    @Test("A body that stalls is given up, at the origin too")
    func cutsSlowBodies() throws {
        let origin = try RawOrigin()
        let gateway = try gateway("body_timeout: 1s", origin)
        let client = try gateway.connect()
        try client.send(request("PUT", "/", ["Content-Length: 100000"]) + "some")
        let connection = try origin.accept()
        _ = try connection.readHead()
        var rest = try connection.readSome()
        while let more = try? connection.readSome(within: .seconds(8)), !more.isEmpty {
            rest += more
        }
        #expect(String(latin1: rest) == "some")
        if let response = try? client.readResponse(to: "PUT") { #expect(response.status == 408) }
        #expect(client.isClosedByPeer())
    }

    @Test("Connections beyond the limit are refused, and room made is used again (B-69)")
    func limitsConnections() throws {
        let gateway = try gateway("connections: 4", try origin())
        let clients = try (0..<4).map { _ in try gateway.connect() }
        for client in clients { #expect(try client.exchange(request("GET", "/")).status == 200) }
        let fifth = try gateway.connect()
        try? fifth.send(request("GET", "/"))
        let response = try? fifth.readResponse(within: .seconds(3))
        #expect(response == nil || response?.status == 503)
        clients[0].close()
        let isServed = eventually {
            (try? gateway.exchange(request("GET", "/"), within: .seconds(2)).status) == 200
        }
        #expect(isServed)
    }

    @Test("A head above its limits gets 431, a target 414, content 413 (R-26, B-67)")
    func limitsSizes() throws {
        let gateway = try gateway(
            "head: 4KiB, target: 1KiB, fields: 10, body: 1KiB",
            try origin()
        )
        let wide = "X: " + String(repeating: "x", count: 5000)
        #expect(try gateway.exchange(request("GET", "/", [wide])).status == 431)
        let many = (0..<11).map { "X-\($0): y" }
        #expect(try gateway.exchange(request("GET", "/", many)).status == 431)
        let long = "/" + String(repeating: "x", count: 1100)
        #expect(try gateway.exchange(request("GET", long)).status == 414)
        let big = String(repeating: "x", count: 1025)
        #expect(try gateway.exchange(request("PUT", "/", body: big)).status == 413)
        #expect(
            try gateway.exchange(request("PUT", "/", body: String(big.dropLast()))).status == 200
        )
        let chunked =
            request("PUT", "/", ["Transfer-Encoding: chunked"]) + "401\r\n\(big)\r\n0\r\n\r\n"
        #expect(try gateway.exchange(chunked).status == 413)
    }

    @Test("A head that never ends is refused at its limit, not held")
    func refusesEndlessHeads() throws {
        let gateway = try gateway("head: 4KiB, target: 1KiB", try origin())
        let client = try gateway.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100))
        try? client.send(String(repeating: "y", count: 8192))
        #expect([431, 400].contains(try client.readResponse().status))
        #expect(client.isClosedByPeer())
    }

    @Test("Closed clients leave no descriptor behind")
    func leaksNoDescriptors() throws {
        let fixture = try Fixture.echoing()
        let gateway = fixture.gateway
        #expect(try gateway.exchange(request("GET", "/status")).status == 200)
        let pid = gateway.process.pid
        let before = try ProcessStatus.openDescriptors(pid: pid)
        for number in 0..<200 {
            let client = try gateway.connect()
            try client.send(number % 2 == 0 ? "GET / HT" : request("DELETE", "/status"))
            if number % 2 == 1 { _ = try client.readResponse() }
            if number % 4 == 0 { client.reset() } else { client.close() }
        }
        let isBack = try eventually {
            try ProcessStatus.openDescriptors(pid: pid) <= before + 2
        }
        let after = try ProcessStatus.openDescriptors(pid: pid)
        #expect(isBack, "\(after) after \(before)")
    }
}
