internal import HTTPMessage

extension OctetBuffer {
    /// Appends `{"timestamp":"`: a line begins.
    mutating func beginLine() {
        append("{\"")
        append(nameOf: LogKey.timestamp)
        append("\":\"")
    }

    /// Appends the bare name of a key.
    mutating func append(nameOf key: StaticString) {
        // What a key has around its name is two octets on each side. The closure does not escape.
        key.withUTF8Buffer { framed in
            let octets = unsafe framed.span
            append(octets.extracting(2..<(octets.count - 2)))
        }
    }

    /// Appends `,"key":number`.
    mutating func append(key: StaticString, number: UInt64) {
        append(key)
        append(decimal: number)
    }

    /// Appends `,"key":"value"` with the value escaped and cut to its bound.
    ///
    /// - Returns: whether the value had to be cut.
    @discardableResult
    mutating func append(key: StaticString, text: Span<UInt8>, bytesMax: Int) -> Bool {
        append(key)
        append(UInt8(ascii: "\""))
        let isCut = append(escaping: text, bytesMax: bytesMax)
        append(UInt8(ascii: "\""))
        return isCut
    }

    /// Appends what a line tells of a request.
    ///
    /// - Returns: The values that had to be cut.
    mutating func append(
        _ request: borrowing LoggedRequest,
        includesQuery: Bool
    ) -> CutFields {
        var cut: CutFields = []
        func append(
            _ key: StaticString,
            _ value: Span<UInt8>,
            bytesMax: Int,
            _ field: CutFields
        ) {
            if !value.isEmpty, self.append(key: key, text: value, bytesMax: bytesMax) {
                cut.insert(field)
            }
        }
        append(LogKey.method, request.method, bytesMax: LogBound.methodBytesMax, .method)
        append(LogKey.path, request.path, bytesMax: LogBound.pathBytesMax, .path)
        if includesQuery {
            append(LogKey.query, request.query, bytesMax: LogBound.queryBytesMax, .query)
        }
        append(LogKey.host, request.host, bytesMax: LogBound.hostBytesMax, .host)
        self.append(key: LogKey.protocolVersion, code: request.protocolVersion.utf8.span)
        self.append(key: LogKey.clientAddress, code: request.clientAddress)
        if request.clientPort > 0 {
            self.append(key: LogKey.clientPort, number: UInt64(request.clientPort))
        }
        append(
            LogKey.userAgent,
            request.userAgent,
            bytesMax: LogBound.userAgentBytesMax,
            .userAgent
        )
        return cut
    }

    /// Appends `,"key":"value"` for a code of this program's, an address or a number, in which no
    /// octet needs an escape; left out if empty.
    mutating func append(key: StaticString, code: Span<UInt8>) {
        if code.isEmpty { return }
        append(key)
        append(UInt8(ascii: "\""))
        append(code)
        append(UInt8(ascii: "\""))
    }

    /// Appends the trace that a request belongs to.
    mutating func append(trace: TraceParent) {
        // `version-trace-span-flags`, in hexadecimal digits.
        let octets = trace.octets
        append(LogKey.traceID)
        append("\"")
        append(octets.span.extracting(3..<35))
        append("\"")
        append(LogKey.spanID)
        append("\"")
        append(octets.span.extracting(36..<52))
        append("\"")
    }

    /// Appends the names of the keys whose values were cut.
    @inline(never)
    mutating func append(truncated cut: CutFields) {
        append(LogKey.truncated)
        var separator: StaticString = "[\""
        func name(_ key: StaticString, ifCut field: CutFields) {
            guard cut.contains(field) else { return }
            append(separator)
            append(nameOf: key)
            append("\"")
            separator = ",\""
        }
        name(LogKey.method, ifCut: .method)
        name(LogKey.path, ifCut: .path)
        name(LogKey.query, ifCut: .query)
        name(LogKey.host, ifCut: .host)
        name(LogKey.userAgent, ifCut: .userAgent)
        append("]")
    }

    /// Appends `,"key":"value"` for a value of our own: a code, a name from a policy file.
    mutating func append(key: StaticString, text: String, bytesMax: Int = Int.max) {
        append(key: key, text: text.utf8.span, bytesMax: bytesMax)
    }
}
