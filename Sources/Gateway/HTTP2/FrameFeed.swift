internal import NIOCore

/// Hands an HTTP/2 connection's frames to SwiftNIO one at a time, and counts those that its streams
/// have not taken (RFC 9113 §4.1).
///
/// SwiftNIO keeps every frame until its stream reads, and with it all the storage that it read the
/// frame from; and what comes before the end of a frame it keeps for as long as no read ends with
/// one. So each frame comes alone and in storage of its own, content in pieces of a few KiB. What a
/// waiting frame takes is then known.
final class FrameFeed: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        /// The head of a frame is arriving; at first the preface.
        case head
        /// The rest of a frame is arriving that is handed on whole.
        case whole(remaining: Int)
        /// Content is arriving that is handed on in frames of its own.
        case content(Head, remaining: Int)
        /// SwiftNIO has closed the connection for a frame that is too large.
        case broken
    }

    /// The head of a frame.
    private struct Head {
        var length: Int
        var type: UInt8
        var flags: UInt8
        var stream: Int

        static var bytes: Int { 9 }
    }

    /// The frames that wait for a stream.
    private struct Waiting {
        var content = 0
        var others = 0
    }

    private var state = State.whole(remaining: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.count)
    /// What has come of a head or a frame.
    private var partial = ByteBuffer()
    private var streams: [Int: Waiting] = [:]
    private var waiting = Waiting()
    /// How much SwiftNIO's parser makes room for: the largest frame there was decides.
    private var storageBytes = 128

    /// How many octets SwiftNIO holds for streams that do not take them.
    var heldBytes: Int {
        waiting.content * (storageBytes + HTTP2Limits.frameBytes)
            + waiting.others * HTTP2Limits.frameBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        while input.readableBytes > 0 {
            switch state {
            case .head: readHead(context, &input)
            case .whole(let remaining): readWhole(context, &input, remaining)
            case .content(let head, let remaining): readContent(context, &input, head, remaining)
            case .broken: return
            }
        }
    }

    private func readHead(_ context: ChannelHandlerContext, _ input: inout ByteBuffer) {
        let count = min(Head.bytes - partial.readableBytes, input.readableBytes)
        if let piece = input.readSlice(length: count) { partial.writeImmutableBuffer(piece) }
        guard let head = Self.head(partial) else { return }
        guard head.length <= HTTP2Limits.frameContentBytesMax else {
            state = .broken
            return handOn(context)
        }
        let isContent = head.type == FrameType.data && head.flags & Flag.padded == 0
        if isContent, head.length > 0 {
            partial.clear()
            state = .content(head, remaining: head.length)
        } else if head.length > 0 {
            partial.reserveCapacity(minimumWritableBytes: head.length)
            state = .whole(remaining: head.length)
        } else {
            handOn(context)
        }
    }

    private func readWhole(
        _ context: ChannelHandlerContext,
        _ input: inout ByteBuffer,
        _ remaining: Int
    ) {
        let count = min(remaining, input.readableBytes)
        if let piece = input.readSlice(length: count) { partial.writeImmutableBuffer(piece) }
        state = .whole(remaining: remaining - count)
        if remaining == count { handOn(context) }
    }

    /// Content that has no padding may be divided into frames in any other way.
    private func readContent(
        _ context: ChannelHandlerContext,
        _ input: inout ByteBuffer,
        _ head: Head,
        _ remaining: Int
    ) {
        let count = min(remaining, input.readableBytes, HTTP2Limits.pieceBytesMax - Head.bytes)
        let left = remaining - count
        let flags = left == 0 ? head.flags : head.flags & ~Flag.endStream
        partial = context.channel.allocator.buffer(capacity: Head.bytes + count)
        partial.writeInteger(UInt32(truncatingIfNeeded: count) << 8 | UInt32(head.type))
        partial.writeInteger(flags)
        partial.writeInteger(UInt32(truncatingIfNeeded: head.stream))
        if let piece = input.readSlice(length: count) { partial.writeImmutableBuffer(piece) }
        handOn(context)
        if left > 0 { state = .content(head, remaining: left) }
    }

    /// Hands on what has come of a frame, which is all of it, and begins another.
    private func handOn(_ context: ChannelHandlerContext) {
        let frame = partial
        partial = ByteBuffer()
        if case .broken = state {} else { state = .head }
        count(frame)
        context.fireChannelRead(wrapInboundOut(frame))
    }

    private static func head(_ frame: ByteBuffer) -> Head? {
        let start = frame.readerIndex
        guard
            let first: UInt32 = frame.getInteger(at: start),
            let flags: UInt8 = frame.getInteger(at: start + 4),
            let stream: UInt32 = frame.getInteger(at: start + 5)
        else { return nil }
        return Head(
            length: Int(first >> 8),
            type: UInt8(truncatingIfNeeded: first),
            flags: flags,
            stream: Int(stream & 0x7FFF_FFFF)
        )
    }

    // MARK: Counting

    private func count(_ frame: ByteBuffer) {
        // As a buffer grows: by powers of two.
        while storageBytes < frame.readableBytes { storageBytes *= 2 }
        guard let head = Self.head(frame), var known = streams[head.stream] else { return }
        switch head.type {
        case FrameType.data:
            known.content += 1
            waiting.content += 1
        case FrameType.windowUpdate:
            known.others += 1
            waiting.others += 1
        default: return
        }
        streams[head.stream] = known
    }

    /// A stream is open: frames for it wait until it takes them.
    func opened(_ stream: Int) { streams[stream] = Waiting() }

    /// A stream has taken a frame with content.
    func tookContent(_ stream: Int) {
        guard let known = streams[stream], known.content > 0 else { return }
        streams[stream]?.content -= 1
        waiting.content -= 1
    }

    /// A stream has taken a WINDOW_UPDATE frame.
    func tookWindowUpdate(_ stream: Int) {
        guard let known = streams[stream], known.others > 0 else { return }
        streams[stream]?.others -= 1
        waiting.others -= 1
    }

    /// A stream is over, and nothing waits for it.
    func closed(_ stream: Int) {
        guard let known = streams.removeValue(forKey: stream) else { return }
        waiting.content -= known.content
        waiting.others -= known.others
    }
}

/// Types of frames (RFC 9113 §6).
private enum FrameType {
    static let data: UInt8 = 0
    static let windowUpdate: UInt8 = 8
}

/// Flags of DATA frames (RFC 9113 §6.1).
private enum Flag {
    static let endStream: UInt8 = 0x01
    static let padded: UInt8 = 0x08
}

/// Belongs to its event loop.
@available(*, unavailable)
extension FrameFeed: Sendable {}
