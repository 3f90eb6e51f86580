import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Gateway

@Suite("Frames on their way to SwiftNIO")
struct FrameFeedTests {
    private typealias Kind = HTTP2RawClient.Kind

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let steps = [1, 2, 7, 9, 10, 1_000, .max]

    private final class Reasons {
        var all: [String] = []
    }

    /// A feed with what it hands on.
    private final class Fed {
        let feed: FrameFeed
        let channel: EmbeddedChannel
        private let reasons: Reasons
        var faults: [String] { reasons.all }

        init() throws {
            let reasons = Reasons()
            self.reasons = reasons
            feed = FrameFeed { reasons.all.append($0) }
            channel = EmbeddedChannel(handler: feed)
            #expect(try read(FrameFeedTests.preface) == [FrameFeedTests.preface])
        }

        /// Opens a stream, whose head is taken.
        func open(_ stream: Int) {
            feed.opened(stream)
            feed.takes(stream)
        }

        /// Hands `octets` in, `step` at a time.
        func read(_ octets: [UInt8], by step: Int = .max) throws -> [[UInt8]] {
            var position = 0
            while position < octets.count {
                let end = min(octets.count - position, step) + position
                let piece = ByteBuffer(bytes: octets[position..<end])
                channel.pipeline.fireChannelRead(piece)
                position = end
            }
            channel.pipeline.fireChannelReadComplete()
            return try handedOn()
        }

        /// What went out since.
        func written() throws -> [UInt8] {
            var written: [UInt8] = []
            while let data = try channel.readOutbound(as: ByteBuffer.self) {
                written += Array(data.readableBytesView)
            }
            return written
        }

