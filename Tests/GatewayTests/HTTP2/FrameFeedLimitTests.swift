import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Gateway

/// What may come, how often, and what clients and SwiftNIO are told of it.
@Suite("Limits of frames")
struct FrameFeedLimitTests {
    private typealias Kind = HTTP2RawClient.Kind

    @Test("Frames that ask for nothing are too many only if nothing is asked for between them")
    func countsIdleFrames() throws {
        let ping = Fed.frame(Kind.ping, stream: 0, 8)
        let pings = (0..<600).flatMap { _ in ping }
        let fed = try Fed()
        #expect(try fed.read(pings + Fed.frame(Kind.headers, stream: 1, 9, flags: 5)).count == 601)
        #expect(try fed.read(pings).count == 600)
        fed.feed.hasWork()
        #expect(try fed.read(pings).count == 600)
        #expect(fed.faults == [])
        #expect(try fed.read(pings).count == 400)
        #expect(fed.faults == ["too many frames asked for nothing"])
    }

    @Test("A little content makes up for one such frame, and so does a reset")
    func forgivesLittle() throws {
        let ping = Fed.frame(Kind.ping, stream: 0, 8)
        let pings = (0..<500).flatMap { _ in ping }
        for little in [
            Fed.frame(Kind.data, stream: 1, 1), Fed.frame(Kind.data, stream: 3, 1, flags: 8),
            Fed.frame(Kind.reset, stream: 3, 4),
        ] {
            let fed = try Fed()
            fed.open(1)
            _ = try fed.read(pings + little + pings + little)
            #expect(fed.faults == [])
            #expect(try fed.read(ping + ping) == [ping, ping])
            _ = try fed.read(ping)
            #expect(fed.faults == ["too many frames asked for nothing"])
        }
    }

    @Test("Our SETTINGS say how many requests may be under way, not how many SwiftNIO takes")
    func announcesStreams() throws {
        let fed = try Fed()
        func settings(_ streams: UInt8) -> [UInt8] {
            let others: [UInt8] = [0, 6, 0, 0, 0x80, 0, 0, 4, 0, 2, 0, 0]
            let octets = [0, 3, 0, 0, 0, streams] + others
            return HTTP2RawClient.frame(Kind.settings, stream: 0, octets)
        }
        try fed.channel.writeOutbound(ByteBuffer(bytes: settings(200)))
        #expect(try fed.written() == settings(100))
        // Content is content, whatever it looks like.
        let head = Fed.frame(Kind.data, stream: 1, settings(200).count).prefix(9)
        try fed.channel.writeOutbound(ByteBuffer(bytes: head))
        try fed.channel.writeOutbound(ByteBuffer(bytes: settings(200)))
        #expect(try fed.written() == head + settings(200))
    }

    @Test("It is known whether the client was told of a fault")
    func seesGoodbyes() throws {
        let fed = try Fed()
        for (code, isFault) in [(0, false), (1, true)] as [(UInt8, Bool)] {
            let payload: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, code]
            let goodbye = HTTP2RawClient.frame(Kind.goAway, stream: 0, payload)
            try fed.channel.writeOutbound(ByteBuffer(bytes: goodbye))
            #expect(try fed.written() == goodbye)
            #expect(fed.feed.toldFault == isFault)
        }
    }

    @Test("Too many requests with faults are one, and nothing is read after a fault")
    func countsFaults() throws {
        let fed = try Fed()
        for _ in 0..<1_000 { fed.feed.hadFault() }
        fed.channel.embeddedEventLoop.run()
        #expect(fed.faults == [])
        fed.feed.hadFault()
        fed.channel.embeddedEventLoop.run()
        #expect(fed.faults == ["too many requests had to be reset"])
        let ping = Fed.frame(Kind.ping, stream: 0, 8)
        #expect(try fed.read(ping) == [])
        let other = try Fed()
        other.feed.breaks()
        #expect(try other.read(ping) == [])
    }

    @Test("A client may open its windows for every KiB that it was sent, but not save that up")
    func allowsFramesForContent() throws {
        let opening = Fed.frame(Kind.windowUpdate, stream: 0, 4)
        let openings = (0..<1_024).flatMap { _ in opening }
        // In large pieces and in tiny ones.
        for (sent, piece, allowed) in [
            (2 << 20, 1 << 14, 3_048), (64 << 20, 1 << 14, 17_384), (1 << 20, 1 << 8, 2_024),
        ] {
            let fed = try Fed()
            for _ in 0..<(sent / piece) {
                try fed.channel.writeOutbound(ByteBuffer(repeating: 0x61, count: piece))
            }
            // What is asked later leaves that as it is.
            fed.feed.hasWork()
            var count = 0
            while fed.faults == [], count <= allowed { count += try fed.read(openings).count }
            #expect(count == allowed)
            #expect(fed.faults == ["too many frames asked for nothing"])
        }
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
        // One for each name, the last that came.
        let bounded = HTTP2RawClient.frame(
            Kind.settings,
            stream: 0,
            setting(1, [0, 0, 0x10, 0]) + kept.prefix(18) + anyFrameSize + kept.suffix(6)
        )
        let fed = try Fed()
        let obeys = Fed.frame(Kind.settings, stream: 0, 0, flags: 1)
        #expect(try fed.read(octets) == [bounded, obeys])
        // SwiftNIO has been told already, and is told once.
        #expect(try fed.read(octets + obeys + obeys) == [bounded, obeys])
        let mostSettings = HTTP2RawClient.frame(
            Kind.settings,
            stream: 0,
            (0..<2_730).flatMap { setting(4, [0, 0, UInt8($0 % 256), 1]) }
        )
        #expect(try Fed().read(mostSettings).first?.count == 9 + 12)
        for size in [16_383, 1 << 24] {
            let wrong = setting(5, [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) })
            let frame = HTTP2RawClient.frame(Kind.settings, stream: 0, wrong)
            #expect(try Fed().read(frame).first?.dropFirst(9).starts(with: wrong) == true)
        }
        // What SwiftNIO has to refuse comes as it is.
        for (stream, count) in [(0, 7), (1, 6)] as [(UInt32, Int)] {
            let wrong = Fed.frame(Kind.settings, stream: stream, count)
            #expect(try Fed().read(wrong) == [wrong])
        }
    }
}
