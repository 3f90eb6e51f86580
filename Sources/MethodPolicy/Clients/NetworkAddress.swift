/// An IPv4 or IPv6 address as the number that it is.
///
/// An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is the IPv4 address that it holds, so
/// that a client is the same client whichever socket it came through.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// The highest 96 bits of every IPv4 address.
    static let mappedPrefix: UInt128 = 0xFFFF

    /// The address as IPv6; IPv4 is mapped.
    let value: UInt128

    init(value: UInt128) {
        self.value = value
    }

    /// Reads an address as text, without brackets, port or zone.
    ///
    /// Nil if it is not one.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        self.init(octets.span)
    }

    /// Reads an address as text, without brackets, port or zone.
    ///
    /// Nil if it is not one. Allocates nothing.
    public init?(_ text: Span<UInt8>) {
        if let address = IPv6Address.ipv4Value(text) {
            self.init(value: Self.mappedPrefix << 32 | UInt128(address))
        } else if let address = IPv6Address(text) {
            self.init(value: address.value)
        } else {
            return nil
        }
    }

    /// Takes the octets of an address in network order.
    ///
    /// - Parameter octets: 4 or 16 octets; nil is returned for any other number.
    public init?(octets: Span<UInt8>) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        var value: UInt128 = octets.count == 4 ? Self.mappedPrefix : 0
        for index in octets.indices { value = value << 8 | UInt128(octets[index]) }
        self.init(value: value)
    }

    /// Whether it is an IPv4 address, mapped ones included.
    public var isIPv4: Bool { value >> 32 == Self.mappedPrefix }

    /// `192.0.2.7`, or the form of RFC 5952: lower case, the longest run of zero groups left out.
    public var description: String {
        if isIPv4 {
            return stride(from: 24, through: 0, by: -8)
                .map { String(UInt8(truncatingIfNeeded: value >> UInt128($0))) }
                .joined(separator: ".")
        }
        let groups = stride(from: 112, through: 0, by: -16)
            .map { UInt16(truncatingIfNeeded: value >> UInt128($0)) }
        let texts = groups.map { String($0, radix: 16) }
        guard let gap = Self.longestGap(groups) else { return texts.joined(separator: ":") }
        return texts[..<gap.lowerBound].joined(separator: ":") + "::"
            + texts[gap.upperBound...].joined(separator: ":")
    }

    /// The first of the longest runs of two zero groups or more.
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        for index in 0...groups.count {
            if index < groups.count, groups[index] == 0 { continue }
            if index - start > max(longest?.count ?? 0, 1) { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}
