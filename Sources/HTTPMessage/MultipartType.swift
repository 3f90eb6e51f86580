/// The `boundary` parameter of a multipart Content-Type (RFC 2046 section 5.1.1).
enum MultipartType {
    private static var boundaryBytesMax: Int { 70 }

    /// The boundary, if every parser reads the same one; else nil.
    ///
    /// The type stands first, then parameters: each a name, `=` and a token or quoted string, a
    /// `;` before it and white space only behind that. The word `boundary` occurs as the name of
    /// one parameter and nowhere else but in that one's value: PHP takes what follows the first
    /// `boundary` that it finds.
    static func boundary(in value: Span<UInt8>) -> [UInt8]? {
        guard value.hasPrefix("multipart/"), let name = value.firstOffset(of: "boundary", from: 0)
        else { return nil }
        var boundary: ByteRange?
        var index = value.skip(.token, from: 10, to: value.count)
        guard index > 10 else { return nil }
        while index < value.count {
            guard value[index] == Octet.semicolon else { return nil }
            let start = value.skipWhitespace(from: index &+ 1)
            guard let parameter = Parameter(value, from: start) else { return nil }
            if start == name, parameter.name.count == 8 {
                boundary = parameter.value
            } else if value.bytes(in: ByteRange(start, parameter.end)).contains("boundary") {
                return nil
            }
            index = parameter.end
        }
        guard let boundary, isPlain(boundary, in: value) else { return nil }
        // PHP looks for lower case first, wherever that is.
        let text = value.bytes(in: boundary)
        // Greedy parsers take what follows the last one.
        if text.contains("boundary=") { return nil }
        if text.contains("boundary"),
            !value.bytes(in: ByteRange(name, name &+ 8)).equals("boundary")
        {
            return nil
        }
        var octets: [UInt8] = []
        for position in 0..<text.count { octets.append(text[position]) }
        return octets
    }

    /// Whether a boundary is 1 to 70 characters of those that need no thought: letters, digits,
    /// `+`, `-`, `.` and `_`, and within quotes `'`, `(`, `)`, `/`, `:`, `=` and `?` too.
    private static func isPlain(_ boundary: ByteRange, in value: Span<UInt8>) -> Bool {
        guard (1...boundaryBytesMax).contains(boundary.count) else { return false }
        let isQuoted = value[boundary.lowerBound &- 1] == Octet.quote
        for index in boundary.lowerBound..<boundary.upperBound {
            switch value[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, Octet.plus, Octet.hyphen, Octet.dot, 0x5F:
                break
            case Octet.apostrophe, 0x28, 0x29, Octet.slash, Octet.colon, Octet.equals,
                Octet.queryMark:
                guard isQuoted else { return false }
            default:
                return false
            }
        }
        return true
    }

    /// One parameter of a media type (RFC 9110 section 5.6.6), without backslashes.
    private struct Parameter {
        let name: ByteRange
        let value: ByteRange
        let end: Int

        init?(_ text: Span<UInt8>, from start: Int) {
            let nameEnd = text.skip(.token, from: start, to: text.count)
            guard nameEnd > start, nameEnd < text.count, text[nameEnd] == Octet.equals else {
                return nil
            }
            name = ByteRange(start, nameEnd)
            var index = nameEnd &+ 1
            guard index < text.count, text[index] == Octet.quote else {
                // Some senders leave the quotes out where RFC 2045 wants them; see `isPlain`.
                end = text.skip(.token, from: index, to: text.count)
                value = ByteRange(index, end)
                return
            }
            index &+= 1
            let valueStart = index
            while index < text.count, text[index] != Octet.quote {
                guard text[index] != Octet.backslash else { return nil }
                index &+= 1
            }
            guard index < text.count else { return nil }
            value = ByteRange(valueStart, index)
            end = index &+ 1
        }
    }
}
