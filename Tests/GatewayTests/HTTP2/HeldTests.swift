import TestKit
import Testing

@testable import Gateway

/// What is held for HTTP/2 clients is bounded, in octets and in time (B-66, RFC 9113 section 10.5).
@Suite("What HTTP/2 connections make the gateway hold", .serialized)
struct HeldTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let contentBytes = 12_000
    /// As much as a frame takes.
    private static let content = [UInt8](repeating: 0x61, count: HTTP2Limits.frameContentBytesMax)
    private static let streams = (0..<20).map { UInt32($0 * 2 + 1) }
    /// SETTINGS_INITIAL_WINDOW_SIZE 0: no content may be sent before the client says so.
    private static let noWindow: [UInt8] = [0, 4, 0, 0, 0, 0]
    /// The same setting, so high that it holds nothing back.
    private static let wideWindow: [UInt8] = [0, 4, 0x40, 0, 0, 0]

    private static let get = [
        (":method", "GET"), (":scheme", "http"), (":path", "/users"), (":authority", "shop.test"),
    ]

    /// A client that asks for much at once.
    private static func greedyClient(
        port: Int,
        settings: [UInt8],
        receiveBufferBytes: Int32? = nil
    ) throws -> HTTP2RawClient {
        let client = try HTTP2RawClient(
            port: port,
            settings: settings,
            receiveBufferBytes: receiveBufferBytes
        )
        for stream in streams { try client.request(get, stream: stream) }
        return client
    }

    private static func openWindow(
        of client: HTTP2RawClient,
        by count: Int,
        streams: [UInt32]
    ) throws {
        let octets = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        let frames = streams.flatMap { stream in
            HTTP2RawClient.frame(Kind.windowUpdate, stream: stream, octets)
        }
        try client.send(frames)
    }

    /// A request whose content goes on.
    private static func upload(
        _ client: HTTP2RawClient,
        _ stream: UInt32,
        by method: String = "POST",
        frames: Int
    ) throws {
        let head = [(":method", method)] + get.dropFirst()
        try client.request(head, stream: stream, endsStream: false)
        for _ in 0..<frames { try client.send(Kind.data, stream: stream, content) }
    }

    /// A client whose request keeps the only connection to the origin as long as it stays.
    private static func takeOrigin(port: Int) throws -> RawClient {
        let client = try RawClient(port: port)
        try client.send("GET /users?hold HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        return client
    }

    private static func staysOpen(_ client: HTTP2RawClient, for limit: Duration) -> Bool {
        always(for: limit, every: .milliseconds(100)) { isOpen(client) }
    }

    private static func thousand(_ frame: [UInt8]) -> [UInt8] {
        [[UInt8]](repeating: frame, count: 1_000).flatMap(\.self)
    }

    private static func isOpen(_ client: HTTP2RawClient) -> Bool {
        do {
            try client.send(Kind.ping, stream: 0, [UInt8](repeating: 1, count: 8))
            while let frame = try client.readFrame() { if frame.type == Kind.ping { return true } }
        } catch {}
        return false
    }

    /// Whether the connection ends without the client's reading from it.
    private static func isCut(_ client: HTTP2RawClient) -> Bool {
        eventually(every: .milliseconds(50)) {
            do { try openWindow(of: client, by: 1, streams: [0]) } catch { return true }
            return false
        }
    }

    /// A MiB for each client, whatever the limits on connections are.
    private static func setSmallBound(_ limits: inout GatewayLimits) {
        limits.connectionsPerClientMax = 8
        limits.heldBytesMin = 1 << 20
    }

    private func withGateway(
        contentBytes: Int = Self.contentBytes,
        _ change: (inout GatewayLimits) -> Void,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        let content = String(repeating: "a", count: contentBytes)
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(contentBytes)\r\n\r\n\(content)"
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                if !request.target.hasSuffix("?hold") { try connection.send(answer) }
            }
        }
        try await InProcessGateway.run(
            before: origin,
            { configuration, upstream in
                configuration.listen[0].http2 = true
                upstream.connectionsMax = 1
                upstream.waitTimeoutMilliseconds = 60_000
                change(&configuration.limits)
            },
            body
        )
    }

    @Test("Who lets too much lie loses the connections with most, and the others are served")
    func boundsWhatIsHeld() async throws {
        // 330 KB are held for each connection, of the MiB that may be held for the client.
        try await withGateway(Self.setSmallBound) { port in
            let clients = try (0..<5).map { _ in
                try Self.greedyClient(port: port, settings: Self.noWindow)
            }
            var open: [HTTP2RawClient] = []
            let isBounded = eventually(within: .seconds(20), every: .milliseconds(200)) {
                open = clients.filter(Self.isOpen)
                return open.count <= 3
            }
            #expect(isBounded)
            #expect(open.count == 3)
            for client in open {
                try Self.openWindow(of: client, by: 1 << 24, streams: [0] + Self.streams)
                var (count, ends) = (0, 0)
                _ = client.readFrames { frame in
                    if frame.type == Kind.data { count += frame.payload.count }
                    if frame.type == Kind.data, frame.flags & 1 == 1 { ends += 1 }
                    return ends == Self.streams.count
                }
                #expect(count == Self.streams.count * Self.contentBytes)
            }
        }
    }

    @Test("Tiny frames that wait count for what it takes to hold them, and tiny content is joined")
    func boundsTinyFrames() async throws {
        try await withGateway(Self.setSmallBound) { port in
            // The only connection to the origin is taken, so content has to wait.
            let first = try Self.takeOrigin(port: port)
            defer { first.close() }
            let client = try HTTP2RawClient(port: port)
            // More content than is taken ahead of its turn.
            try Self.upload(client, 1, frames: 6)
            #expect(Self.isOpen(client))
            let letter = HTTP2RawClient.frame(Kind.data, stream: 1, [0x61])
            let update = HTTP2RawClient.frame(Kind.windowUpdate, stream: 1, [0, 0, 0, 1])
            for _ in 0..<10 { try client.send(Self.thousand(letter)) }
            // As frames they would be 2.5 MB.
            #expect(Self.staysOpen(client, for: .milliseconds(1_000)))
            for _ in 0..<10 { try? client.send(Self.thousand(update)) }
            #expect(Self.isCut(client))
        }
    }

    @Test("Content that is taken ahead of its turn counts")
    func boundsContent() async throws {
        try await withGateway(Self.setSmallBound) { port in
            // The only connection to the origin is taken.
            let first = try Self.takeOrigin(port: port)
            defer { first.close() }
            let client = try HTTP2RawClient(port: port)
            let streams = (0..<40).map { UInt32($0 * 2 + 1) }
            for stream in streams.prefix(10) { try Self.upload(client, stream, frames: 3) }
            #expect(Self.staysOpen(client, for: .milliseconds(1_500)))
            for stream in streams.dropFirst(10) { try? Self.upload(client, stream, frames: 3) }
            #expect(Self.isCut(client))
        }
    }

    @Test("Uploads that are refused leave their connection whole, though they go on")
    func outlivesRefusedUploads() async throws {
        try await withGateway { _ in
        } _: { port in
            let client = try HTTP2RawClient(port: port)
            let streams = (0..<60).map { UInt32($0 * 2 + 1) }
            for stream in streams { try Self.upload(client, stream, by: "DELETE", frames: 2) }
            var (answered, reset): (Set<UInt32>, Set<UInt32>) = ([], [])
            _ = client.readFrames { frame in
                if frame.type == Kind.headers { answered.insert(frame.stream) }
                if frame.type == Kind.reset { reset.insert(frame.stream) }
                return reset.count == streams.count
            }
            #expect(answered == Set(streams) && reset == Set(streams))
            for stream in streams { try client.send(Kind.data, stream: stream, Self.content) }
            #expect(Self.isOpen(client))
        }
    }

    @Test("Who does not read from its connection at all has the time to send, and no more")
    func cutsWhoDoesNotRead() async throws {
        try await withGateway(contentBytes: 1_000_000) {
            $0.sendTimeoutMilliseconds = 1_000
        } _: { port in
            let client = try Self.greedyClient(
                port: port,
                settings: Self.wideWindow,
                receiveBufferBytes: 4096
            )
            try Self.openWindow(of: client, by: 1 << 30, streams: [0])
            #expect(Self.isCut(client))
        }
    }

    @Test("A response waits for its turn as long as the client goes on taking others")
    func waitsForItsTurn() async throws {
        let step = 12_000
        try await withGateway(contentBytes: 5 * step) {
            $0.sendTimeoutMilliseconds = 3_000
        } _: { port in
            let client = try Self.greedyClient(port: port, settings: Self.noWindow)
            // It takes some of each in turn, and longer for them than a response may wait.
            for _ in 1...5 {
                for stream in Self.streams.prefix(18) {
                    try Self.openWindow(of: client, by: step, streams: [0, stream])
                    var count = 0
                    let frames = client.readFrames { frame in
                        if frame.type == Kind.data { count += frame.payload.count }
                        return frame.type == Kind.reset || count >= step
                    }
                    try #require(frames.last?.type == Kind.data && frames.last?.stream == stream)
                    pause(.milliseconds(50))
                }
            }
            // It takes no more of any.
            let rest = client.readFrames { $0.type == Kind.reset }
            #expect(rest.last?.type == Kind.reset)
        }
    }

    @Test("A malformed HEAD is answered as such, and the next request too")
    func refusesMalformedHead() async throws {
        try await withGateway { _ in
        } _: { port in
            let client = try HTTP2RawClient(port: port)
            let head = [(":method", "HEAD")] + Self.get.dropFirst() + [("host", "other.test")]
            for stream in [1, 3] as [UInt32] {
                try client.request(head, stream: stream)
                let frames = client.readFrames { $0.stream == stream }
                let answer = try #require(frames.last)
                // END_STREAM beside END_HEADERS; 400 is entry 12 of HPACK's static table.
                #expect(answer.type == Kind.headers && answer.flags & 5 == 5)
                #expect(answer.payload.first == 0x8C)
            }
        }
    }

    @Test("What is held for one client is what HTTP/1.1 would hold, or one full connection")
    func sharesByConnections() {
        var limits = GatewayLimits()
        #expect(HTTP2Limits.heldBytesMax(limits, workers: 1).client == 1_000 * 65_536)
        #expect(HTTP2Limits.heldBytesMax(limits, workers: 2).client == 768 * 65_536)
        #expect(HTTP2Limits.heldBytesMax(limits, workers: 4).all == 2_500 * 65_536)
        #expect(HTTP2Limits.heldBytesMax(limits, workers: 64).client == 768 * 65_536)
        limits.connectionsMax = .max
        #expect(HTTP2Limits.heldBytesMax(limits, workers: 1).all == .max)
    }
}
