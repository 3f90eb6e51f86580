import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Gateway

private final class Reasons {
    var all: [String] = []
}

/// A feed with what it hands on.
final class Fed {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    let feed: FrameFeed
    let channel: EmbeddedChannel
    private let reasons: Reasons
    var faults: [String] { reasons.all }

    init() throws {
        let reasons = Reasons()
        self.reasons = reasons
        feed = FrameFeed { reasons.all.append($0) }
        channel = EmbeddedChannel(handler: feed)
        #expect(try read(Fed.preface) == [Fed.preface])
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

    /// What was handed on since.
    func handedOn() throws -> [[UInt8]] {
        channel.embeddedEventLoop.run()
        var handedOn: [[UInt8]] = []
        while let buffer = try channel.readInbound(as: ByteBuffer.self) {
            handedOn.append(Array(buffer.readableBytesView))
        }
        return handedOn
    }

    /// A frame with octets that count up.
    static func frame(
        _ type: UInt8,
        stream: UInt32,
        _ count: Int,
        flags: UInt8 = 0
    ) -> [UInt8] {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        return HTTP2RawClient.frame(type, flags: flags, stream: stream, payload)
    }
}
