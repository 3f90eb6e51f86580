extension Span where Element == UInt8 {
    /// The offset of the first octet from `start` on that is in none of these sets; `limit` if
    /// there is none.
    @inline(__always)
    func skip(_ octets: OctetClass, from start: Int, to limit: Int) -> Int {
        guard 0 <= start, start < limit, limit <= count else { return start }
        let region = extracting(start..<limit)
        var index = 0
        while index < region.count, region[index].isIn(octets) { index &+= 1 }
        return start &+ index
    }

    /// The offset of the first octet from `start` on that no field value may contain; `limit` if
    /// there is none.
    ///
    /// Values are most of a head, so they are looked at eight octets at a time.
    @inline(__always)
    func skipFieldValue(from start: Int, to limit: Int) -> Int {
        guard 0 <= start, start < limit, limit <= count else { return start }
        let region = extracting(start..<limit)
        var index = 0
        while index <= region.count &- 8 {
            let suspects = Self.controlOctets(region.word(at: index))
            guard suspects != 0 else {
                index &+= 8
                continue
            }
            index &+= suspects.trailingZeroBitCount &>> 3
            guard region[index] == Octet.horizontalTab else { return start &+ index }
            index &+= 1
        }
        while index < region.count, region[index].isFieldValueCharacter { index &+= 1 }
        return start &+ index
    }

    /// The offset of the first `&` or `;` from `start` on; the count if there is none.
    @inline(__always)
    func firstPairSeparator(from start: Int) -> Int {
        firstOf(Octet.ampersand, Octet.semicolon, from: start)
    }

    /// The offset of the first hyphen from `start` on; the count if there is none.
    @inline(__always)
    func firstHyphen(from start: Int) -> Int {
        firstOf(Octet.hyphen, Octet.hyphen, from: start)
    }

    /// The offset of the first octet from `start` on that is one of two; the count if there is
    /// none.
    @inline(__always)
    private func firstOf(_ one: UInt8, _ other: UInt8, from start: Int) -> Int {
        guard 0 <= start, start < count else { return count }
        let region = extracting(start..<count)
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index <= region.count &- 8 {
            let word = region.word(at: index)
            let first = word ^ (ones &* UInt64(one))
            let second = word ^ (ones &* UInt64(other))
            // Bit 7 of each octet that became zero; the lowest hit is exact.
            let hits =
                ((first &- ones) & ~first | (second &- ones) & ~second) & (ones &* 0x80)
            guard hits == 0 else { return start &+ index &+ hits.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < region.count, region[index] != one, region[index] != other { index &+= 1 }
        return start &+ index
    }

    /// Eight octets as one word, the first the least significant.
    ///
    /// Traps unless they are there.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        let octets = extracting(index..<(index &+ 8))
        let low =
            UInt64(octets[0]) | UInt64(octets[1]) &<< 8 | UInt64(octets[2]) &<< 16
            | UInt64(octets[3]) &<< 24
        let high =
            UInt64(octets[4]) | UInt64(octets[5]) &<< 8 | UInt64(octets[6]) &<< 16
            | UInt64(octets[7]) &<< 24
        return low | high &<< 32
    }

    /// A word whose lowest set bit, if any, is bit 7 of the first octet below 0x20 or equal to
    /// 0x7F.
    ///
    /// The subtraction borrows from octets above the first hit only, so the lowest bit is exact.
    @inline(__always)
    private static func controlOctets(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let belowSpace = (word &- ones &* 0x20) & ~word
        let isDelete = word ^ (ones &* 0x7F)
        let delete = (isDelete &- ones) & ~isDelete
        return (belowSpace | delete) & (ones &* 0x80)
    }
}
