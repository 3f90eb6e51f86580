import Foundation
import Locking
import TestKit
import Testing

/// What HTTP/2 origins do wrong (L-01 to L-27 of Bypasses.md).
@Suite("Faults of HTTP/2 origins", .blocking, .timeLimit(.minutes(5)))
struct HTTP2OriginFaultTests {
    private static let ok = [(":status", "200")]

    @Test(
        "A response that is not one of HTTP/2 is 502",
        arguments: [
            [(":status", "200"), ("transfer-encoding", "chunked")],
            [(":status", "200"), ("connection", "close")],
            [(":status", "20"), ("a", "b")], [(":status", "abc")], [(":status", "101")],
            [(":status", "200"), ("content-length", "1"), ("content-length", "2")],
            [(":status", "200"), ("content-length", "x")], [("a", "b")],
        ]
    )
    func refusesResponses(_ fields: [(String, String)]) throws {
        let fixture = try HTTP2Fixture.answering(fields, "1")
        #expect(try fixture.exchange(request("GET", "/")).status == 502)
        // The next request is served as if nothing had been.
        #expect(try fixture.exchange(request("GET", "/")).status == 502)
        #expect(fixture.gateway.process.isRunning)
    }

    @Test("Content that ends before its length, or is reset, cuts the client's connection")
    func cutsShortContent() throws {
        let isRead = Lock(false)
        let fixture = try HTTP2Fixture { server in
            while let head = try server.readHead() {
                try server.respond(head.stream, [(":status", "200"), ("content-length", "10")])
                try server.content(head.stream, "four", endsStream: false)
                #expect(eventually { isRead.withLock { $0 } })
                try server.send(HTTP2RawServer.Kind.reset, stream: head.stream, [0, 0, 0, 2])
            }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/"))
        #expect(try client.readHead()["content-length"] == "10")
        #expect(try client.readSome() == Array("four".utf8))
        isRead.withLock { $0 = true }
        #expect(client.isClosedByPeer())
        #expect(fixture.gateway.process.isRunning)
    }

    @Test("A connection that ends before an answer: GET is sent again, POST is not (R-22, L-14)")
    func repeatsWhatMayBe() throws {
        let counts = Lock<[Int]>([])
        let fixture = try HTTP2Fixture(isSecure: true) { server in
            // The first request of a connection is answered, the second is taken and dropped.
            guard let first = try server.readHead() else { return }
            counts.withLock { $0.append(1) }
            try server.respond(first.stream, Self.ok, endsStream: true)
            guard try server.readHead() != nil else { return }
            counts.withLock { $0[$0.count - 1] = 2 }
        }
        let client = try fixture.gateway.connect()
        #expect(try client.exchange(request("GET", "/")).status == 200)
        #expect(try client.exchange(request("GET", "/")).status == 200)
        // On the second connection now, whose first request was that GET.
        #expect(try client.exchange(request("POST", "/", body: "x")).status == 502)
        #expect(counts.withLock { $0 } == [2, 2])
        #expect(try client.exchange(request("POST", "/", body: "")).status == 200)
        #expect(try client.exchange(request("POST", "/", body: "")).status == 502)
        #expect(counts.withLock { $0 } == [2, 2, 2])
    }

    @Test("A connection that the origin gives up while it is idle is not used again")
    func noticesClosedConnections() throws {
        let fixture = try HTTP2Fixture(isSecure: true) { server in
            guard let head = try server.readHead() else { return }
            try server.respond(head.stream, Self.ok, endsStream: true)
            try server.send(HTTP2RawServer.Kind.goAway, stream: 0, [0, 0, 0, 1, 0, 0, 0, 0])
            // Until the other side has seen it and closes (RFC 9113 §6.8).
            while try server.readFrame() != nil {}
        }
        let client = try fixture.gateway.connect()
        for count in 1...3 {
            // It may have been sent before the origin's word was heard; then it is sent again.
            #expect(try client.exchange(request("GET", "/")).status == 200)
            #expect(fixture.origin.connectionCount == count)
        }
    }

    @Test("A refusal comes through before the request's content is complete (L-21)")
    func passesEarlyRefusals() throws {
        let fixture = try HTTP2Fixture { server in
            while let head = try server.readHead() {
                try server.respond(head.stream, [(":status", "413")], endsStream: true)
            }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("POST", "/", ["Content-Length: 1000000"]) + "a beginning")
        #expect(try client.readResponse(within: .seconds(5)).status == 413)
    }

    @Test("A client that goes away ends its stream")
    func resetsStreams() throws {
        let outcome = Lock<Bool?>(nil)
        let fixture = try HTTP2Fixture { server in
            guard let head = try server.readHead() else { return }
            try server.respond(head.stream, Self.ok)
            try server.content(head.stream, "beginning", endsStream: false)
            let wasReset = try server.awaitsReset(of: head.stream)
            outcome.withLock { $0 = wasReset }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/"))
        _ = try client.readHead()
        client.reset()
        #expect(eventually { outcome.withLock { $0 } == true })
    }

    @Test("Heads and interim responses without end are given up on (L-19)")
    func boundsHeads() throws {
        let fixture = try HTTP2Fixture { server in
            while let head = try server.readHead() {
                for _ in 0..<64 {
                    try server.respond(head.stream, [(":status", "103"), ("a", "b")])
                }
                try server.respond(head.stream, Self.ok, endsStream: true)
            }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/"))
        var heads = 0
        while let head = try? client.readHead(within: .seconds(5)) {
            heads += 1
            if !head.startLine.contains(" 103 ") { break }
        }
        #expect(heads <= 17)
        let long = String(repeating: "x", count: 60_000)
        let large = try HTTP2Fixture.answering([(":status", "200"), ("a", long)])
        #expect(try large.exchange(request("GET", "/")).status == 502)
    }

    @Test("A client that does not read stops the origin, and holds nobody else up (L-20)")
    func holdsBack() throws {
        let sent = Lock<Int?>(nil)
        let chain = try HTTP2Chain { connection in
            while let seen = try connection.readRequest() {
                guard seen.target == "/big" else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\n\r\n")
                let octets = [UInt8](repeating: 0x61, count: 1 << 16)
                let count = try connection.sendUntilBlocked(
                    octets,
                    countMax: 256 << 20,
                    patience: .seconds(2)
                )
                sent.withLock { $0 = count }
                return
            }
        }
        let slow = try chain.outer.connect(receiveBufferBytes: 4096)
        try slow.send(request("GET", "/big"))
        _ = try slow.readHead()
        let quick = try chain.outer.connect()
        for _ in 0..<20 { #expect(try quick.exchange(request("GET", "/")).text == "ok") }
        #expect(eventually(within: .seconds(30)) { sent.withLock { $0 } != nil })
        #expect(try #require(sent.withLock { $0 }) < 64 << 20)
    }
}
