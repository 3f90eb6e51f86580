internal import NIOCore

/// Counts the content that has come for an HTTP/2 connection's streams and is not taken yet.
///
/// SwiftNIO keeps every frame until its stream reads, so content in tiny frames takes a hundred
/// times its size. This handler reads the heads of frames on their way to it (RFC 9113 §4.1).
final class ContentMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// How many octets are held for streams, what it takes to hold them included.
    private(set) var heldBytes = 0
    /// The same for each stream that is open.
    private var waiting: [Int: Int] = [:]
    private var latestStream = 0
    /// How much is left of the frame; of the preface at first.
    private var remaining = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.count
    /// The octets of a frame's head so far.
    private var head: UInt128 = 0
    private var headCount = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        read(buffer.readableBytesUInt8Span)
        context.fireChannelRead(data)
    }

    private func read(_ bytes: Span<UInt8>) {
        var index = 0
        while true {
            let skipped = min(remaining, bytes.count - index)
            remaining -= skipped
            index += skipped
            while index < bytes.count, headCount < Self.headBytes {
                head = head << 8 | UInt128(bytes[index])
                headCount += 1
                index += 1
            }
            guard headCount == Self.headBytes, remaining == 0 else { return }
            begin()
        }
    }

    private static var headBytes: Int { 9 }

    /// Length in 24 bits, type and flags in 8 each, one bit for later use, stream in 31.
    private func begin() {
        remaining = Int(truncatingIfNeeded: head >> 48)
        let type = UInt8(truncatingIfNeeded: head >> 40)
        let stream = Int(truncatingIfNeeded: head & 0x7FFF_FFFF)
        (head, headCount) = (0, 0)
        switch type {
        case 0:
            guard let count = waiting[stream] else { return }
            waiting[stream] = count + remaining + HTTP2Limits.frameBytes
            heldBytes += remaining + HTTP2Limits.frameBytes
        case 1 where stream > latestStream:
            latestStream = stream
            waiting[stream] = 0
        default: break
        }
    }

    /// A stream has taken a frame with so much content, padding included.
    func took(_ count: Int, stream: Int) {
        guard let held = waiting[stream] else { return }
        let taken = min(count + HTTP2Limits.frameBytes, held)
        waiting[stream] = held - taken
        heldBytes -= taken
    }

    /// A stream is over, and nothing is held for it.
    func closed(_ stream: Int) { heldBytes -= waiting.removeValue(forKey: stream) ?? 0 }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ContentMeter: Sendable {}
