internal import Glibc

/// A range of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).
public struct AddressPrefix: Sendable, Hashable {
    private let octets: [UInt8]
    private let bits: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or an address alone.
    ///
    /// - Parameter text: The notation. Nil is returned for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = PeerAddress(text: String(parts[0])) else {
            return nil
        }
        let width = address.octets.count * 8
        var bits = width
        if parts.count == 2 {
            guard parts[1].allSatisfy(\.isNumber), let stated = Int(parts[1]), 0...width ~= stated
            else { return nil }
            bits = stated
        }
        self.octets = address.octets
        self.bits = bits
    }

    /// Whether the address is in the range.
    ///
    /// Nothing is allocated.
    func contains(_ address: PeerAddress) -> Bool {
        guard address.octets.count == octets.count else { return false }
        let whole = bits / 8
        for index in 0..<whole where octets[index] != address.octets[index] { return false }
        let rest = bits % 8
        if rest == 0 { return true }
        let mask = ~(UInt8.max >> UInt8(rest))
        return octets[whole] & mask == address.octets[whole] & mask
    }
}

/// A client's address: 4 or 16 octets, IPv4-mapped IPv6 as IPv4; none for a unix-domain socket.
struct PeerAddress: Sendable, Hashable {
    let octets: [UInt8]
    /// As it is written in X-Forwarded-For and in the log.
    let text: [UInt8]

    init?(text: String) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            octets = unsafe withUnsafeBytes(of: &four) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, text, &six) == 1 {
            let all = unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
            let isMapped = all[0..<10].allSatisfy { $0 == 0 } && all[10] == 255 && all[11] == 255
            octets = isMapped ? Array(all[12...]) : all
        } else {
            return nil
        }
        let isMapped = octets.count == 4 && text.contains(":")
        let plain = isMapped ? octets.map(String.init).joined(separator: ".") : text
        self.text = Array(plain.utf8)
    }

    private init() {
        octets = []
        text = Array("unknown".utf8)
    }

    /// A peer without an address.
    static var none: PeerAddress { PeerAddress() }
}
