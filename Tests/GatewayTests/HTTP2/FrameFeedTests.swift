import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Gateway

@Suite("Frames on their way to SwiftNIO")
struct FrameFeedTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let steps = [1, 2, 7, 9, 10, 1_000, .max]

    @Test("Each frame comes alone and whole, however it was sent", arguments: steps)
    func handsOnFrames(step: Int) throws {
        let frames = [
            Fed.frame(Kind.settings, stream: 0, 12, flags: 1),
            Fed.frame(Kind.headers, stream: 1, 300, flags: 4),
            // Of streams that are not open, or not any more.
            Fed.frame(Kind.data, stream: 1, 0, flags: 1), Fed.frame(Kind.data, stream: 7, 900),
            Fed.frame(0xFA, stream: 0, 0), Fed.frame(Kind.headers, stream: 3, 16_384),
            Fed.frame(Kind.continuation, stream: 3, 70, flags: 4),
            Fed.frame(Kind.reset, stream: 3, 4),
        ]
        #expect(try Fed().read(frames.flatMap(\.self), by: step) == frames)
    }

    @Test("Content waits until its stream reads, and is whole then", arguments: steps)
    func keepsContent(step: Int) throws {
        let fed = try Fed()
        fed.open(5)
        let ping = Fed.frame(Kind.ping, stream: 0, 8)
        let content = Fed.frame(Kind.data, stream: 5, 16_384)
        let end = Fed.frame(Kind.data, stream: 5, 3, flags: 1)
        let octets = content + ping + content + end
        #expect(try fed.read(octets, by: step) == [ping])
        #expect(fed.feed.heldBytes == 2 * 16_384 + 3)
        fed.feed.reads(5)
        let handedOn = try fed.handedOn()
        // Each head apart from its content, and no more together than 16 KiB.
        let sizes = [16_375, 16_375, 21]
        let heads: [[UInt8]] = sizes.map {
            [0, UInt8($0 >> 8), UInt8($0 & 255), 0, $0 == 21 ? 1 : 0, 0, 0, 0, 5]
        }
        #expect(stride(from: 0, to: 6, by: 2).map { handedOn[$0] } == heads)
        let pieces = stride(from: 1, to: 6, by: 2).map { handedOn[$0] }
        #expect(pieces.map(\.count) == sizes)
        #expect(pieces.flatMap(\.self) == [content, content, end].flatMap { $0.dropFirst(9) })
        fed.feed.takes(5)
        #expect(fed.feed.heldBytes == 0)
        #expect(fed.faults == [])
    }

    @Test("Tiny frames become one")
    func joinsContent() throws {
        let fed = try Fed()
        fed.open(1)
        fed.feed.reads(1)
        let content = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let frames = content.flatMap { HTTP2RawClient.frame(Kind.data, stream: 1, [$0]) }
        let whole = HTTP2RawClient.frame(Kind.data, stream: 1, content)
        #expect(try fed.read(frames, by: 4_000).flatMap(\.self) == whole)
        fed.feed.takes(1)
        // It has not read since.
        #expect(try fed.read(frames) == [])
        #expect(fed.feed.heldBytes == 1_000)
    }

    @Test("What comes behind content stays behind it: padding, an end, a reset")
    func keepsOrder() throws {
        let content = Fed.frame(Kind.data, stream: 1, 10)
        let more: [[[UInt8]]] = [
            [Fed.frame(Kind.data, stream: 1, 5, flags: 8)],
            [Fed.frame(Kind.data, stream: 1, 0, flags: 1)],
            [Fed.frame(Kind.data, stream: 1, 6, flags: 8), content],
        ]
        for frames in more {
            let fed = try Fed()
            fed.open(1)
            let octets = content + frames.flatMap(\.self)
            #expect(try fed.read(octets) == [])
            fed.feed.reads(1)
            #expect(try fed.handedOn().flatMap(\.self) == octets)
            fed.feed.takes(1)
            #expect(fed.feed.heldBytes == 0)
        }
        let fed = try Fed()
        fed.open(1)
        let octets = content + Fed.frame(Kind.reset, stream: 1, 4)
        #expect(try fed.read(octets).flatMap(\.self) == octets)
    }

    @Test("Blocks of fields never wait, or fields would be decoded as others")
    func handsOnTrailers() throws {
        let fed = try Fed()
        fed.open(1)
        let content = Fed.frame(Kind.data, stream: 1, 10)
        let trailers = Fed.frame(Kind.headers, stream: 1, 9, flags: 1)
        let rest = Fed.frame(Kind.continuation, stream: 1, 9, flags: 4)
        let other = Fed.frame(Kind.headers, stream: 3, 9, flags: 5)
        let octets = content + trailers + rest + other
        #expect(try fed.read(octets).flatMap(\.self) == octets)
        // SwiftNIO holds both until the stream reads, and all of its parser's storage.
        let held = HTTP2Limits.parserBytes + 20 + HTTP2Limits.blockBytes
        #expect(fed.feed.heldBytes == held)
        fed.feed.takes(1)
        #expect(fed.feed.heldBytes == 0)
    }

    @Test("The head of a request counts until its stream takes it")
    func countsHeads() throws {
        let fed = try Fed()
        fed.feed.opened(1)
        #expect(fed.feed.heldBytes == HTTP2Limits.blockBytes)
        fed.feed.takes(1)
        #expect(fed.feed.heldBytes == 0)
    }

    @Test("Once no more streams are opened, frames of others are dropped, but no fields")
    func dropsOfRefusedStreams() throws {
        let fed = try Fed()
        fed.open(1)
        fed.feed.refusesStreams()
        let fields = [
            Fed.frame(Kind.headers, stream: 3, 9),
            Fed.frame(Kind.continuation, stream: 3, 9, flags: 4),
        ]
        let dropped = [
            Fed.frame(Kind.data, stream: 3, 9), Fed.frame(Kind.windowUpdate, stream: 3, 4),
            Fed.frame(Kind.reset, stream: 3, 4),
        ]
        let kept = [
            Fed.frame(Kind.windowUpdate, stream: 1, 4),
            Fed.frame(Kind.windowUpdate, stream: 0, 4),
            Fed.frame(Kind.reset, stream: 1, 4),
        ]
        let octets = (fields + dropped + kept).flatMap(\.self)
        #expect(try fed.read(octets) == fields + kept)
    }

    @Test("Once all is answered nothing but PING comes through, if SETTINGS have")
    func dropsWhatComesLate() throws {
        let settings = Fed.frame(Kind.settings, stream: 0, 0)
        let ping = Fed.frame(Kind.ping, stream: 0, 8)
        let late = [
            Fed.frame(Kind.windowUpdate, stream: 0, 4), settings,
            Fed.frame(Kind.headers, stream: 3, 9, flags: 0x01),
            Fed.frame(Kind.continuation, stream: 3, 9, flags: 0x04),
            Fed.frame(Kind.data, stream: 3, 9), Fed.frame(Kind.reset, stream: 3, 4),
        ]
        let fed = try Fed()
        fed.feed.stops()
        #expect(try fed.read(settings).count == 2)
        fed.feed.stops()
        #expect(try fed.read(late.flatMap(\.self) + ping) == [ping])
        #expect(fed.faults == [])
        // A block of fields that had begun is seen to its end: SwiftNIO waits for that.
        let other = try Fed()
        let block = [
            Fed.frame(Kind.headers, stream: 1, 9, flags: 1),
            Fed.frame(Kind.continuation, stream: 1, 9, flags: 4),
        ]
        #expect(try other.read(settings + block[0]).count == 3)
        other.feed.stops()
        #expect(try other.read(block[1] + late.flatMap(\.self)) == [block[1]])
    }

    @Test("Fields that are too many for a frame go out in several, all others as they are")
    func dividesFields() throws {
        let fed = try Fed()
        let most = HTTP2Limits.frameContentBytesMax
        for sizes in [[most], [most, most], [most, most, 1]] {
            let count = sizes.reduce(0, +)
            let frame = Fed.frame(Kind.headers, stream: 3, count, flags: 0x05)
            try fed.channel.writeOutbound(ByteBuffer(bytes: frame))
            let written = try fed.written()
            var expected: [UInt8] = []
            var left = frame.dropFirst(9)
            for (index, size) in sizes.enumerated() {
                let isLast = index == sizes.count - 1
                expected += HTTP2RawClient.frame(
                    index == 0 ? Kind.headers : Kind.continuation,
                    flags: (index == 0 ? 0x01 : 0) | (isLast ? 0x04 : 0),
                    stream: 3,
                    Array(left.prefix(size))
                )
                left = left.dropFirst(size)
            }
            #expect(written == expected)
        }
        let content = Fed.frame(Kind.data, stream: 3, most)
        try fed.channel.writeOutbound(ByteBuffer(bytes: content))
        #expect(try fed.written() == content)
    }

    @Test("What waits for a stream that is over counts for the connection's window")
    func handsOnWhatNobodyReads() throws {
        let fed = try Fed()
        fed.open(1)
        let content = Fed.frame(Kind.data, stream: 1, 10)
        #expect(try fed.read(content) == [])
        fed.feed.closed(1)
        #expect(try fed.handedOn().flatMap(\.self) == content)
        #expect(try fed.read(content) == [content])
        #expect(fed.feed.heldBytes == 0)
    }

    @Test("WINDOW_UPDATE frames come at once, and count until they are taken")
    func countsWindowUpdates() throws {
        let fed = try Fed()
        let update = Fed.frame(Kind.windowUpdate, stream: 1, 4)
        fed.open(1)
        #expect(try fed.read(update + update + update) == [update, update, update])
        #expect(fed.feed.heldBytes == 3 * HTTP2Limits.frameBytes)
        fed.feed.takes(3)
        fed.feed.takes(1)
        #expect(fed.feed.heldBytes == 0)
        #expect(try fed.read(update) == [update])
        fed.feed.closed(1)
        #expect(fed.feed.heldBytes == 0)
    }

    @Test("Who breaks the rules that SwiftNIO cannot see any more is told of, once")
    func findsFaults() throws {
        let block = Fed.frame(Kind.headers, stream: 1, 9)
        let content = Fed.frame(Kind.data, stream: 1, 16_384)
        let large = HTTP2RawClient.frame(Kind.continuation, stream: 1, []).prefix(9)
        let empty = Fed.frame(Kind.data, stream: 1, 0)
        let cases: [(reason: String, octets: [UInt8])] = [
            ("more content came than the window allows", (0..<17).flatMap { _ in content }),
            (
                "another frame came within a block of fields",
                block + Fed.frame(Kind.ping, stream: 0, 8)
            ),
            (
                "another frame came within a block of fields",
                block + Fed.frame(Kind.continuation, stream: 3, 8, flags: 4)
            ),
            ("a frame was too large", block + [0, 0x40, 1] + large.dropFirst(3) + content),
            (
                "too many tiny frames wait",
                (0...HTTP2Limits.framesBehindMax).flatMap { _ in empty }
            ),
        ]
        for (reason, octets) in cases {
            let fed = try Fed()
            fed.open(1)
            let handedOn = try fed.read(octets + octets)
            #expect(handedOn.count <= 1)
            #expect(fed.faults == [reason])
        }
        // This one it sees.
        let fed = try Fed()
        let tooLarge = Fed.frame(Kind.headers, stream: 1, 16_385)
        #expect(try fed.read(tooLarge + block) == [Array(tooLarge.prefix(9))])
        #expect(fed.faults == [])
    }
}
