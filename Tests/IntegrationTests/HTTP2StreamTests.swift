import Glibc
import Locking
import TestKit
import Testing

/// What one request of an HTTP/2 connection does, or gets, is not felt by the others, and what
/// clients do by the rules is not taken for an attack.
@Suite("Streams of one HTTP/2 connection", .blocking)
struct HTTP2StreamTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let post = [
        (":method", "POST"), (":scheme", "http"), (":path", "/users"), (":authority", "shop.test"),
    ]
    private static let frameBytes = 16_384

    /// A request that tests have a special answer for, or none.
    private static func get(_ number: Int) -> [(String, String)] {
        ClearGateway.get.map { $0.0 == ":path" ? ($0.0, "/users/\(number)") : $0 }
    }

    /// A block of fields in as many frames as it takes.
    private static func head(_ fields: [(String, String)], stream: UInt32, ends: Bool) -> [UInt8] {
        var rest = HTTP2RawClient.block(fields)[...]
        var frames: [UInt8] = []
        var kind = Kind.headers
        repeat {
            let piece = Array(rest.prefix(frameBytes))
            rest = rest.dropFirst(piece.count)
            let flags: UInt8 = (kind == Kind.headers && ends ? 1 : 0) | (rest.isEmpty ? 4 : 0)
            frames += HTTP2RawClient.frame(kind, flags: flags, stream: stream, piece)
            kind = Kind.continuation
        } while !rest.isEmpty
        return frames
    }

    private static func isEnd(_ frame: HTTP2RawClient.Frame, of stream: UInt32) -> Bool {
        let mayEnd = frame.type == Kind.data || frame.type == Kind.headers
        return frame.stream == stream && mayEnd && frame.flags & 1 == 1
    }

    /// Frames up to a stream's end, which has to come before the connection's.
    @discardableResult
    private static func expectEnd(
        of stream: UInt32,
        _ client: HTTP2RawClient,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> [HTTP2RawClient.Frame] {
        let frames = client.readFrames { isEnd($0, of: stream) || $0.type == Kind.goAway }
        let ends = frames.last.map { isEnd($0, of: stream) }
        #expect(ends == true, "\(frames)", sourceLocation: sourceLocation)
        return frames
    }

    /// What comes for these frames, up to the answer to a PING behind them.
    private static func framesToAnswer(
        _ octets: [UInt8],
        _ client: HTTP2RawClient
    ) throws -> [HTTP2RawClient.Frame] {
        try client.send(octets)
        try client.send(Kind.ping, stream: 0, [UInt8](repeating: 1, count: 8))
        return client.readFrames { $0.type == Kind.ping || $0.type == Kind.goAway }
    }

    /// The connection serves another stream.
    private static func expectService(
        _ client: HTTP2RawClient,
        stream: UInt32,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try client.request(ClearGateway.get, stream: stream)
        expectEnd(of: stream, client, sourceLocation: sourceLocation)
    }

    @Test("A first request may be as large as our SETTINGS say, before they are acknowledged")
    func takesLargeHeads() throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        // 20 KiB of the 32 that a head may have.
        let field = String(repeating: "a", count: 10 << 10)
        let fields = clear.get + [("x-large", field), ("x-last", field)]
        try client.send(Self.head(fields, stream: 1, ends: true))
        Self.expectEnd(of: 1, client)
        #expect(clear.origin.receivedText.contains("x-large: \(field)\r\n"))
        #expect(clear.origin.receivedText.contains("x-last: \(field)\r\n"))
        // Now they are, and the others go on.
        try client.send(Kind.settings, flags: 1, stream: 0)
        try Self.expectService(client, stream: 3)
        // Nothing is left to acknowledge (RFC 9113 section 6.5.3).
        try client.send(Kind.settings, flags: 1, stream: 0)
        #expect(client.readFrames { $0.type == Kind.goAway }.last?.goAwayCode == 1)
    }

    @Test("A response's fields may be too many for one frame", arguments: [8_100, 12_000, 15_000])
    func passesLargeHeads(count: Int) throws {
        // Of 15 bits in Huffman's code, and of 5.
        let fields = ["<", "a"].map { String(repeating: $0, count: count) }
        let clear = try ClearGateway { connection in
            while let head = try connection.readHead() {
                guard head.startLine.hasPrefix("GET /users/") else {
                    try ClearGateway.answer(head, connection)
                    continue
                }
                let field = head.startLine.hasPrefix("GET /users/1 ") ? fields[0] : fields[1]
                let lines = "X-Large: \(field)\r\nX-Last: \(field)\r\n"
                try connection.send("HTTP/1.1 200 OK\r\n\(lines)Content-Length: 2\r\n\r\nok")
            }
        }
        let client = try clear.connect()
        for (index, field) in fields.enumerated() {
            let stream = UInt32(4 * index + 1)
            try client.request(Self.get(index + 1), stream: stream)
            let frames = Self.expectEnd(of: stream, client).filter { $0.stream == stream }
            let block = frames.filter { $0.type == Kind.headers || $0.type == Kind.continuation }
            #expect(block.first?.type == Kind.headers)
            let isFull = block.dropLast().allSatisfy { frame in
                frame.flags == 0 && frame.payload.count == Self.frameBytes
            }
            #expect(isFull)
            #expect(block.last?.flags == 4)
            #expect(block.reduce(0) { $0 + $1.payload.count } > field.utf8.count)
            #expect(frames.last?.payload == Array("ok".utf8))
            try Self.expectService(client, stream: stream + 2)
            let arguments = [
                "-sSi", "--max-time", "10", "--noproxy", "*", "--http2-prior-knowledge",
                "http://127.0.0.1:\(clear.gateway.port)/users/\(index + 1)",
            ]
            let curl = try ChildProcess.run(try Programs.installed("curl"), arguments)
            #expect(curl.output.contains("x-large: \(field)\r\nx-last: \(field)\r\n"))
            #expect(curl.output.hasSuffix("\r\n\r\nok"))
        }
    }

    @Test("A reset right behind content that is refused ends its stream alone")
    func survivesResets() throws {
        let clear = try ClearGateway("limits: { body: 1KiB }")
        let client = try clear.connect()
        for stream in stride(from: UInt32(1), to: 41, by: 4) {
            let content = [UInt8](repeating: 0x61, count: 4_096)
            try client.send(
                Self.head(Self.post, stream: stream, ends: false)
                    + HTTP2RawClient.frame(Kind.data, flags: 1, stream: stream, content)
                    + HTTP2RawClient.frame(Kind.reset, stream: stream, [0, 0, 0, 8])
            )
            try Self.expectService(client, stream: stream + 2)
        }
    }

    @Test("Nothing of a request goes on after what was wrong with it")
    func stopsMalformedRequests() throws {
        let clear = try ClearGateway()
        for stream in [UInt32(1), 5] {
            let client = try clear.connect()
            try client.send(
                Self.head(Self.post + [("content-length", "5")], stream: stream, ends: false)
                    + HTTP2RawClient.frame(
                        Kind.data,
                        flags: 8,
                        stream: stream,
                        [0] + Array("123456".utf8)
                    )
                    + HTTP2RawClient.frame(
                        Kind.data,
                        flags: 1,
                        stream: stream,
                        Array("54321".utf8)
                    )
            )
            let frames = client.readFrames { $0.type == Kind.reset || $0.type == Kind.goAway }
            #expect(frames.last?.type == Kind.reset)
            try Self.expectService(client, stream: stream + 2)
        }
        #expect(!clear.origin.receivedText.contains("54321"))
    }

    @Test("Trailers that do not end their stream reset it alone", arguments: ["POST", "DELETE"])
    func resetsEndlessTrailers(method: String) throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        // One is forwarded, the other refused: its answer comes too late for its stream.
        let fields = [(":method", method)] + Self.post.dropFirst()
        try client.send(
            Self.head(fields, stream: 1, ends: false)
                + Self.head([("x-checksum", "1")], stream: 1, ends: false)
        )
        let frames = client.readFrames { $0.type == Kind.reset || $0.type == Kind.goAway }
        #expect(frames.last?.type == Kind.reset)
        try Self.expectService(client, stream: 3)
    }

    @Test("PING with each request is no flood: clients of gRPC measure by it")
    func answersPings() throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        let pings = (0..<200).flatMap { _ in
            HTTP2RawClient.frame(Kind.ping, stream: 0, [UInt8](repeating: 7, count: 8))
        }
        var answered = 0
        for stream in stride(from: UInt32(1), to: 61, by: 2) {
            try client.send(pings)
            try client.request(clear.get, stream: stream)
            let frames = Self.expectEnd(of: stream, client)
            answered += frames.count { $0.type == Kind.ping && $0.flags == 1 }
        }
        #expect(answered == 6_000)
    }

    @Test("A request that its client takes back is taken back from the origin, and no other is")
    func cancelsRequests() throws {
        let wasClosed = Lock(false)
        let clear = try ClearGateway { connection in
            while let head = try connection.readHead() {
                guard head.startLine.hasPrefix("GET /users/1 ") else {
                    try ClearGateway.answer(head, connection)
                    continue
                }
                let isClosed = connection.isClosedByPeer()
                wasClosed.withLock { $0 = isClosed }
                return
            }
        }
        let client = try clear.connect()
        try client.request(Self.get(1), stream: 1)
        #expect(eventually { clear.origin.receivedText.contains("GET /users/1 ") })
        try Self.expectService(client, stream: 3)
        try client.send(Kind.reset, stream: 1, [0, 0, 0, 8])
        #expect(eventually { wasClosed.withLock(\.self) })
        try Self.expectService(client, stream: 5)
    }

    @Test("A connection has 100 requests under way; another one is refused, and no other is")
    func boundsRequests() throws {
        let clear = try ClearGateway { connection in
            while let head = try connection.readHead() {
                if head.startLine.hasPrefix("GET /users/") { _ = connection.isClosedByPeer() }
                try ClearGateway.answer(head, connection)
            }
        }
        let client = try clear.connect()
        let settings = client.readFrames { $0.type == Kind.settings && $0.flags == 0 }.last
        #expect(settings?.payload.starts(with: [0, 3, 0, 0, 0, 100]) == true)
        let requests = (0..<130).flatMap { number in
            Self.head(Self.get(number), stream: UInt32(2 * number + 1), ends: true)
        }
        let frames = try Self.framesToAnswer(requests, client)
        #expect(frames.last?.type == Kind.ping)
        let refused = frames.filter { $0.type == Kind.reset }
        // REFUSED_STREAM: it can be tried again (RFC 9113 section 8.7).
        #expect(refused.allSatisfy { $0.payload == [0, 0, 0, 7] })
        #expect(refused.map(\.stream).sorted() == (100..<130).map { 2 * $0 + 1 })
        // Who takes one back may make another at once.
        let others = stride(from: UInt32(301), to: 321, by: 2).flatMap { stream in
            HTTP2RawClient.frame(Kind.reset, stream: stream - 300, [0, 0, 0, 8])
                + Self.head(Self.get(400), stream: stream, ends: true)
        }
        let more = try Self.framesToAnswer(others, client)
        #expect(more.allSatisfy { $0.type == Kind.ping || $0.type == Kind.settings }, "\(more)")
        try clear.expectService()
    }

    @Test("What comes with a request that a draining gateway refuses does not cut the others")
    func drainsAmongRequests() throws {
        let mayEnd = Lock(false)
        let clear = try ClearGateway("drain: 30s") { connection in
            while try connection.readHead() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
                #expect(eventually { mayEnd.withLock(\.self) })
                try connection.send("cd")
            }
        }
        let client = try clear.connect()
        try client.request(clear.get)
        _ = client.readFrames { $0.type == Kind.data }
        clear.gateway.process.signal(SIGTERM)
        #expect(client.readFrames { $0.type == Kind.goAway }.last?.goAwayCode == 0)
        // Sent before it came.
        try client.send(
            Self.head(Self.post, stream: 3, ends: false)
                + HTTP2RawClient.frame(Kind.data, stream: 3, [1, 2, 3])
                + HTTP2RawClient.frame(Kind.windowUpdate, stream: 3, [0, 0, 1, 0])
                + HTTP2RawClient.frame(Kind.data, flags: 1, stream: 3)
                + Self.head(clear.get, stream: 5, ends: true)
                + HTTP2RawClient.frame(Kind.reset, stream: 5, [0, 0, 0, 8])
        )
        let refused = client.readFrames { $0.type == Kind.reset && $0.stream == 5 }
        #expect(refused.filter { $0.type == Kind.reset }.map(\.stream) == [3, 5])
        #expect(refused.allSatisfy { $0.type != Kind.goAway }, "\(refused)")
        mayEnd.withLock { $0 = true }
        let rest = client.readFrames { Self.isEnd($0, of: 1) }
        #expect(rest.filter { $0.stream == 1 }.flatMap(\.payload) == Array("cd".utf8))
    }

    @Test(
        "A window that is opened too late for a request, ended or taken back, cuts no other",
        arguments: [true, false]
    )
    func opensWindowsTooLate(isTakenBack: Bool) throws {
        let count = 16 << 20
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        let sentPieces = Lock(0)
        let takenBytes = Lock(0)
        let isTaken = Lock(false)
        let mayAnswer = Lock(false)
        let clear = try ClearGateway { connection in
            while let head = try connection.readHead() {
                guard head.startLine.hasPrefix("POST") else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                    for _ in 0..<(count >> 14) {
                        try connection.send(Array(piece.prefix(1 << 14)))
                        sentPieces.withLock { $0 += 1 }
                    }
                    continue
                }
                defer { isTaken.withLock { $0 = true } }
                try connection.readContent(of: head) { part in
                    takenBytes.withLock { $0 += part.count }
                }
                isTaken.withLock { $0 = true }
                _ = eventually { mayAnswer.withLock(\.self) }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        let client = try clear.connectSlowly()
        try client.request(clear.get)
        _ = client.readFrames { $0.type == Kind.data }
        // Nothing moves any more: the gateway's socket is full, and what it holds besides.
        var (before, same) = (0, 0)
        #expect(
            eventually(every: .milliseconds(10)) {
                let now = sentPieces.withLock(\.self)
                (before, same) = (now, now == before ? same + 1 : 0)
                return same == 20
            }
        )
        // So much that the window is opened anew.
        try client.request(Self.post, stream: 3, endsStream: false)
        for _ in 0..<7 { try client.send(Kind.data, stream: 3, Array(piece.prefix(16_000))) }
        #expect(eventually { takenBytes.withLock(\.self) == 7 * 16_000 })
        let end =
            isTakenBack
            ? HTTP2RawClient.frame(Kind.reset, stream: 3, [0, 0, 0, 8])
            : HTTP2RawClient.frame(Kind.data, flags: 1, stream: 3, [0x61])
        try client.send(end)
        #expect(eventually { isTaken.withLock(\.self) })
        Self.expectEnd(of: 1, client)
        mayAnswer.withLock { $0 = true }
        if !isTakenBack { Self.expectEnd(of: 3, client) }
        try Self.expectService(client, stream: 5)
    }

    @Test("A client gets what was written before a draining gateway ends its connection")
    func drainsWhole() throws {
        let count = 8 << 20
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        let clear = try ClearGateway("drain: 30s") { connection in
            while try connection.readHead() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                for _ in 0..<(count >> 20) { try connection.send(piece) }
            }
        }
        let client = try clear.connectSlowly()
        try client.request(clear.get)
        var (left, isTold) = (count, false)
        let frames = client.readFrames { frame in
            if frame.type == Kind.headers { clear.gateway.process.signal(SIGTERM) }
            if frame.type == Kind.data {
                // The kernel holds all of the rest: longer than clients have to close their side.
                if (left - frame.payload.count) >> 20 == 0, left >> 20 == 1 { sleep(4) }
                left -= frame.payload.count
            }
            // Frames that nobody reads any more would have the kernel throw away what it holds.
            try? client.send(Kind.windowUpdate, stream: 0, [0, 0, 0, 1])
            isTold = isTold || frame.goAwayCode == 0
            return left == 0 && isTold
        }
        #expect(left == 0 && isTold)
        #expect(frames.contains { Self.isEnd($0, of: 1) })
        client.close()
        #expect(try clear.gateway.process.wait() == 0)
        let said = clear.gateway.process.text(.standardError)
        #expect(!said.contains("an HTTP/2 connection was closed"), "\(said)")
    }
}
