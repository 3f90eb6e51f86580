import Glibc

/// An IPv4 or IPv6 address as octets in network order: 4 or 16 of them.
struct InternetAddress: Sendable, Hashable {
    let octets: [UInt8]

    /// Reads an address in the textual form that `inet_pton` knows; nil for anything else.
    init?(_ text: String) {
        // C would not see what comes after a NUL.
        guard !text.utf8.contains(0) else { return nil }
        var octets = [UInt8](repeating: 0, count: 16)
        let isIPv6 = text.contains(":")
        let family = isIPv6 ? AF_INET6 : AF_INET
        let parsed = unsafe octets.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(family, text, buffer.baseAddress)
        }
        guard parsed == 1 else { return nil }
        self.octets = isIPv6 ? octets : Array(octets.prefix(4))
    }

    var isIPv6: Bool { octets.count == 16 }
}

/// A network in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`; an address alone is a network of
/// one.
public struct NetworkPrefix: Sendable, Hashable, CustomStringConvertible {
    /// The network's address in network order: 4 octets, or 16 for IPv6.
    public let octets: [UInt8]
    /// How many leading bits of ``octets`` count.
    public let length: Int
    /// The text it was read from.
    public let description: String

    /// Reads CIDR notation.
    ///
    /// Nil if the text is neither an address nor an address and a prefix length, or if bits after
    /// the prefix are set: `10.0.0.1/8` is a mistake more often than it is meant.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = InternetAddress(String(parts[0])) else { return nil }
        let bits = address.octets.count * 8
        var length = bits
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3,
                parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let number = Int(parts[1]), number <= bits
            else { return nil }
            length = number
        }
        for bit in length..<bits where address.octets[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 {
            return nil
        }
        self.octets = address.octets
        self.length = length
        self.description = text
    }

    /// Whether the network holds the address, given as 4 or 16 octets in network order.
    public func contains(_ address: [UInt8]) -> Bool {
        guard address.count == octets.count else { return false }
        let whole = length / 8
        guard address.prefix(whole).elementsEqual(octets.prefix(whole)) else { return false }
        let rest = length % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return address[whole] & mask == octets[whole] & mask
    }
}
