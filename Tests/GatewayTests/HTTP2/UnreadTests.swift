import TestKit
import Testing

@testable import Gateway

/// What HTTP/2 clients leave of their responses, which is bounded (B-66, RFC 9113 section 10.5).
@Suite("Responses that HTTP/2 clients do not take", .serialized)
struct UnreadTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let contentBytes = 60_000
    private static let streams = (0..<100).map { UInt32($0 * 2 + 1) }

    /// A client that asks for as much as it may, and lets no content be sent.
    private static func greedyClient(port: Int) throws -> HTTP2RawClient {
        let client = try unwillingClient(port: port)
        for stream in streams { try client.request(get, stream: stream) }
        return client
    }

    /// A client with SETTINGS_INITIAL_WINDOW_SIZE 0.
    private static func unwillingClient(port: Int) throws -> HTTP2RawClient {
        try HTTP2RawClient(port: port, settings: [0, 4, 0, 0, 0, 0])
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

    private static func isOpen(_ client: HTTP2RawClient) -> Bool {
        do {
            try client.send(Kind.ping, stream: 0, [UInt8](repeating: 1, count: 8))
            while let frame = try client.readFrame() { if frame.type == Kind.ping { return true } }
        } catch {}
        return false
    }

    private static let get = [
        (":method", "GET"), (":scheme", "http"), (":path", "/users"), (":authority", "shop.test"),
    ]

    private func withGateway(
        contentBytes: Int = Self.contentBytes,
        _ change: (inout GatewayLimits) -> Void,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        let content = String(repeating: "a", count: contentBytes)
        let origin = try RawOrigin.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)"
        )
        try await InProcessGateway.run(
            before: origin,
            { configuration, _ in
                configuration.listen[0].http2 = true
                change(&configuration.limits)
            },
            body
        )
    }

    @Test("Who lets too much lie loses the connections with most, and the others are served")
    func boundsWhatIsHeld() async throws {
        // 6 MB lie on each connection, of the 13 MB that a client may have on all of them.
        try await withGateway {
            $0.connectionsPerClientMax = 8
        } _: { port in
            let clients = try (0..<4).map { _ in try Self.greedyClient(port: port) }
            var open: [HTTP2RawClient] = []
            let isBounded = eventually(every: .milliseconds(100)) {
                open = clients.filter(Self.isOpen)
                return open.count <= 2
            }
            #expect(isBounded)
            #expect(open.count == 2)
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

    @Test("A response waits for its turn as long as the client goes on taking others")
    func waitsForItsTurn() async throws {
        try await withGateway {
            $0.sendTimeoutMilliseconds = 500
        } _: { port in
            let client = try Self.unwillingClient(port: port)
            for stream in Self.streams { try client.request(Self.get, stream: stream) }
            // It takes one after the other, and longer for them than a response may wait.
            let first = Self.streams[0]
            for stream in Self.streams[1...20] + [first] {
                try Self.openWindow(of: client, by: Self.contentBytes, streams: [0, stream])
                let frames = client.readFrames { frame in
                    frame.type == Kind.reset || frame.type == Kind.data && frame.flags & 1 == 1
                }
                try #require(frames.last.map { [$0.stream, UInt32($0.type)] } == [stream, 0])
                pause(.milliseconds(100))
            }
            // It takes no more of any.
            let rest = client.readFrames { $0.type == Kind.reset }
            #expect(rest.last?.type == Kind.reset)
        }
    }

    @Test("Who has nonsense refused and reads no answer is not sent answers for ever")
    func boundsRefusals() async throws {
        try await withGateway(contentBytes: 200_000) { _ in
        } _: { port in
            // Its windows are wide open, but it reads nothing: more than the kernel takes.
            let client = try HTTP2RawClient(
                port: port,
                settings: [0, 4, 0x40, 0, 0, 0],
                receiveBufferBytes: 4096
            )
            try Self.openWindow(of: client, by: 1 << 30, streams: [0])
            for stream in Self.streams.prefix(50) { try client.request(Self.get, stream: stream) }
            // Heads alone, which no window holds back.
            let nonsense = [(":method", "HEAD")] + Self.get.dropFirst() + [("host", "other.test")]
            let block = HTTP2RawClient.block(nonsense)
            let streamMax: UInt32 = 10_000
            var stream = Self.streams[50]
            let isCut = eventually(within: .seconds(60), every: .milliseconds(5)) {
                let requests = (0..<5).flatMap { _ in
                    defer { stream += 2 }
                    return HTTP2RawClient.frame(Kind.headers, flags: 5, stream: stream, block)
                }
                do { try client.send(requests) } catch { return true }
                return stream > streamMax
            }
            #expect(isCut)
            #expect(stream < streamMax)
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

    @Test("What one client may leave is what it could with HTTP/1.1, or two connections' worth")
    func sharesByConnections() {
        var limits = GatewayLimits()
        #expect(HTTP2Limits.unreadBytesMax(limits, workers: 1).client == 1_000 * 65_536)
        #expect(HTTP2Limits.unreadBytesMax(limits, workers: 4).client == 250 * 65_536)
        #expect(HTTP2Limits.unreadBytesMax(limits, workers: 4).all == 2_500 * 65_536)
        #expect(HTTP2Limits.unreadBytesMax(limits, workers: 64).client == 200 * 65_536)
        limits.connectionsMax = .max
        #expect(HTTP2Limits.unreadBytesMax(limits, workers: 1).all == .max)
    }
}
