import Foundation
import TestKit
import Testing

/// HTTP/2 as no proper client speaks it (R-50 to R-59 and B-53).
@Suite("Hostile HTTP/2", .blocking)
struct HTTP2Tests {
    private typealias Kind = HTTP2RawClient.Kind

    @Test(
        "B-53: what HTTP/1.1 cannot say is refused, and no octet of it reaches the origin",
        arguments: [
            [":path": "/evil HTTP/1.1\r\nX: y"], [":path": "/evil b"], [":path": "evil"],
            [":path": ""], [":method": "GET /evil HTTP/1.1\r\nHost: a\r\n\r\nGET"],
            [":method": "GE T"], [":method": ""], [":authority": "shop.test\r\nX-Evil: 1"],
            [":authority": "evil@shop.test"], [":scheme": "evil"], ["host": "evil.test"],
            ["x-evil": "a\r\nX-Evil: b"], ["x-evil": "a\u{0}b"], ["x-evil": " a"],
            ["x-evil": "a\t"],
            ["X-Evil": "a"], ["x evil": "a"], ["x-evil:": "a"],
            ["connection": "x-evil"], ["transfer-encoding": "chunked"], ["upgrade": "evil"],
            ["te": "gzip"], ["content-length": "5"], ["content-length": "evil"],
            [":evil": "a"], [":path:": "/evil"],
        ]
    )
    func refusesMalformed(_ change: [String: String]) throws {
        let clear = try Self.shared.get()
        let client = try clear.connect()
        var fields = clear.get
        for (name, value) in change {
            if let index = fields.firstIndex(where: { $0.0 == name }) {
                fields[index].1 = value
            } else {
                fields.append((name, value))
            }
        }
        try client.request(fields)
        try Self.expectBadRequest(client)
        #expect(!clear.origin.receivedText.lowercased().contains("evil"))
    }

    /// The request is answered, and not failed with its stream or connection (decision record 17).
    private static func expectBadRequest(_ client: HTTP2RawClient) throws {
        let frames = client.readFrames { frame in
            frame.type == Kind.reset || frame.type == Kind.goAway || frame.type == Kind.headers
        }
        let last = try #require(frames.last)
        // 400 is the static table's entry 12.
        #expect(last.type == Kind.headers && last.payload.first == 0x8C, "\(last)")
    }

    @Test("A field without a name is one that HPACK cannot mean, and ends the connection")
    func refusesEmptyName() throws {
        let clear = try Self.shared.get()
        let client = try clear.connect()
        try client.request(clear.get + [("", "evil")])
        let frames = client.readFrames { $0.type == Kind.goAway || $0.type == Kind.headers }
        #expect(frames.last?.type == Kind.goAway)
        #expect(!clear.origin.receivedText.contains("evil"))
    }

    @Test("Pseudo-fields stand before all fields (RFC 9113 section 8.3)")
    func refusesLatePseudoFields() throws {
        let clear = try Self.shared.get()
        let client = try clear.connect()
        let late = [("x-a", "b"), (":path", "/evil")]
        try client.request(clear.get.filter { $0.0 != ":path" } + late)
        try Self.expectBadRequest(client)
        #expect(!clear.origin.receivedText.contains("evil"))
    }

    private static let shared = SharedClear()
    private final class SharedClear: Sendable {
        private let clear = Result { try ClearGateway() }
        func get() throws -> ClearGateway { try clear.get() }
    }

