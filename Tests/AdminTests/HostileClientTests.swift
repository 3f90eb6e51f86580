import NIOCore
import TestKit
import Testing

@testable import Admin

@Suite("Hostile and clumsy clients of the admin listener")
struct HostileClientTests {
    /// A head that has too much of something.
    enum LargeHead: CaseIterable {
        case target, field, fields, fieldLines

        var request: String {
            let part = String(repeating: "a", count: 1000)
            let large = String(repeating: part, count: 20)
            return switch self {
            case .target: RunningAdmin.request("GET /\(large)")
            case .field: RunningAdmin.request("GET /", ["X: \(large)"])
            case .fields: RunningAdmin.request("GET /", Array(repeating: "X: \(part)", count: 20))
            case .fieldLines: RunningAdmin.request("GET /", Array(repeating: "X: a", count: 101))
            }
        }
    }

    @Test("A head beyond the bound is refused with 431", arguments: LargeHead.allCases)
    func boundsHeads(_ head: LargeHead) async throws {
        let request = head.request
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            let response = try client.exchange(request)
            #expect(response.status == 431)
            #expect(response["Connection"] == "close")
            #expect(client.isClosedByPeer())
        }
    }

    @Test(
        "What is not HTTP/1.1 is refused, and the connection closed",
        arguments: [
            "GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: a\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n",
        ]
    )
    func refusesGarbage(_ request: String) async throws {
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            try client.send(request)
            #expect([400, 501, 505].contains(try client.readResponse().status))
            #expect(client.isClosedByPeer())
        }
    }

    @Test("A request that does not come to its end in time is answered 408")
    func boundsRequestTime() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.requestTimeout = .milliseconds(200) })
        {
            admin throws in
            for start in ["GET / HT", "POST /reload HTTP/1.1\r\nHost: localhost\r\n"] {
                let client = try admin.client()
                try client.send(start)
                #expect(try client.readResponse().status == 408)
                #expect(client.isClosedByPeer())
            }
            let content = try admin.client()
            try content.send(RunningAdmin.request("POST /reload", ["Content-Length: 9"]) + "abc")
            #expect(try content.readResponse(to: "POST").status == 408)
            // Nothing at all is owed no answer.
            #expect(try admin.client().isClosedByPeer())
        }
    }

    @Test("An idle connection is closed")
    func boundsIdleTime() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.idleTimeout = .milliseconds(100) }) {
            admin throws in
            let client = try admin.client()
            #expect(try client.exchange(RunningAdmin.request("GET /healthz")).status == 200)
            #expect(client.isClosedByPeer())
        }
    }

    @Test("Content is discarded up to the bound, and refused beyond")
    func boundsContent() async throws {
        let source = TestSource()
        try await RunningAdmin.run(source) { admin throws in
            let client = try admin.client()
            let small = String(repeating: "a", count: 4096)
            let length = RunningAdmin.request("POST /reload", ["Content-Length: 4096"]) + small
            #expect(try client.exchange(length).status == 200)
            #expect(try client.exchange(RunningAdmin.request("GET /healthz")).status == 200)
            let large = RunningAdmin.request("POST /reload", ["Content-Length: 4097"])
            #expect(try client.exchange(large).status == 413)
            #expect(client.isClosedByPeer())
            let chunked = try admin.client()
            try chunked.send(
                RunningAdmin.request("POST /reload", ["Transfer-Encoding: chunked"])
                    + "1001\r\n\(small)a\r\n0\r\n\r\n"
            )
            #expect(try chunked.readResponse(to: "POST").status == 413)
            #expect(chunked.isClosedByPeer())
        }
        #expect(source.reloadCount == 1)
    }

    @Test("Connections beyond the bound are turned away until one goes")
    func boundsConnections() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.connectionsMax = 2 }) { admin throws in
            let request = RunningAdmin.request("GET /healthz")
            let first = try admin.client()
            let second = try admin.client()
            #expect(try first.exchange(request).status == 200)
            #expect(try second.exchange(request).status == 200)
            let third = try admin.client()
            #expect(try third.readResponse().status == 503)
            #expect(third.isClosedByPeer())
            first.close()
            let isServed = try eventually {
                let client = try admin.client()
                return (try? client.exchange(request).status) == 200
            }
            #expect(isServed)
            #expect(try second.exchange(request).status == 200)
        }
    }

    @Test("Requests sent in one go are answered in their order")
    func answersPipelined() async throws {
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            let paths = ["/healthz", "/readyz", "/nothing", "/page.css"]
            let requests = (0..<100).map { RunningAdmin.request("GET \(paths[$0 % 4])") }
            try client.send(requests.joined())
            for index in 0..<100 {
                let response = try client.readResponse()
                #expect(response.status == (index % 4 == 2 ? 404 : 200))
                if index % 4 == 0 { #expect(response.text == "ok\n") }
            }
        }
    }

    @Test("Thousands of requests in one go do not grow the stack")
    func survivesPipelinedFlood() async throws {
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            let request = RunningAdmin.request("OPTIONS /")
            try client.send(String(repeating: request, count: 3000))
            for _ in 0..<3000 {
                #expect(try client.readResponse(to: "OPTIONS").status == 204)
            }
        }
    }

    @Test("A client that asks and does not read holds a bounded part of an answer")
    func holdsBackForSlowReader() async throws {
        let count = RuleCounter()
        let source = TestSource { $0.policy = .withRules(100_000) { _ in count.add() } }
        try await RunningAdmin.run(source, { $0.limits.sendTimeout = .milliseconds(500) }) {
            admin throws in
            let client = try admin.client(receiveBufferBytes: 4096)
            try client.send(RunningAdmin.request("GET /policy"))
            #expect(eventually { count.value > 0 })
            // The connection is given up in the end, long before all rules were asked for.
            let content = (try? client.readHead()).map { _ in
                pause(.seconds(1))
                return (try? client.readToEnd()) ?? []
            }
            #expect(content != nil)
            #expect(count.value < 50_000)
        }
    }

    @Test("A client that ends its direction still gets its answer")
    func answersHalfClosed() async throws {
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            try client.send(RunningAdmin.request("GET /healthz"))
            client.finishSending()
            #expect(try client.readResponse().text == "ok\n")
            #expect(client.isClosedByPeer())
        }
    }

    @Test("The connection ends with the answer where the client asks for it")
    func closesWhenAsked() async throws {
        try await RunningAdmin.run { admin throws in
            for field in ["Connection: close", "Connection: upgrade\r\nUpgrade: h2c"] {
                let client = try admin.client()
                let response = try client.exchange(RunningAdmin.request("GET /healthz", [field]))
                #expect(response.text == "ok\n")
                #expect(response["Connection"] == "close")
                #expect(client.isClosedByPeer())
            }
            let old = try admin.client().exchange("GET /policy HTTP/1.0\r\n\r\n")
            #expect(old.status == 200)
            #expect(old["Transfer-Encoding"] == nil)
            #expect(old.endedByClose)
            #expect(old.text.hasSuffix("]}"))
        }
    }
}
