import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Gateway

@Suite("Frames on their way to SwiftNIO")
struct FrameFeedTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A feed with what it hands on.
    private struct Fed {
        let feed = FrameFeed()
        let channel: EmbeddedChannel

        init() throws {
            channel = EmbeddedChannel(handler: feed)
            #expect(try read(FrameFeedTests.preface) == [FrameFeedTests.preface])
        }

        /// Hands `octets` in, `step` at a time.
        func read(_ octets: [UInt8], by step: Int = .max) throws -> [[UInt8]] {
            var position = 0
            while position < octets.count {
                let end = min(octets.count - position, step) + position
                try channel.writeInbound(ByteBuffer(bytes: octets[position..<end]))
                position = end
            }
            var handedOn: [[UInt8]] = []
            while let buffer = try channel.readInbound(as: ByteBuffer.self) {
                handedOn.append(Array(buffer.readableBytesView))
            }
            return handedOn
        }
    }

    private static func frame(
        _ type: UInt8,
        stream: UInt32,
        _ count: Int,
        flags: UInt8 = 0
    ) -> [UInt8] {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        return HTTP2RawClient.frame(type, flags: flags, stream: stream, payload)
    }

    @Test(
        "Each frame comes alone and whole, however it was sent",
        arguments: [1, 2, 7, 9, 10, 1_000, .max]
    )
    func handsOnFrames(step: Int) throws {
        let frames = [
            Self.frame(Kind.settings, stream: 0, 12), Self.frame(Kind.headers, stream: 1, 300),
            Self.frame(Kind.data, stream: 1, 0, flags: 1), Self.frame(0xFA, stream: 0, 0),
            Self.frame(Kind.headers, stream: 3, 16_384),
            // Padded.
            Self.frame(Kind.data, stream: 3, 9_000, flags: 9), Self.frame(0xFA, stream: 9, 70),
        ]
        #expect(try Fed().read(frames.flatMap(\.self), by: step) == frames)
    }

    @Test(
        "Content comes in frames of some KiB, of which the last ends the stream",
        arguments: [7, 9, 10, 5_000, .max]
    )
    func dividesContent(step: Int) throws {
        let count = 10_000
        let handedOn = try Fed().read(
            Self.frame(Kind.data, stream: 5, count, flags: 1) + Self.frame(Kind.ping, stream: 0, 8),
            by: step
        )
        var content: [UInt8] = []
        for frame in handedOn.dropLast() {
            #expect(frame.count <= HTTP2Limits.pieceBytesMax)
            content += frame.dropFirst(9)
            let flags: UInt8 = content.count == count ? 1 : 0
            let payload = Array(frame.dropFirst(9))
            #expect(
                frame == HTTP2RawClient.frame(Kind.data, flags: flags, stream: 5, payload)
            )
        }
        #expect(content == (0..<count).map { UInt8(truncatingIfNeeded: $0) })
        #expect(handedOn.last == Self.frame(Kind.ping, stream: 0, 8))
    }

    @Test("Behind a frame that is too large there is nothing")
    func endsAtLargeFrames() throws {
        let fed = try Fed()
        let large = Self.frame(Kind.headers, stream: 1, 16_385)
        #expect(
            try fed.read(large + Self.frame(Kind.ping, stream: 0, 8)) == [Array(large.prefix(9))]
        )
        #expect(try fed.read(Self.frame(Kind.ping, stream: 0, 8)) == [])
    }

    @Test("Frames of open streams count until they are taken")
    func counts() throws {
        let fed = try Fed()
        let content = Self.frame(Kind.data, stream: 1, 1)
        _ = try fed.read(content)
        #expect(fed.feed.heldBytes == 0)
        fed.feed.opened(1)
        fed.feed.opened(3)
        _ = try fed.read(content + content + Self.frame(Kind.windowUpdate, stream: 1, 4))
        // What SwiftNIO's parser reads from is as large as the largest frame.
        let (small, large) = (128 + HTTP2Limits.frameBytes, 512 + HTTP2Limits.frameBytes)
        #expect(fed.feed.heldBytes == 2 * small + HTTP2Limits.frameBytes)
        fed.feed.tookContent(1)
        fed.feed.tookWindowUpdate(1)
        #expect(fed.feed.heldBytes == small)
        _ = try fed.read(Self.frame(Kind.data, stream: 3, 300))
        #expect(fed.feed.heldBytes == 2 * large)
        fed.feed.closed(3)
        #expect(fed.feed.heldBytes == large)
        // More than there is, and of streams that there are not.
        for _ in 0..<3 { fed.feed.tookContent(1) }
        fed.feed.tookWindowUpdate(3)
        fed.feed.closed(9)
        #expect(fed.feed.heldBytes == 0)
    }
}
