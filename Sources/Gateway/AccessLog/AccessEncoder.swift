internal import HTTPMessage

/// Writes requests as lines, in two steps: what the request said when it begins, the rest when it
/// ends.
struct AccessEncoder {
    private let format: AccessLogConfiguration.Format
    /// Whether lines have queries, which may hold secrets.
    let includesQuery: Bool
    private var timestamp = TimestampText()
    var clock = CombinedTimeText()

    init(format: AccessLogConfiguration.Format, includesQuery: Bool) {
        self.format = format
        self.includesQuery = includesQuery
    }

    /// Encodes what the request said into its record.
    mutating func begin(_ record: AccessRecord, _ request: borrowing LoggedRequest) {
        // Taken out, so that its place is checked once and not at each append.
        var text = OctetBuffer()
        swap(&text, &record.text)
        switch format {
        case .json: record.cut = text.append(request, includesQuery: includesQuery)
        case .combined:
            record.responsePlace = appendCombinedStart(record, request, to: &text)
            appendCombinedEnd(request, to: &text)
        }
        swap(&text, &record.text)
    }

    /// Appends the line of a request that has ended, its line feed included.
    mutating func append(
        _ record: AccessRecord,
        endedMilliseconds: Int64,
        to line: inout OctetBuffer
    ) {
        switch format {
        case .json: appendJSON(record, endedMilliseconds: endedMilliseconds, to: &line)
        case .combined: appendCombined(record, to: &line)
        }
    }

    // MARK: JSON

    private mutating func appendJSON(
        _ record: AccessRecord,
        endedMilliseconds: Int64,
        to line: inout OctetBuffer
    ) {
        line.beginLine()
        timestamp.append(unixMilliseconds: record.began.unixMilliseconds, to: &line)
        line.append("\"")
        if let decision = record.decision {
            line.append(LogKey.decision)
            line.append("\"")
            line.append(decision.text)
            line.append("\"")
        }
        appendCode(LogKey.reason, record.reason, to: &line)
        appendDetail(of: record, to: &line)
        if record.status > 0 {
            line.append(key: LogKey.status, number: UInt64(clamping: record.status))
        }
        line.append(key: LogKey.responseBytes, number: record.responseBytes)
        if record.requestBytes > 0 {
            line.append(key: LogKey.requestBytes, number: record.requestBytes)
        }
        let duration = endedMilliseconds &- record.began.monotonicMilliseconds
        line.append(key: LogKey.duration, number: UInt64(clamping: duration))
        line.append(record.text.span)
        appendCode(LogKey.upstream, record.upstream, to: &line)
        if !record.target.isEmpty {
            line.append(key: LogKey.target, text: record.target)
        }
        line.append(LogKey.requestID)
        line.append("\"")
        line.append(record.identifier.text)
        line.append("\"")
        if let trace = record.trace { line.append(trace: trace) }
        if !record.cut.isEmpty { line.append(truncated: record.cut) }
        line.append("}\n")
    }

    /// What is more exactly known of a refusal or failure; else how the request ended.
    private func appendDetail(of record: AccessRecord, to line: inout OctetBuffer) {
        if record.end == .whole || !record.detail.isEmpty {
            return appendCode(LogKey.detail, record.detail, to: &line)
        }
        line.append(LogKey.detail)
        line.append("\"")
        line.append(record.end.detail)
        line.append("\"")
    }

    private func appendCode(_ key: StaticString, _ text: String, to line: inout OctetBuffer) {
        if !text.isEmpty { line.append(key: key, text: text, bytesMax: LogBound.ownTextBytesMax) }
    }
}
