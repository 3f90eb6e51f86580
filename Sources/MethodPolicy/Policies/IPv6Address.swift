/// An IPv6 address as the number that it is, because it can be written in many ways (RFC 4291
/// section 2.2).
struct IPv6Address: Sendable, Hashable {
    let value: UInt128

    /// Reads an address in brackets, as hosts have it: `IPv6address` (RFC 3986 section 3.2.2), in
    /// any case, without zone.
    ///
    /// Nil if it is not one. Allocates nothing.
    init?(bracketed host: Span<UInt8>) {
        guard host.count > 2, host[0] == 0x5B, host[host.count &- 1] == 0x5D else { return nil }
        self.init(host.extracting(1..<(host.count &- 1)))
    }

    /// Reads an address without brackets and without zone.
    ///
    /// Nil if it is not one. Allocates nothing.
    init?(_ text: Span<UInt8>) {
        guard let value = Self.value(of: text) else { return nil }
        self.value = value
    }

    /// Eight groups of up to four hexadecimal digits, one run of them left out as `::` perhaps, the
    /// last two an IPv4 address perhaps.
    private static func value(of text: Span<UInt8>) -> UInt128? {
        var value: UInt128 = 0
        var groups = 0
        var gap: Int?
        var index = 0
        if text.count > 1, text[0] == 0x3A, text[1] == 0x3A {
            gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            let group = group(text, at: &index)
            if index < text.count, text[index] == Octet.dot {
                guard let address = ipv4Value(text.extracting(start..<text.count)) else {
                    return nil
                }
                value = value << 32 | UInt128(address)
                groups &+= 2
                break
            }
            guard let group else { return nil }
            value = value << 16 | UInt128(group)
            groups &+= 1
            guard groups <= 8 else { return nil }
            guard index < text.count else { break }
            guard text[index] == 0x3A else { return nil }
            index &+= 1
            // A single colon has a group behind it.
            guard index < text.count else { return nil }
            guard text[index] == 0x3A else { continue }
            guard gap == nil else { return nil }
            gap = groups
            index &+= 1
        }
        guard let gap else { return groups == 8 ? value : nil }
        // `::` stands for one group at least.
        guard groups < 8 else { return nil }
        let tailBits = 16 &* (groups &- gap)
        let head = value >> tailBits
        let tail = value ^ (head << tailBits)
        return head << (128 &- 16 &* gap) | tail
    }

    /// One to four hexadecimal digits from `index` on, which moves behind them.
    private static func group(_ text: Span<UInt8>, at index: inout Int) -> UInt16? {
        let start = index
        var value: UInt16 = 0
        while index < text.count, index &- start < 4, let digit = Octet.hexValue(text[index]) {
            value = value << 4 | UInt16(digit)
            index &+= 1
        }
        return index > start ? value : nil
    }

    /// Four decimal numbers from 0 to 255, without leading zeros, with dots between them.
    static func ipv4Value(_ text: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < text.count, text[index] == Octet.dot else { return nil }
                index &+= 1
            }
            let start = index
            var number: UInt32 = 0
            while index < text.count, index &- start < 3, Octet.isDigit(text[index]) {
                number = number &* 10 &+ UInt32(text[index] &- 0x30)
                index &+= 1
            }
            guard index > start, number < 256 else { return nil }
            guard index &- start == 1 || text[start] != 0x30 else { return nil }
            value = value << 8 | number
        }
        return index == text.count ? value : nil
    }
}
