/// The encoding of keys and values in `application/x-www-form-urlencoded` and in queries.
enum FormText {
    /// The octet that stands at `position`, decoded; moves `position` behind it.
    ///
    /// `+` is a space, `%HH` an octet, and `%uHHHH` a character, as classic ASP.NET reads it: one
    /// beyond ASCII gives 0xFF, one at full width the ASCII character. Anything else is itself.
    static func nextOctet(of text: Span<UInt8>, at position: inout Int) -> UInt8 {
        let octet = text[position]
        position &+= 1
        if octet == Octet.plus { return Octet.space }
        guard octet == Octet.percent, position < text.count else { return octet }
        if text[position].asciiLowercased == 0x75 {
            guard let unit = hexadecimal(text, from: position &+ 1, count: 4) else { return octet }
            position &+= 5
            switch unit {
            case 0..<0x80: return UInt8(truncatingIfNeeded: unit)
            case 0xFF01...0xFF5E: return UInt8(truncatingIfNeeded: unit &- 0xFEE0)
            default: return 0xFF
            }
        }
        guard let value = hexadecimal(text, from: position, count: 2) else { return octet }
        position &+= 2
        return UInt8(truncatingIfNeeded: value)
    }

    /// The number that `count` hexadecimal digits spell; nil if they are not there.
    private static func hexadecimal(_ text: Span<UInt8>, from start: Int, count: Int) -> Int? {
        guard start &+ count <= text.count else { return nil }
        var value = 0
        for index in start..<(start &+ count) {
            guard let digit = text[index].hexadecimalValue else { return nil }
            value = value &<< 4 | Int(digit)
        }
        return value
    }
}
