extension OctetBuffer {
    /// Appends what a client sent, safe inside a JSON string and safe on a terminal.
    ///
    /// Printable ASCII and well-formed UTF-8 stay as they are. Control octets (C0, DEL, C1), `"`,
    /// `\`, line and paragraph separators, bidirectional controls, byte order marks and whatever is
    /// not well-formed UTF-8 become the text `\xHH`, octet by octet. As `\` itself is among them,
    /// each `\` that a JSON reader finds in a value starts such an escape, and the octets can be
    /// had back exactly.
    ///
    /// - Parameters:
    ///   - text: the octets as they were sent.
    ///   - bytesMax: how many of them to keep. The cut is never inside a character.
    /// - Returns: whether octets were left out.
    mutating func append(escaping text: Span<UInt8>, bytesMax: Int) -> Bool {
        let end = min(text.count, bytesMax)
        var index = 0
        var plainStart = 0
        while index < end {
            if Self.isPlain(text[index]) {
                index += 1
                continue
            }
            let character = UTF8Character(in: text, at: index)
            guard character.length <= end - index else { break }
            if !character.isShown {
                append(text.extracting(plainStart..<index))
                for offset in index..<(index + character.length) {
                    append(escape: text[offset])
                }
                plainStart = index + character.length
            }
            index += character.length
        }
        append(text.extracting(plainStart..<index))
        return index < text.count
    }

    /// Printable ASCII without the two octets that mean something in a JSON string.
    private static func isPlain(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
    }

    /// Appends `\\xHH`, which a JSON reader reads as `\xHH`.
    private mutating func append(escape octet: UInt8) {
        append("\\\\x")
        append(Self.digit(octet >> 4))
        append(Self.digit(octet & 0x0F))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }
}

/// One character of text from a client: where it ends and whether a log may show it.
private struct UTF8Character {
    /// How many octets it has; 1 for an octet that starts no well-formed sequence.
    let length: Int
    /// Whether it may stand in a log as it is.
    let isShown: Bool

    /// An octet that must be escaped alone.
    private static var escapedOctet: UTF8Character { UTF8Character(length: 1, isShown: false) }

    private init(length: Int, isShown: Bool) {
        self.length = length
        self.isShown = isShown
    }

    /// Looks at the character that starts at `index`, by the table of well-formed sequences of the
    /// Unicode standard (table 3-7): no overlong form, no surrogate, nothing above U+10FFFF.
    init(in text: Span<UInt8>, at index: Int) {
        let lead = text[index]
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default:
            // ASCII that must be escaped, or an octet that cannot lead.
            self = Self.escapedOctet
            return
        }
        guard length <= text.count - index, second.contains(text[index + 1]) else {
            self = Self.escapedOctet
            return
        }
        var scalar = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let octet = text[index + offset]
            guard octet & 0xC0 == 0x80 else {
                self = Self.escapedOctet
                return
            }
            scalar = scalar << 6 | UInt32(octet & 0x3F)
        }
        self.init(length: length, isShown: !Self.isHidden(scalar))
    }

    /// Characters that move the cursor, break the line or turn the reading direction.
    private static func isHidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x80...0x9F: true  // C1 controls: 0x9B starts a terminal sequence
        case 0x061C, 0x200E, 0x200F: true  // direction marks
        case 0x2028, 0x2029: true  // line and paragraph separators
        case 0x202A...0x202E, 0x2066...0x2069: true  // embeddings, overrides and isolates
        case 0xFEFF: true  // a byte order mark, which some readers of JSON take away
        default: false
        }
    }
}
