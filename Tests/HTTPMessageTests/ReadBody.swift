import HTTPMessage

/// What reading a message's content came to.
struct ReadBody: Equatable {
    var content: [UInt8] = []
    var trailers: [UInt8] = []
    var fault: MessageFault.Code?
    var isFinished = false
    var endsAtClose = false
    /// Octets used up.
    var consumed = 0

    /// The content as text.
    var text: String { String(decoding: content, as: UTF8.self) }
    /// The trailer section as text.
    var trailerText: String { String(decoding: trailers, as: UTF8.self) }
}

/// Reads content that arrives in these pieces, the way a connection does: what a step leaves is
/// presented again with the next piece behind it.
func readBody(
    _ framing: BodyFraming,
    pieces: [ArraySlice<UInt8>],
    limits: MessageLimits = MessageLimits()
) -> ReadBody {
    var reader = BodyReader(framing, limits: limits)
    var result = ReadBody()
    var buffer: [UInt8] = []
    for piece in pieces {
        buffer.append(contentsOf: piece)
        var isReading = true
        while isReading {
            var consumed = -1
            let step = reader.read(buffer.span, consumed: &consumed)
            switch step {
            case .content(let range):
                result.content.append(contentsOf: buffer[range.lowerBound..<range.upperBound])
            case .needsMore:
                isReading = false
            case .end(let trailers):
                result.trailers = Array(buffer[trailers.lowerBound..<trailers.upperBound])
                result.isFinished = true
                isReading = false
            case .malformed(let fault):
                result.fault = fault.code
                isReading = false
            }
            result.consumed += consumed
            buffer.removeFirst(consumed)
        }
        guard result.fault == nil, !result.isFinished else { break }
    }
    result.endsAtClose = reader.endsAtClose()
    return result
}

/// Reads content that arrives whole.
func readBody(
    _ framing: BodyFraming,
    _ text: String,
    limits: MessageLimits = MessageLimits()
) -> ReadBody {
    readBody(framing, pieces: [Array(text.utf8)[...]], limits: limits)
}
