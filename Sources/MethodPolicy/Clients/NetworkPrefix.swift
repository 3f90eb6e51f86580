/// A range of addresses in prefix notation (RFC 4632 section 3.1, RFC 4291 section 2.3).
public struct NetworkPrefix: Sendable, Hashable, CustomStringConvertible {
    private let network: NetworkAddress
    /// Ones where an address must agree with the network.
    private let mask: UInt128
    /// The length as people write it: up to 32 for IPv4, up to 128 for IPv6.
    private let count: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or an address alone.
    ///
    /// - Parameter text: The notation. Nil is returned for anything else, and if a bit behind the
    ///   prefix is set: `10.0.0.1/8` may mean the network or the address.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let network = NetworkAddress(String(parts[0])) else { return nil }
        let isMapped = network.isIPv4 && parts[0].utf8.contains(0x3A)
        let countMax = network.isIPv4 && !isMapped ? 32 : 128
        var count = countMax
        if parts.count == 2 {
            guard let stated = Self.length(parts[1]), stated <= countMax else { return nil }
            count = stated
        }
        // A mapped prefix of fewer than 96 bits has bits behind it: those of `ffff`.
        let wildBits = countMax - count
        let mask: UInt128 = wildBits == 128 ? 0 : UInt128.max << UInt128(wildBits)
        guard network.value & ~mask == 0 || wildBits == 0 else { return nil }
        self.network = network
        self.mask = mask
        self.count = isMapped ? count - 96 : count
    }

    /// One to three digits without a leading zero.
    private static func length(_ text: Substring) -> Int? {
        guard 1...3 ~= text.utf8.count, text.utf8.allSatisfy(Octet.isDigit),
            text.utf8.count == 1 || text.utf8.first != 0x30
        else { return nil }
        return Int(text)
    }

    /// Whether an address is in the range.
    ///
    /// IPv4 and IPv6 are apart: `::/0` is every IPv6 address and no IPv4 one. Allocates nothing.
    public func contains(_ address: NetworkAddress) -> Bool {
        address.value & mask == network.value && address.isIPv4 == network.isIPv4
    }

    /// The notation: `10.0.0.0/8`; an address alone if the range is one address.
    public var description: String {
        mask == UInt128.max ? network.description : "\(network)/\(count)"
    }
}
