/// Reads one message's content, however the octets arrive (RFC 9112 sections 6 and 7).
///
/// Nothing is copied: content is told as ranges of the octets given. Chunk sizes and extensions are
/// used up as they arrive; only a trailer section has to be presented whole.
public struct BodyReader: Sendable {
    /// What the next octets are.
    public enum Step: Sendable, Equatable {
        /// Content, as a range of the octets given.
        case content(ByteRange)
        /// More octets are needed; those behind `consumed` have to be presented again before them.
        case needsMore
        /// The content is over. `trailers` are the trailer section's field lines without its final
        /// empty line, valid, as a range of the octets given; empty if there are none.
        case end(trailers: ByteRange)
        /// The content will never be valid, whatever follows.
        case malformed(MessageFault)
    }

    private enum State {
        case length(UInt64)
        case untilClose
        case chunked(ChunkedReader)
        case finished
        case failed(MessageFault)
    }

    private var state: State
    private let limits: MessageLimits

    /// Makes a reader for content of this framing.
    public init(_ framing: BodyFraming, limits: MessageLimits) {
        self.limits = limits
        switch framing {
        case .none: state = .finished
        case .length(let length): state = length == 0 ? .finished : .length(length)
        case .untilClose: state = .untilClose
        case .chunked: state = .chunked(ChunkedReader())
        }
    }

    /// Reads the next part of the content; call it again until it needs more or the content is
    /// over.
    ///
    /// - Parameters:
    ///   - bytes: Octets that begin behind everything consumed so far.
    ///   - consumed: Set to how many leading octets of `bytes` this step used up, content included.
    /// - Returns: What those octets are.
    public mutating func read(_ bytes: Span<UInt8>, consumed: inout Int) -> Step {
        consumed = 0
        switch state {
        case .length(let remaining):
            guard !bytes.isEmpty else { return .needsMore }
            let count = Self.contentCount(bytes.count, remaining: remaining)
            let rest = remaining &- UInt64(count)
            state = rest == 0 ? .finished : .length(rest)
            consumed = count
            return .content(ByteRange(0, count))
        case .untilClose:
            guard !bytes.isEmpty else { return .needsMore }
            consumed = Self.contentCount(bytes.count, remaining: .max)
            return .content(ByteRange(0, consumed))
        case .chunked(var reader):
            let step = reader.read(bytes, consumed: &consumed, limits: limits)
            switch step {
            case .end: state = .finished
            case .malformed(let fault): state = .failed(fault)
            case .content, .needsMore: state = .chunked(reader)
            }
            return step
        case .finished:
            return .end(trailers: .empty)
        case .failed(let fault):
            return .malformed(fault)
        }
    }

    /// Whether the peer's closing now is the content's proper end: it is over, or has no other end.
    public func endsAtClose() -> Bool {
        switch state {
        case .finished, .untilClose: true
        case .length, .chunked, .failed: false
        }
    }

    /// Whether no octet of the content is still to come.
    public var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// How many octets are still to come, where the framing tells; nil where it does not.
    public var remaining: UInt64? {
        switch state {
        case .length(let remaining): remaining
        case .finished: 0
        case .untilClose, .chunked, .failed: nil
        }
    }

    /// How much of `available` octets is content and fits in a range.
    static func contentCount(_ available: Int, remaining: UInt64) -> Int {
        let count = min(available, Int(UInt32.max))
        return Int(min(UInt64(clamping: count), remaining))
    }
}
