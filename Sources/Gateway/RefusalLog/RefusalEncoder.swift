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
        let cut = appendRequest(of: attempt, to: &line)
        line.append(attempt.context.members)
        appendCode(LogKey.requestID, attempt.requestID, to: &line)
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
        appendCode(LogKey.reason, attempt.reason.utf8.span, to: &line)
        appendCode(LogKey.detail, attempt.detail.utf8.span, to: &line)
        appendOwn(LogKey.effectiveMethod, attempt.effectiveMethod.span, to: &line)
        appendOwn(LogKey.overrideCarrier, attempt.overrideCarrier.utf8.span, to: &line)
        line.append(key: LogKey.status, number: UInt64(max(attempt.status, 0)))
    }

    private func appendRequest(
        of attempt: borrowing RefusedAttempt,
        to line: inout OctetBuffer
    ) -> CutFields {
        var cut: CutFields = []
        func append(
            _ key: StaticString,
            _ value: Span<UInt8>,
            bytesMax: Int,
            _ field: CutFields
        ) {
            if !value.isEmpty, line.append(key: key, text: value, bytesMax: bytesMax) {
                cut.insert(field)
            }
        }
        append(LogKey.method, attempt.method, bytesMax: LogBound.methodBytesMax, .method)
        append(LogKey.path, attempt.path, bytesMax: LogBound.pathBytesMax, .path)
        if includesQuery {
            append(LogKey.query, attempt.query, bytesMax: LogBound.queryBytesMax, .query)
        }
        append(LogKey.host, attempt.host, bytesMax: LogBound.hostBytesMax, .host)
        appendCode(LogKey.protocolVersion, attempt.protocolVersion.utf8.span, to: &line)
        appendCode(LogKey.clientAddress, attempt.clientAddress, to: &line)
        if attempt.clientPort > 0 {
            line.append(key: LogKey.clientPort, number: UInt64(attempt.clientPort))
        }
        append(
            LogKey.userAgent,
            attempt.userAgent,
            bytesMax: LogBound.userAgentBytesMax,
            .userAgent
        )
        return cut
    }

    /// Appends a code of this program's, an address or a number, in which no octet needs an escape;
    /// left out if empty.
    private func appendCode(
        _ key: StaticString,
        _ value: Span<UInt8>,
        to line: inout OctetBuffer
    ) {
        if value.isEmpty { return }
        line.append(key)
        line.append(UInt8(ascii: "\""))
        line.append(value)
        line.append(UInt8(ascii: "\""))
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
