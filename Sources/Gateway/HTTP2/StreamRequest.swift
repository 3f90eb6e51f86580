internal import HTTPMessage
internal import NIOCore
internal import NIOHPACK

/// Writes an HTTP/2 request as HTTP/1.1, for the parser that every request goes through.
///
/// Nothing is written before it is known to be one field or one line there: what HTTP/2 can carry
/// and HTTP/1.1 cannot is refused here (RFC 9113 §8.2.1, §8.3.1, §10.3).
/// The parser behind it is as strict as with HTTP/1.1, so what this lets through by mistake is
/// refused there.
struct StreamRequest {
    private enum Content {
        /// None, or all of it has come.
        case complete
        case length(UInt64)
        case chunked
    }

    private var content = Content.complete
    /// Whether the response has no content whatever it says (RFC 9110 §9.3.2).
    private(set) var isHead = false

    /// Whether all of the request has come.
    var isComplete: Bool { if case .complete = content { true } else { false } }

    // MARK: Head

    private struct Pseudo {
        var method, scheme, path, authority: String?
    }

    /// Writes the head.
    ///
    /// - Returns: What is wrong with it, if anything is; then nothing was written.
    mutating func writeHead(
        _ headers: HPACKHeaders,
        endsStream: Bool,
        into buffer: inout ByteBuffer
    ) -> MessageFault? {
        // Known even of a request that is refused.
        isHead = headers.first(name: ":method") == "HEAD"
        var pseudo = Pseudo()
        var fields = ByteBuffer()
        var length: UInt64?
        var cookies = ""
        var hasHost = false
        var hasFields = false
        for (name, value, _) in headers {
            if name.utf8.first == 0x3A {
                // They stand before all fields (RFC 9113 §8.3).
                if hasFields { return MessageFault(.invalidFieldName) }
                if let fault = Self.note(name, value, in: &pseudo) { return fault }
                continue
            }
            hasFields = true
            guard Self.isFieldName(name) else { return MessageFault(.invalidFieldName) }
            guard Self.isFieldValue(value) else { return MessageFault(.invalidFieldValue) }
            switch name {
            case "host":
                if hasHost { return MessageFault(.duplicateHost) }
                hasHost = true
                if let authority = pseudo.authority, authority != value {
                    return MessageFault(.authorityMismatch)
                }
                pseudo.authority = value
            case "content-length":
                guard length == nil, let number = DecimalNumber.read(value) else {
                    return MessageFault(.invalidContentLength)
                }
                length = number
            case "cookie":
                // One line, as HTTP/1.1 has it (RFC 9113 §8.2.3).
                cookies += cookies.isEmpty ? value : "; " + value
            case "connection", "transfer-encoding", "keep-alive", "upgrade", "proxy-connection":
                return MessageFault(.invalidFieldName)
            case "te" where value != "trailers":
                return MessageFault(.invalidFieldValue)
            default:
                fields.write(name, value)
            }
        }
        if !cookies.isEmpty { fields.write("cookie", cookies) }
        return write(pseudo, fields, length, endsStream, into: &buffer)
    }

    private mutating func write(
        _ pseudo: Pseudo,
        _ fields: ByteBuffer,
        _ length: UInt64?,
        _ endsStream: Bool,
        into buffer: inout ByteBuffer
    ) -> MessageFault? {
        guard let method = pseudo.method, Self.isToken(method) else {
            return MessageFault(.invalidMethod)
        }
        let isConnect = method == "CONNECT"
        guard isConnect == (pseudo.path == nil), isConnect == (pseudo.scheme == nil),
            let target = isConnect ? pseudo.authority : pseudo.path, Self.isTarget(target),
            pseudo.scheme.map({ $0 == "https" || $0 == "http" }) ?? true
        else { return MessageFault(.invalidTarget) }
        buffer.writeString("\(method) \(target) HTTP/1.1\r\n")
        if let authority = pseudo.authority {
            guard Self.isFieldValue(authority) else { return MessageFault(.invalidHost) }
            buffer.write("Host", authority)
        }
        buffer.writeImmutableBuffer(fields)
        if let length {
            if endsStream, length > 0 { return MessageFault(.invalidContentLength) }
            buffer.write("Content-Length", "\(length)")
            content = endsStream || length == 0 ? .complete : .length(length)
        } else if !endsStream {
            buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
            content = .chunked
        }
        buffer.writeStaticString("\r\n")
        return nil
    }

