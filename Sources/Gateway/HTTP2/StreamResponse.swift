internal import HTTPMessage
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Reads the HTTP/1.1 response that is written to a stream, and says it in HTTP/2's frames.
///
/// It is our own writing that is read, so a fault can only be a mistake of ours; the stream is then
/// reset rather than guessed at.
struct StreamResponse {
    typealias Payload = HTTP2Frame.FramePayload

    private enum State {
        case head
        case content
        case done
        case failed
    }

    private var state = State.head
    private var body = BodyReader(.none, limits: MessageLimits())
    /// What was written and does not make a whole part yet.
    private var partial = ByteBuffer()
    private let limits: MessageLimits
    private var head = HeadBox()

    /// Keeps the head's storage between reads.
    private final class HeadBox { var head = ResponseHead() }

    init(limits: MessageLimits) {
        // What an origin may send, and what we add to it.
        var limits = limits
        limits.headBytesMax += 16 * 1024
        limits.fieldCountMax += 32
        self.limits = limits
    }

    /// Whether the response is whole.
    var isComplete: Bool { if case .done = state { true } else { false } }

    /// Reads the next octets and hands each frame that they make to `emit`.
    ///
    /// - Parameters:
    ///   - octets: What follows all that was read before.
    ///   - isHead: Whether the request was HEAD.
    ///   - emit: Takes the frames, in order.
    /// - Returns: Whether all is well.
    mutating func read(
        _ octets: ByteBuffer,
        answeringHead isHead: Bool,
        _ emit: (_ frame: Payload, _ isLast: Bool) -> Void
    ) -> Bool {
        var buffer = octets
        if partial.readableBytes > 0 {
            partial.writeBuffer(&buffer)
            buffer = partial
            partial = ByteBuffer()
        }
        while buffer.readableBytes > 0 {
            let used: Int
            switch state {
            case .head: used = readHead(buffer.readableBytesUInt8Span, isHead, emit)
            case .content: used = readContent(buffer, emit)
            case .done: return true
            case .failed: return false
            }
            buffer.moveReaderIndex(forwardBy: used)
            if used == 0 {
                partial = buffer
                break
            }
        }
        if case .failed = state { return false }
        return true
    }

    private mutating func readHead(
        _ bytes: Span<UInt8>,
        _ isHead: Bool,
        _ emit: (Payload, Bool) -> Void
    ) -> Int {
        head.head.reset()
        switch head.head.parse(bytes, answeringHead: isHead, limits: limits) {
        case .incomplete: return 0
        case .malformed:
            state = .failed
            return bytes.count
        case .complete: break
        }
        let isInterim = head.head.isInformational
        body = BodyReader(head.head.framing, limits: limits)
        let ends = !isInterim && body.isFinished
        let headers = Self.headers(of: head.head, bytes)
        emit(.headers(.init(headers: headers, endStream: ends)), ends)
        if !isInterim { state = ends ? .done : .content }
        return head.head.length
    }

    private mutating func readContent(
        _ buffer: ByteBuffer,
        _ emit: (Payload, Bool) -> Void
    )
        -> Int
    {
        let bytes = buffer.readableBytesUInt8Span
        var used = 0
        switch body.read(bytes, consumed: &used) {
        case .content(let range):
            var start = buffer.readerIndex + range.lowerBound
            let end = buffer.readerIndex + range.upperBound
            while start < end {
                let count = min(end - start, HTTP2Limits.frameContentBytesMax)
                guard let slice = buffer.getSlice(at: start, length: count) else { return 0 }
                start += count
                let isLast = body.isFinished && start == end
                emit(.data(.init(data: .byteBuffer(slice), endStream: isLast)), isLast)
            }
            if body.isFinished { state = .done }
        case .needsMore: break
        case .end(let trailers):
            state = .done
            if trailers.isEmpty {
                emit(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)), true)
            } else {
                let headers = Self.trailers(bytes.bytes(in: trailers))
                emit(.headers(.init(headers: headers, endStream: true)), true)
            }
        case .malformed:
            state = .failed
            return bytes.count
        }
        return used
    }

    /// The head in HTTP/2's form: names in lower case, and nothing about the connection
    /// (RFC 9113 §8.2.1, §8.2.2).
    private static func headers(
        of head: borrowing ResponseHead,
        _ bytes: Span<UInt8>
    )
        -> HPACKHeaders
    {
        var headers = HPACKHeaders()
        headers.reserveCapacity(head.fields.count + 1)
        headers.add(name: ":status", value: "\(head.status)")
        for line in head.fields where !head.isHopByHop(line, in: bytes) {
            if line.field == .transferEncoding { continue }
            headers.add(
                name: text(bytes.bytes(in: line.name), lowercased: true),
                value: text(bytes.bytes(in: line.value), lowercased: false)
            )
        }
        return headers
    }

    private static func trailers(_ bytes: Span<UInt8>) -> HPACKHeaders {
        var lines: [FieldLine] = []
        _ = FieldSection.parse(bytes, limits: MessageLimits(), into: &lines)
        var headers = HPACKHeaders()
        for line in lines {
            headers.add(
                name: text(bytes.bytes(in: line.name), lowercased: true),
                value: text(bytes.bytes(in: line.value), lowercased: false)
            )
        }
        return headers
    }

    private static func text(_ octets: Span<UInt8>, lowercased: Bool) -> String {
        unsafe String(unsafeUninitializedCapacity: octets.count) { target in
            for index in 0..<octets.count {
                let octet = octets[index]
                let isUpper = lowercased && 0x41...0x5A ~= octet
                unsafe target[index] = isUpper ? octet | 0x20 : octet
            }
            return octets.count
        }
    }
}