    @Test("A client that says goodbye and closes is not waited for", arguments: [false, true])
    func closesWithTheClient(saysGoodbye: Bool) throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        try client.request(clear.get)
        _ = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        if saysGoodbye {
            try client.send(Kind.goAway, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0])
        }
        client.finishSending()
        // Long before the 75 s of an idle connection.
        while try client.readFrame(within: .seconds(5)) != nil {}
    }

    @Test("A client that asks for nothing, or for nothing more, is not kept (B-66)")
    func endsIdleConnections() throws {
        let gateway = try RunningGateway(
            configuration: """
                listen: { address: 127.0.0.1:0, http2: true }
                upstreams: { shop: "http://127.0.0.1:1" }
                limits: { head_timeout: 300ms, idle_timeout: 300ms }
                policies: policies/
                """
        )
        let silent = try HTTP2RawClient(port: gateway.port)
        let done = try HTTP2RawClient(port: gateway.port)
        try done.request([
            (":method", "DELETE"), (":scheme", "http"), (":path", "/status"),
            (":authority", "shop.test"),
        ])
        // Neither of them answers a PING.
        for client in [silent, done] {
            let frames = client.readFrames { _ in false }
            #expect(frames.contains { $0.type == Kind.goAway })
        }
    }

    @Test("Content has to be as long as it says, and is framed anew for the origin (R-54)")
    func countsContent() throws {
        let clear = try ClearGateway()
        let post = clear.get.map { $0.0 == ":method" ? ($0.0, "POST") : $0 }
            .map { $0.0 == ":path" ? ($0.0, "/users") : $0 }
        for content in ["12345GET /evil HTTP/1.1\r\n\r\n", "1234"] {
            let client = try clear.connect()
            try client.request(post + [("content-length", "5")], endsStream: false)
            try client.send(Kind.data, flags: 1, stream: 1, Array(content.utf8))
            let frames = client.readFrames { $0.type == Kind.reset || $0.type == Kind.goAway }
            #expect(frames.last?.type == Kind.reset)
            // The others of the connection are not touched.
            try client.request(clear.get, stream: 3)
            let others = client.readFrames { $0.stream == 3 && $0.flags & 1 == 1 }
            #expect(others.last?.stream == 3)
        }
        #expect(!clear.origin.receivedText.contains("evil"))
        let client = try clear.connect()
        try client.request(post, endsStream: false)
        try client.send(Kind.data, stream: 1, Array("0\r\n\r\nGET /evil".utf8))
        try client.send(Kind.data, flags: 1, stream: 1, Array("67".utf8))
        let frames = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        let data = frames.filter { $0.type == Kind.data }.flatMap(\.payload)
        #expect(String(decoding: data, as: UTF8.self) == "POST /users HTTP/1.1 16")
    }

    @Test("Cookie crumbs are one line, and a client's own Connection fields are none (R-55)")
    func joinsCookies() throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        try client.request(clear.get + [("cookie", "a=1"), ("x-a", "b"), ("cookie", "c=2")])
        _ = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        #expect(clear.origin.receivedText.contains("cookie: a=1; c=2\r\n"))
    }

    @Test("Blocks of fields are decoded in the order in which they come (RFC 9113 section 4.3)")
    func decodesInOrder() throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        let post = [(":method", "POST")] + clear.get.dropFirst()
        // Trailers put a field into HPACK's table, where the next request finds it at 62.
        let field = [0x40, 10] + Array("x-checksum".utf8) + [3] + Array("abc".utf8)
        try client.send(
            HTTP2RawClient.frame(
                Kind.headers,
                flags: 4,
                stream: 1,
                HTTP2RawClient.block(post.map { $0.0 == ":path" ? ($0.0, "/users") : $0 })
            ) + HTTP2RawClient.frame(Kind.data, stream: 1, [0x61])
                + HTTP2RawClient.frame(Kind.headers, flags: 5, stream: 1, field)
                + HTTP2RawClient.frame(
                    Kind.headers,
                    flags: 5,
                    stream: 3,
                    HTTP2RawClient.block(clear.get) + [0x80 | 62]
                )
        )
        var ended: Set<UInt32> = []
        _ = client.readFrames { frame in
            if frame.flags & 1 == 1 { ended.insert(frame.stream) }
            return ended.isSuperset(of: [1, 3])
        }
        let text = clear.origin.receivedText
        let next = text.range(of: "GET /status HTTP/1.1\r\n").map { text[$0.upperBound...] }
        #expect(next?.contains("x-checksum: abc\r\n") == true, "\(text)")
    }

    @Test("A head that is too large is 431, or the end of the connection")
    func boundsHeads() throws {
        let clear = try ClearGateway("limits: { head: 4KiB, target: 1KiB }")
        let client = try clear.connect()
        try client.request(clear.get + [("x-large", String(repeating: "a", count: 12_000))])
        let frames = client.readFrames { frame in
            [Kind.headers, Kind.reset, Kind.goAway].contains(frame.type)
        }
        // 200 would be the static table's entry 8.
        #expect(frames.last.map { $0.type != Kind.headers || $0.payload.first != 0x88 } == true)
        #expect(clear.origin.receivedText.isEmpty)
        try clear.expectService()
    }

    @Test("A client that never opens its window gets the heads, and no content is held for it")
    func holdsNothingForClosedWindows() throws {
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        let clear = try ClearGateway { connection in
            while let head = try connection.readHead() {
                guard head.startLine.hasPrefix("GET /users ") else {
                    try ClearGateway.answer(head, connection)
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(8 * piece.count)\r\n\r\n")
                for _ in 0..<8 { try connection.send(piece) }
            }
        }
        try clear.expectService()
        let before = try ProcessStatus.residentBytes(pid: clear.pid)
        // SETTINGS_INITIAL_WINDOW_SIZE 0: no content may be sent.
        let client = try clear.connect(settings: [0, 4, 0, 0, 0, 0])
        let large = clear.get.map { $0.0 == ":path" ? ($0.0, "/users") : $0 }
        for stream in stride(from: UInt32(1), to: 99, by: 2) {
            try client.request(large, stream: stream)
        }
        var heads = 0
        _ = client.readFrames { frame in
            if frame.type == Kind.headers { heads += 1 }
            return heads == 49
        }
        #expect(heads == 49)
        // 392 MiB are on offer, and 64 KiB are queued for each request.
        let isBounded = try always(for: .seconds(1), every: .milliseconds(50)) {
            try ProcessStatus.peakResidentBytes(pid: clear.pid) - before < 64 << 20
        }
        #expect(isBounded)
        try clear.expectService()
    }

    @Test("CONNECT, PRI and an upgrade to h2c get nowhere (R-56, R-59)")
    func refusesTunnels() throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        try client.request([(":method", "CONNECT"), (":authority", "evil.test:443")])
        let frames = client.readFrames {
            [Kind.headers, Kind.reset, Kind.goAway].contains($0.type)
        }
        let last = try #require(frames.last)
        // 200 would be the static table's entry 8.
        #expect(last.type != Kind.headers || last.payload.first != 0x88, "\(last)")
        #expect(clear.origin.connectionCount == 0)
        let plain = try RawClient(port: clear.gateway.port)
        try plain.send(
            "GET /status HTTP/1.1\r\nHost: a\r\n"
                + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
        )
        #expect(try plain.readResponse().status == 200)
        #expect(plain.isClosedByPeer())
        let almost = try RawClient(port: clear.gateway.port)
        try almost.send("PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n")
        #expect([400, 505].contains(try almost.readResponse().status))
    }
}
