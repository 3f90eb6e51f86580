extension OctetBuffer {
    /// Appends what a client sent, safe between quotation marks in a line of Apache's formats.
    ///
    /// Printable ASCII stays as it is but for `"` and `\`, which get a `\` before them. `\b`, `\n`,
    /// `\r`, `\t` and `\v` are written so, every other octet as `\xhh`, as Apache does (its
    /// `ap_escape_logitem`). So a line stays one line, and the octets can be had back exactly.
    ///
    /// - Parameters:
    ///   - text: the octets as they were sent.
    ///   - bytesMax: how many of them to keep.
    mutating func append(quoting text: Span<UInt8>, bytesMax: Int) {
        let end = min(text.count, bytesMax)
        var plainStart = 0
        for index in 0..<end where !Self.isPlainInQuotes(text[index]) {
            append(text.extracting(plainStart..<index))
            append(quotedEscape: text[index])
            plainStart = index + 1
        }
        append(text.extracting(plainStart..<end))
    }

    private static func isPlainInQuotes(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
    }

    private mutating func append(quotedEscape octet: UInt8) {
        append("\\")
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(octet)
        case 0x08: append("b")
        case 0x0A: append("n")
        case 0x0D: append("r")
        case 0x09: append("t")
        case 0x0B: append("v")
        default:
            append("x")
            append(Self.quotedDigit(octet >> 4))
            append(Self.quotedDigit(octet & 0x0F))
        }
    }

    private static func quotedDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
    }
}