        func handedOn() throws -> [[UInt8]] {
            channel.embeddedEventLoop.run()
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

    @Test("Each frame comes alone and whole, however it was sent", arguments: steps)
    func handsOnFrames(step: Int) throws {
        let frames = [
            Self.frame(Kind.settings, stream: 0, 12, flags: 1),
            Self.frame(Kind.headers, stream: 1, 300, flags: 4),
            // Of streams that are not open, or not any more.
            Self.frame(Kind.data, stream: 1, 0, flags: 1), Self.frame(Kind.data, stream: 7, 900),
            Self.frame(0xFA, stream: 0, 0), Self.frame(Kind.headers, stream: 3, 16_384),
            Self.frame(Kind.continuation, stream: 3, 70, flags: 4),
            Self.frame(Kind.reset, stream: 3, 4),
        ]
        #expect(try Fed().read(frames.flatMap(\.self), by: step) == frames)
    }

    @Test("Content waits until its stream reads, and is whole then", arguments: steps)
    func keepsContent(step: Int) throws {
        let fed = try Fed()
        fed.open(5)
        let ping = Self.frame(Kind.ping, stream: 0, 8)
        let content = Self.frame(Kind.data, stream: 5, 16_384)
        let end = Self.frame(Kind.data, stream: 5, 3, flags: 1)
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
        let content = Self.frame(Kind.data, stream: 1, 10)
        let more: [[[UInt8]]] = [
            [Self.frame(Kind.data, stream: 1, 5, flags: 8)],
            [Self.frame(Kind.data, stream: 1, 0, flags: 1)],
            [Self.frame(Kind.data, stream: 1, 6, flags: 8), content],
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
        let octets = content + Self.frame(Kind.reset, stream: 1, 4)
        #expect(try fed.read(octets).flatMap(\.self) == octets)
    }

    @Test("Blocks of fields never wait, or fields would be decoded as others")
    func handsOnTrailers() throws {
        let fed = try Fed()
        fed.open(1)
        let content = Self.frame(Kind.data, stream: 1, 10)
        let trailers = Self.frame(Kind.headers, stream: 1, 9, flags: 1)
        let rest = Self.frame(Kind.continuation, stream: 1, 9, flags: 4)
        let other = Self.frame(Kind.headers, stream: 3, 9, flags: 5)
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

    @Test("Settings are those that mean something, and HPACK's table is no larger than it was")
    func boundsSettings() throws {
        func setting(_ name: UInt8, _ value: [UInt8]) -> [UInt8] { [0, name] + value }
        let kept = [2, 3, 4, 6].flatMap { setting($0, [0, 0, $0, 1]) }
        let frameSize = setting(5, [0, 0x80, 0, 0])
        let anyFrameSize = setting(5, [0, 0xFF, 0xFF, 0xFF])
        let small = setting(1, [0, 0, 0x0F, 0xFF])
        let unknown = setting(0, [0, 0, 0, 1]) + (7...200).flatMap { setting($0, [1, 2, 3, 4]) }
        let large = setting(1, [0xFF, 0xFF, 0xFF, 0xFF])
        let octets = HTTP2RawClient.frame(
            Kind.settings,
            stream: 0,
            small + unknown + kept + frameSize + large
        )
        let bounded = HTTP2RawClient.frame(
            Kind.settings,
            stream: 0,
            small + kept + setting(1, [0, 0, 0x10, 0]) + anyFrameSize
        )
        let fed = try Fed()
        let obeys = Self.frame(Kind.settings, stream: 0, 0, flags: 1)
        #expect(try fed.read(octets) == [bounded, obeys])
        // SwiftNIO has been told already, and is told once.
        #expect(try fed.read(octets + obeys + obeys) == [bounded, obeys])
        for size in [16_383, 1 << 24] {
            let wrong = setting(5, [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) })
            let frame = HTTP2RawClient.frame(Kind.settings, stream: 0, wrong)
            #expect(try Fed().read(frame).first?.dropFirst(9).starts(with: wrong) == true)
        }
        // What SwiftNIO has to refuse comes as it is.
        for (stream, count) in [(0, 7), (1, 6)] as [(UInt32, Int)] {
            let wrong = Self.frame(Kind.settings, stream: stream, count)
            #expect(try Fed().read(wrong) == [wrong])
        }
    }

    @Test("Frames that ask for nothing are too many only if nothing is asked for between them")
    func countsIdleFrames() throws {
        let ping = Self.frame(Kind.ping, stream: 0, 8)
        let pings = (0..<600).flatMap { _ in ping }
        let fed = try Fed()
        #expect(try fed.read(pings + Self.frame(Kind.headers, stream: 1, 9, flags: 5)).count == 601)
        #expect(try fed.read(pings).count == 600)
        fed.feed.hasWork()
        #expect(try fed.read(pings).count == 600)
        #expect(fed.faults == [])
        #expect(try fed.read(pings).count == 400)
        #expect(fed.faults == ["too many frames asked for nothing"])
    }

    @Test("Once all is answered nothing but PING comes through, if SETTINGS have")
    func dropsWhatComesLate() throws {
        let settings = Self.frame(Kind.settings, stream: 0, 0)
        let ping = Self.frame(Kind.ping, stream: 0, 8)
        let late = [
            Self.frame(Kind.windowUpdate, stream: 0, 4), settings,
            Self.frame(Kind.headers, stream: 3, 9, flags: 0x01),
            Self.frame(Kind.continuation, stream: 3, 9, flags: 0x04),
            Self.frame(Kind.data, stream: 3, 9), Self.frame(Kind.reset, stream: 3, 4),
        ]
        let fed = try Fed()
        fed.feed.stops()
        #expect(try fed.read(settings).count == 2)
        fed.feed.stops()
        #expect(try fed.read(late.flatMap(\.self) + ping) == [ping])
        #expect(fed.faults == [])
    }

    @Test("A client may open its windows for every KiB that it was sent, but not save that up")
    func allowsFramesForContent() throws {
        let opening = Self.frame(Kind.windowUpdate, stream: 0, 4)
        let openings = (0..<1_024).flatMap { _ in opening }
        for (sent, allowed) in [(2 << 20, 3_048), (64 << 20, 17_384)] {
            let fed = try Fed()
            for _ in 0..<(sent >> 14) {
                try fed.channel.writeOutbound(ByteBuffer(repeating: 0x61, count: 1 << 14))
            }
            // What is asked later leaves that as it is.
            fed.feed.hasWork()
            var count = 0
            while fed.faults == [], count <= allowed { count += try fed.read(openings).count }
            #expect(count == allowed)
            #expect(fed.faults == ["too many frames asked for nothing"])
        }
    }

    @Test("Fields that are too many for a frame go out in several, all others as they are")
    func dividesFields() throws {
        let fed = try Fed()
        let most = HTTP2Limits.frameContentBytesMax
        for sizes in [[most], [most, most], [most, most, 1]] {
            let count = sizes.reduce(0, +)
            let frame = Self.frame(Kind.headers, stream: 3, count, flags: 0x05)
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
        let content = Self.frame(Kind.data, stream: 3, most)
        try fed.channel.writeOutbound(ByteBuffer(bytes: content))
        #expect(try fed.written() == content)
    }

    @Test("What waits for a stream that is over counts for the connection's window")
    func handsOnWhatNobodyReads() throws {
        let fed = try Fed()
        fed.open(1)
        let content = Self.frame(Kind.data, stream: 1, 10)
        #expect(try fed.read(content) == [])
        fed.feed.closed(1)
        #expect(try fed.handedOn().flatMap(\.self) == content)
        #expect(try fed.read(content) == [content])
        #expect(fed.feed.heldBytes == 0)
    }

    @Test("WINDOW_UPDATE frames come at once, and count until they are taken")
    func countsWindowUpdates() throws {
        let fed = try Fed()
        let update = Self.frame(Kind.windowUpdate, stream: 1, 4)
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
        let block = Self.frame(Kind.headers, stream: 1, 9)
        let content = Self.frame(Kind.data, stream: 1, 16_384)
        let large = HTTP2RawClient.frame(Kind.continuation, stream: 1, []).prefix(9)
        let empty = Self.frame(Kind.data, stream: 1, 0)
        let cases: [(reason: String, octets: [UInt8])] = [
            ("more content came than the window allows", (0..<17).flatMap { _ in content }),
            (
                "another frame came within a block of fields",
                block + Self.frame(Kind.ping, stream: 0, 8)
            ),
            (
                "another frame came within a block of fields",
                block + Self.frame(Kind.continuation, stream: 3, 8, flags: 4)
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
        let tooLarge = Self.frame(Kind.headers, stream: 1, 16_385)
        #expect(try fed.read(tooLarge + block) == [Array(tooLarge.prefix(9))])
        #expect(fed.faults == [])
    }
}
