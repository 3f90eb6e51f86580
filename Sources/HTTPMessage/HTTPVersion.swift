/// The versions of HTTP/1 (RFC 9112 section 2.3).
///
/// Every other is refused.
public enum HTTPVersion: Sendable {
    /// HTTP/1.0: no chunked coding, closes unless asked to stay open.
    case http10
    /// HTTP/1.1.
    case http11
}

extension HTTPVersion {
    /// What octets say where a version has to stand.
    enum Reading {
        case version(HTTPVersion)
        case incomplete
        /// A version, but none that is spoken here.
        case unsupported
        case invalid
    }

    /// Octets of `HTTP/1.1`.
    static var octetCount: Int { 8 }

    /// Reads `"HTTP/" DIGIT "." DIGIT` from `start` on, looking at nothing behind `end`.
    static func read(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Reading {
        let name: Span<UInt8> = "HTTP/".utf8.span
        var index = start
        while index < end, index &- start < name.count {
            guard bytes[index] == name[index &- start] else { return .invalid }
            index &+= 1
        }
        guard index < end else { return .incomplete }
        let major = bytes[index]
        // HTTP/0.9 has no version in its request line, so nothing truthful says 0.
        guard major.isDigit, major != 0x30 else { return .invalid }
        guard index &+ 1 < end else { return .incomplete }
        guard bytes[index &+ 1] == Octet.dot else { return .invalid }
        guard index &+ 2 < end else { return .incomplete }
        let minor = bytes[index &+ 2]
        guard minor.isDigit else { return .invalid }
        guard major == 0x31, minor <= 0x31 else { return .unsupported }
        return .version(minor == 0x31 ? .http11 : .http10)
    }
}
