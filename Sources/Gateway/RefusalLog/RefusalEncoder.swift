/// Writes a refused attempt as one JSON object on one line.
struct RefusalEncoder {
    private let includesQuery: Bool
    private var timestamp = TimestampText()

    /// Makes an encoder.
    ///
    /// - Parameter includesQuery: whether lines have the query, which may hold secrets.
    init(includesQuery: Bool) {
        self.includesQuery = includesQuery
    }

    /// Appends the line of an attempt, its line feed included.
    ///
    /// - Parameters:
    ///   - attempt: what was refused.
    ///   - unixMilliseconds: when.
    ///   - repeated: how many identical attempts before it have no line; left out when 0.
    ///   - line: where to write.
    mutating func append(
        _ attempt: borrowing RefusedAttempt,
        unixMilliseconds: Int64,
        repeated: UInt64,
        to line: inout OctetBuffer
    ) {
        line.beginLine()
        timestamp.append(unixMilliseconds: unixMilliseconds, to: &line)
        line.append("\"")
        appendDecision(of: attempt, to: &line)
        let cut = line.append(attempt.request, includesQuery: includesQuery)
        line.append(attempt.context.members)
        if let origin = attempt.origin { append(origin, to: &line) }
        line.append(key: LogKey.requestID, code: attempt.requestID)
        if let trace = attempt.trace { line.append(trace: trace) }
        if repeated > 0 {
            line.append(key: LogKey.repeated, number: repeated)
        }
        if !cut.isEmpty {
            line.append(truncated: cut)
        }
        line.append("}\n")
    }

    private func appendDecision(
        of attempt: borrowing RefusedAttempt,
        to line: inout OctetBuffer
    ) {
        line.append(LogKey.decision)
        line.append("\"")
        line.append(attempt.decision.text)
        line.append("\"")
        line.append(key: LogKey.reason, code: attempt.reason.utf8.span)
        line.append(key: LogKey.detail, code: attempt.detail.utf8.span)
        appendOwn(LogKey.effectiveMethod, attempt.effectiveMethod.span, to: &line)
        appendOwn(LogKey.overrideCarrier, attempt.overrideCarrier.utf8.span, to: &line)
        line.append(key: LogKey.status, number: UInt64(max(attempt.status, 0)))
    }

    private func append(_ origin: FailedOrigin, to line: inout OctetBuffer) {
        line.append(key: LogKey.upstream, text: origin.upstream)
        if !origin.target.isEmpty { line.append(key: LogKey.target, text: origin.target) }
        appendOwn(LogKey.originError, origin.words.utf8.span, to: &line)
    }

    /// Appends a value of methodwall's own making, escaped like any other and left out if empty.
    private func appendOwn(
        _ key: StaticString,
        _ value: Span<UInt8>,
        to line: inout OctetBuffer
    ) {
        if !value.isEmpty {
            line.append(key: key, text: value, bytesMax: LogBound.ownTextBytesMax)
        }
    }
}