    private static func note(
        _ name: String,
        _ value: String,
        in pseudo: inout Pseudo
    )
        -> MessageFault?
    {
        func set(_ path: WritableKeyPath<Pseudo, String?>) -> MessageFault? {
            guard pseudo[keyPath: path] == nil else { return MessageFault(.invalidFieldName) }
            pseudo[keyPath: path] = value
            return nil
        }
        switch name {
        case ":method": return set(\.method)
        case ":scheme": return set(\.scheme)
        case ":path": return set(\.path)
        case ":authority": return set(\.authority)
        default: return MessageFault(.invalidFieldName)
        }
    }

    // MARK: Content

    /// Writes content.
    ///
    /// - Returns: Whether there is as much of it as the head said (RFC 9113 §8.1.1).
    mutating func writeContent(
        _ data: ByteBuffer,
        endsStream: Bool,
        into buffer: inout ByteBuffer
    ) -> Bool {
        let count = UInt64(data.readableBytes)
        switch content {
        case .complete:
            // An empty frame may end what a length of zero has ended already.
            return count == 0
        case .length(let remaining):
            let (left, isTooMuch) = remaining.subtractingReportingOverflow(count)
            guard !isTooMuch, left == 0 || !endsStream else { return false }
            buffer.writeImmutableBuffer(data)
            content = left == 0 ? .complete : .length(left)
            return true
        case .chunked:
            if count > 0 {
                buffer.writeString(String(count, radix: 16))
                buffer.writeStaticString("\r\n")
                buffer.writeImmutableBuffer(data)
                buffer.writeStaticString("\r\n")
            }
            if endsStream {
                buffer.writeStaticString("0\r\n\r\n")
                content = .complete
            }
            return true
        }
    }

    /// Ends the content with trailers, which only the chunked coding has a place for.
    ///
    /// - Returns: What is wrong with them, if anything is.
    mutating func writeTrailers(
        _ headers: HPACKHeaders,
        into buffer: inout ByteBuffer
    )
        -> MessageFault?
    {
        switch content {
        case .complete: return nil
        case .length: return MessageFault(.invalidContentLength)
        case .chunked: break
        }
        buffer.writeStaticString("0\r\n")
        for (name, value, _) in headers {
            guard Self.isFieldName(name) else { return MessageFault(.invalidFieldName) }
            guard Self.isFieldValue(value) else { return MessageFault(.invalidFieldValue) }
            buffer.write(name, value)
        }
        buffer.writeStaticString("\r\n")
        content = .complete
        return nil
    }

    // MARK: Octets

    private static func isToken(_ text: String) -> Bool {
        text.utf8Span.span.isToken
    }

    private static func isFieldName(_ name: String) -> Bool {
        isToken(name) && !name.utf8.contains { 0x41...0x5A ~= $0 }
    }

    /// Whether a value is one that HTTP/1.1 has a line for.
    ///
    /// Octets that are not UTF-8 have been replaced on the way here, so what stands for them is
    /// refused: nothing is forwarded that was not sent.
    private static func isFieldValue(_ value: String) -> Bool {
        let octets = value.utf8
        if let first = octets.first, first == 0x20 || first == 0x09 { return false }
        if let last = octets.last, last == 0x20 || last == 0x09 { return false }
        var isASCII = true
        for octet in octets {
            if octet < 0x20 && octet != 0x09 || octet == 0x7F { return false }
            if octet >= 0x80 { isASCII = false }
        }
        return isASCII || !value.unicodeScalars.contains("\u{FFFD}")
    }

    private static func isTarget(_ target: String) -> Bool {
        !target.isEmpty && target.utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }
}

extension DecimalNumber {
    /// The number, or nil for anything else or a number over `UInt64`.
    static func read(_ text: String) -> UInt64? { read(text.utf8Span.span) }
}

extension ByteBuffer {
    /// Writes a field line.
    fileprivate mutating func write(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
