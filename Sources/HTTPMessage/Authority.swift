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
        guard index < text.count, isIPv6Address(text.extracting(1..<index)) else { return nil }
        return index &+ 1
    }

    /// `IPv6address` (RFC 3986 section 3.2.2): eight groups of up to four hexadecimal digits, one
    /// run of them left out as `::` perhaps, the last two an IPv4 address perhaps.
    ///
    /// No zone.
    private static func isIPv6Address(_ text: Span<UInt8>) -> Bool {
        var index = 0
        var groups = 0
        var hasGap = false
        if text.count >= 2, text[0] == Octet.colon, text[1] == Octet.colon {
            hasGap = true
            index = 2
        }
        while index < text.count {
            let start = index
            while index < text.count, text[index].hexadecimalValue != nil { index &+= 1 }
            if index < text.count, text[index] == Octet.dot {
                groups &+= 2
                guard isIPv4Address(text.extracting(start..<text.count)) else { return false }
                break
            }
            guard (1...4).contains(index &- start) else { return false }
            groups &+= 1
            guard index < text.count else { break }
            guard text[index] == Octet.colon else { return false }
            index &+= 1
            guard index < text.count else { return false }
            if text[index] == Octet.colon {
                guard !hasGap else { return false }
                hasGap = true
                index &+= 1
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    /// Four decimal numbers from 0 to 255, without leading zeros, with dots between them.
    private static func isIPv4Address(_ text: Span<UInt8>) -> Bool {
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < text.count, text[index] == Octet.dot else { return false }
                index &+= 1
            }
            let start = index
            var value = 0
            while index < text.count, text[index].isDigit, index &- start < 3 {
                value = value &* 10 &+ Int(text[index] &- 0x30)
                index &+= 1
            }
            guard index > start, value <= 255 else { return false }
            guard index &- start == 1 || text[start] != 0x30 else { return false }
        }
        return index == text.count
    }
}
