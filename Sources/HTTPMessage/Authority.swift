/// `uri-host [ ":" port ]` (RFC 9112 section 3.2, RFC 3986 section 3.2), as ranges of a buffer.
///
/// Stricter than the grammar: a name has only the characters that names in DNS and hosts files
/// have, so no percent-escapes, no user information, no lists.
struct Authority: Sendable, Equatable {
    /// The host, an IPv6 address with its brackets.
    let host: ByteRange
    /// Host and port as sent.
    let whole: ByteRange
    /// The port, nil where none was sent.
    let port: UInt16?

    /// Reads the authority that `range` holds; nil if it is not valid.
    init?(_ bytes: Span<UInt8>, in range: ByteRange) {
        let text = bytes.bytes(in: range)
        guard !text.isEmpty else { return nil }
        let hostEnd = text[0] == Octet.openingBracket ? Self.addressEnd(text) : Self.nameEnd(text)
        guard let hostEnd else { return nil }
        if hostEnd == text.count {
            port = nil
        } else {
            guard text[hostEnd] == Octet.colon,
                let port = Self.port(text.extracting((hostEnd &+ 1)..<text.count))
            else { return nil }
            self.port = port
        }
        host = ByteRange(range.lowerBound, range.lowerBound &+ hostEnd)
        whole = range
    }

    /// Whether two authorities name the same place: hosts in any case, a port left out being
    /// `defaultPort`.
    func agrees(with other: Authority, defaultPort: UInt16, in bytes: Span<UInt8>) -> Bool {
        (port ?? defaultPort) == (other.port ?? defaultPort)
            && bytes.bytes(in: host).equalsIgnoringCase(bytes.bytes(in: other.host))
    }

    /// The end of a name or IPv4 address at the start of `text`; nil if there is none.
    ///
    /// A single dot at the end is the root of DNS; no other label may be empty.
    private static func nameEnd(_ text: Span<UInt8>) -> Int? {
        var index = 0
        var labelStart = 0
        while index < text.count {
            let octet = text[index]
            if octet == Octet.dot {
                guard index > labelStart else { return nil }
                labelStart = index &+ 1
            } else if !octet.isIn(.hostLabel) {
                break
            }
            index &+= 1
        }
        return index > 0 ? index : nil
    }

    /// `*DIGIT`, but at least one digit and from 1 to 65535.
    private static func port(_ digits: Span<UInt8>) -> UInt16? {
        guard (1...5).contains(digits.count) else { return nil }
        var port = 0
        for index in 0..<digits.count {
            guard digits[index].isDigit else { return nil }
            port = port &* 10 &+ Int(digits[index] &- 0x30)
        }
        guard port > 0 else { return nil }
        return UInt16(exactly: port)
    }

    /// The end of a bracketed IPv6 address at the start of `text`; nil if there is none.
    private static func addressEnd(_ text: Span<UInt8>) -> Int? {
        var index = 1
        while index < text.count, text[index] != Octet.closingBracket { index &+= 1 }
        guard index < text.count, AddressText.ipv6(text.extracting(1..<index)) != nil else {
            return nil
        }
        return index &+ 1
    }
}
