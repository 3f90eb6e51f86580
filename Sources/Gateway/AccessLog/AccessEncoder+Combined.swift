internal import HTTPMessage

/// Apache's combined format:
/// `%h - - [%t] "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`.
///
/// Who a client says it is, is not ours to know: the two names after the address are always `-`.
/// What a value has too much is cut without a word, as the format has no place for one.
extension AccessEncoder {
    /// - Returns: Where the response's part is put in.
    mutating func appendCombinedStart(
        _ record: AccessRecord,
        _ request: borrowing LoggedRequest,
        to line: inout OctetBuffer
    ) -> Int {
        line.append(request.clientAddress)
        line.append(" - - [")
        clock.append(unixMilliseconds: record.began.unixMilliseconds, to: &line)
        line.append("] \"")
        appendRequestLine(request, to: &line)
        line.append("\" ")
        return line.count
    }

    func appendCombinedEnd(_ request: borrowing LoggedRequest, to line: inout OctetBuffer) {
        line.append(" \"")
        appendReferer(request.referer, to: &line)
        line.append("\" \"")
        if request.userAgent.isEmpty {
            line.append("-")
        } else {
            line.append(quoting: request.userAgent, bytesMax: LogBound.userAgentBytesMax)
        }
        line.append("\"\n")
    }

    func appendCombined(_ record: AccessRecord, to line: inout OctetBuffer) {
        let (text, place) = (record.text, record.responsePlace)
        line.append(text.span.extracting(0..<place))
        if record.status > 0 {
            line.append(decimal: UInt64(clamping: record.status))
        } else {
            line.append("-")
        }
        line.append(" ")
        if record.responseBytes > 0 {
            line.append(decimal: record.responseBytes)
        } else {
            line.append("-")
        }
        line.append(text.span.extracting(place...))
    }

    /// The request line as far as it is known, without the query unless lines have queries.
    private func appendRequestLine(
        _ request: borrowing LoggedRequest,
        to line: inout OctetBuffer
    ) {
        if request.method.isEmpty, request.path.isEmpty { return line.append("-") }
        if request.method.isEmpty {
            line.append("-")
        } else {
            line.append(quoting: request.method, bytesMax: LogBound.methodBytesMax)
        }
        line.append(" ")
        if request.path.isEmpty {
            line.append("-")
        } else {
            line.append(quoting: request.path, bytesMax: LogBound.pathBytesMax)
        }
        if includesQuery, !request.query.isEmpty {
            line.append("?")
            line.append(quoting: request.query, bytesMax: LogBound.queryBytesMax)
        }
        line.append(" HTTP/")
        line.append(text: request.protocolVersion)
        // As Apache writes it.
        if request.protocolVersion == "2" { line.append(".0") }
    }

    /// Where the client says it came from, without what may be secret: credentials, and query and
    /// fragment unless lines have queries.
    private func appendReferer(_ referer: Span<UInt8>, to line: inout OctetBuffer) {
        if referer.isEmpty { return line.append("-") }
        var end = referer.count
        if !includesQuery {
            end = 0
            while end < referer.count, referer[end] != 0x3F, referer[end] != 0x23 { end += 1 }
        }
        let credentials = Self.credentials(in: referer.extracting(0..<end))
        line.append(
            quoting: referer.extracting(0..<credentials.lowerBound),
            bytesMax: LogBound.refererBytesMax
        )
        line.append(
            quoting: referer.extracting(credentials.upperBound..<end),
            bytesMax: LogBound.refererBytesMax
        )
    }

    /// Where in `scheme://user:password@host/path` the part up to `@` is; empty if there is none.
    private static func credentials(in url: Span<UInt8>) -> Range<Int> {
        var start = 0
        while start + 1 < url.count, url[start] != 0x2F || url[start + 1] != 0x2F { start += 1 }
        guard start + 1 < url.count else { return 0..<0 }
        start += 2
        var end = start
        var index = start
        while index < url.count, url[index] != 0x2F, url[index] != 0x3F, url[index] != 0x23 {
            if url[index] == 0x40 { end = index + 1 }
            index += 1
        }
        return start..<end
    }
}
