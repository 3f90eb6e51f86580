/// The digits of base64 (RFC 4648 section 4).
enum Base64 {
    /// What fills the last group of four.
    static var padding: UInt8 { Octet.equals }

    /// The digit for the lowest six bits of a value.
    static func digit(_ value: UInt8) -> UInt8 {
        let value = value & 0x3F
        return switch value {
        case 0..<26: value &+ 0x41
        case 26..<52: value &- 26 &+ 0x61
        case 52..<62: value &- 52 &+ 0x30
        case 62: Octet.plus
        default: Octet.slash
        }
    }

    /// The value of a digit, nil for anything else.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit &- 0x41
        case 0x61...0x7A: digit &- 0x61 &+ 26
        case 0x30...0x39: digit &- 0x30 &+ 52
        case Octet.plus: 62
        case Octet.slash: 63
        default: nil
        }
    }
}
