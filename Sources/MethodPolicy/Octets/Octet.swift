/// The few questions about single octets that patterns, hosts, methods and origins share.
///
/// Everything here is ASCII arithmetic that cannot trap on any octet: paths, hosts and methods come
/// from peers.
enum Octet {
    /// The octet of `/`.
    static let slash: UInt8 = 0x2F
    /// The octet of `.`.
    static let dot: UInt8 = 0x2E
    /// The octet of `%`.
    static let percent: UInt8 = 0x25
    /// The octet of `*`.
    static let asterisk: UInt8 = 0x2A

    /// The octet with `A`–`Z` turned into `a`–`z`; all others unchanged.
    @inline(__always)
    static func folded(_ octet: UInt8) -> UInt8 {
        octet &- 0x41 < 26 ? octet &+ 0x20 : octet
    }

    @inline(__always)
    static func isDigit(_ octet: UInt8) -> Bool {
        octet &- 0x30 < 10
    }

    @inline(__always)
    static func isLetter(_ octet: UInt8) -> Bool {
        folded(octet) &- 0x61 < 26
    }

    /// The value of a hexadecimal digit, or nil.
    static func hexValue(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- 0x30 }
        let letter = folded(octet) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The octet of a hexadecimal digit, upper case as canonical paths have it.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x37 &+ (value & 0x0F)
    }

    /// `tchar` of RFC 9110 section 5.6.2.
    static func isTokenOctet(_ octet: UInt8) -> Bool {
        if isDigit(octet) || isLetter(octet) { return true }
        switch octet {
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C,
            0x7E:
            return true
        default:
            return false
        }
    }
}
