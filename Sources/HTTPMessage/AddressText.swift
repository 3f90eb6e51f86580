/// IP addresses as text, read into the numbers that they are.
enum AddressText {
    /// Four decimal numbers from 0 to 255, without leading zeros, with dots between them.
    static func ipv4(_ text: Span<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < text.count, text[index] == Octet.dot else { return nil }
                index &+= 1
            }
            let start = index
            var value: UInt32 = 0
            while index < text.count, text[index].isDigit, index &- start < 3 {
                value = value &* 10 &+ UInt32(text[index] &- 0x30)
                index &+= 1
            }
            guard index > start, value <= 255 else { return nil }
            guard index &- start == 1 || text[start] != 0x30 else { return nil }
            address = address &<< 8 | value
        }
        return index == text.count ? address : nil
    }

    /// `IPv6address` (RFC 3986 section 3.2.2): eight groups of up to four hexadecimal digits, one
    /// run of them left out as `::` perhaps, the last two an IPv4 address perhaps.
    ///
    /// No brackets and no zone.
    static func ipv6(_ text: Span<UInt8>) -> UInt128? {
        var value: UInt128 = 0
        var groups = 0
        /// How many groups stand before `::`.
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == Octet.colon, text[1] == Octet.colon {
            gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            var group: UInt128 = 0
            while index < text.count, index &- start < 4, let digit = text[index].hexadecimalValue {
                group = group &<< 4 | UInt128(digit)
                index &+= 1
            }
            if index < text.count, text[index] == Octet.dot {
                guard let address = ipv4(text.extracting(start..<text.count)) else { return nil }
                value = value &<< 32 | UInt128(address)
                groups &+= 2
                break
            }
            guard index > start else { return nil }
            value = value &<< 16 | group
            groups &+= 1
            guard groups <= 8, index < text.count else { break }
            guard text[index] == Octet.colon else { return nil }
            index &+= 1
            // A single colon has a group behind it.
            guard index < text.count else { return nil }
            guard text[index] == Octet.colon else { continue }
            guard gap == nil else { return nil }
            gap = groups
            index &+= 1
        }
        guard let gap else { return groups == 8 ? value : nil }
        // `::` stands for one group at least, so no shift is as wide as the number.
        guard groups <= 7 else { return nil }
        let tailBits = 16 &* (groups &- gap)
        let head = value >> tailBits
        let tail = value ^ (head << tailBits)
        return head << (128 &- 16 &* gap) | tail
    }
}
