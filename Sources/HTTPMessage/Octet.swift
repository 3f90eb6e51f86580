/// Names for the octets that HTTP/1.1's grammar gives a meaning.
enum Octet {
    static var horizontalTab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var quote: UInt8 { 0x22 }
    static var fragmentMark: UInt8 { 0x23 }
    static var percent: UInt8 { 0x25 }
    static var ampersand: UInt8 { 0x26 }
    static var apostrophe: UInt8 { 0x27 }
    static var asterisk: UInt8 { 0x2A }
    static var plus: UInt8 { 0x2B }
    static var comma: UInt8 { 0x2C }
    static var hyphen: UInt8 { 0x2D }
    static var dot: UInt8 { 0x2E }
    static var slash: UInt8 { 0x2F }
    static var colon: UInt8 { 0x3A }
    static var semicolon: UInt8 { 0x3B }
    static var equals: UInt8 { 0x3D }
    static var queryMark: UInt8 { 0x3F }
    static var at: UInt8 { 0x40 }
    static var openingBracket: UInt8 { 0x5B }
    static var backslash: UInt8 { 0x5C }
    static var closingBracket: UInt8 { 0x5D }
    static var delete: UInt8 { 0x7F }
}

extension UInt8 {
    /// field-content less the line's end: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5).
    @inline(__always)
    var isFieldValueCharacter: Bool {
        self >= 0x20 ? self != 0x7F : self == 0x09
    }

    /// SP or HTAB.
    @inline(__always)
    var isWhitespace: Bool { self == 0x20 || self == 0x09 }

    /// 0 to 9.
    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }

    /// The letter in lower case; any other octet as it is.
    @inline(__always)
    var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// A hexadecimal digit in upper case; any other octet as it is.
    @inline(__always)
    var hexadecimalUppercased: UInt8 { self &- 0x61 < 6 ? self & 0xDF : self }

    /// The value of a hexadecimal digit, nil for anything else.
    @inline(__always)
    var hexadecimalValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}
