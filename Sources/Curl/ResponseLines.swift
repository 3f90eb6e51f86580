internal import HTTPMessage

/// Writes the response that libcurl tells of piece by piece as an HTTP/1.1 message.
///
/// Nothing is found valid here beyond what a later reader could not see: that it came over HTTP/2,
/// and that no field claims to say where the content ends.
struct ResponseLines {
    private enum Place {
        case beforeHead
        case inHead
        case content
    }

    private let answersHead: Bool
    private var place = Place.beforeHead
    /// The digits of the status code.
    private var status: [UInt8] = []
    private var hasLength = false
    private var isChunked = false
    /// Whether the client is asked who it is, perhaps by a scheme that authenticates connections.
    private(set) var challenges = false
    private var headBytes = 0
    private var trailers: [UInt8] = []

    /// Heads beyond that are cut off; the exchange has a limit of its own below it.
    private static let headBytesMax = 1024 * 1024

    /// - Parameter answersHead: Whether the request's method was HEAD.
    init(answersHead: Bool) { self.answersHead = answersHead }

    /// Takes a line with its line end, and writes what becomes of it.
    ///
    /// - Returns: Whether a head is whole with it.
    /// - Throws: A `CurlError` that says why the line cannot stand there.
    mutating func take(line: Span<UInt8>, into output: inout OctetQueue) throws(CurlError) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.headBytesMax else { throw Self.fault("the head is too long") }
        switch place {
        case .beforeHead:
            try begin(line, into: &output)
            return false
        case .inHead where line.count <= 2:
            end(into: &output)
            return true
        case .inHead:
            try take(field: line)
            output.append(line)
            return false
        case .content:
            // A trailer section; where the length was given there is no place for one.
            if isChunked { for index in line.indices { trailers.append(line[index]) } }
            return false
        }
    }

    private mutating func begin(
        _ line: Span<UInt8>,
        into output: inout OctetQueue
    ) throws(CurlError) {
        // `HTTP/2 200 ` and nothing else is what libcurl itself writes.
        guard line.count == 12 || line.count == 13, line.extracting(..<7).text == "HTTP/2 " else {
            throw Self.fault("the origin server does not speak HTTP/2")
        }
        status = [line[7], line[8], line[9]]
        hasLength = false
        place = .inHead
        output.append("HTTP/1.1 ")
        output.append(line.extracting(7...))
    }

    private mutating func take(field line: Span<UInt8>) throws(CurlError) {
        var length = 0
        while length < line.count, line[length] != 0x3A { length += 1 }
        switch FieldName(line.extracting(..<length)) {
        case .contentLength: hasLength = true
        case .wwwAuthenticate: challenges = true
        case .transferEncoding, .connection, .keepAlive, .proxyConnection, .upgrade:
            // RFC 9113 §8.2.2: such a response is malformed.
            throw Self.fault("a field of the response is not one of HTTP/2")
        default: break
        }
    }

    private mutating func end(into output: inout OctetQueue) {
        if status.first == 0x31 {
            place = .beforeHead
        } else {
            place = .content
            // 204 and 304 have no content, whatever they say (RFC 9112 §6.3).
            let hasContent = status != [0x32, 0x30, 0x34] && status != [0x33, 0x30, 0x34]
            isChunked = hasContent && !hasLength && !answersHead
            if isChunked { output.append("transfer-encoding: chunked\r\n") }
        }
        output.append("\r\n")
    }

    /// Whether anything of a response has come.
    var hasBegun: Bool { headBytes > 0 }

    /// Whether the head of a response is there for which libcurl ends the request's content (L-22).
    var isRefusal: Bool { place == .content && (status.first ?? 0) >= 0x33 }

    mutating func take(content bytes: Span<UInt8>, into output: inout OctetQueue) {
        guard !bytes.isEmpty else { return }
        if isChunked { output.append(String(bytes.count, radix: 16) + "\r\n") }
        output.append(bytes)
        if isChunked { output.append("\r\n") }
    }

    /// The response is whole.
    ///
    /// - Returns: Whether there was one.
    mutating func finish(into output: inout OctetQueue) -> Bool {
        guard place == .content else { return false }
        if isChunked {
            output.append("0\r\n")
            output.append(trailers.span)
            output.append("\r\n")
        }
        return true
    }

    private static func fault(_ why: String) -> CurlError {
        CurlError(kind: .protocolFault, description: why)
    }
}
