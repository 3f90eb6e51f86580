extension Span where Element == UInt8 {
    /// The offset of the first place from `start` on where `literal` stands, in any case; nil if
    /// there is none.
    ///
    /// The literal is in lower case, of at most 15 octets.
    @inline(__always)
    func firstOffset(of literal: String, from start: Int) -> Int? {
        var index = start
        while index <= count &- literal.utf8.count {
            if extracting(index..<(index &+ literal.utf8.count)).spells(literal) { return index }
            index &+= 1
        }
        return nil
    }

    /// Whether `literal` stands anywhere, in any case; see `firstOffset(of:from:)`.
    @inline(__always)
    func contains(_ literal: String) -> Bool {
        firstOffset(of: literal, from: 0) != nil
    }

    /// Whether two literals stand anywhere, one directly behind the other, in any case.
    @inline(__always)
    func contains(_ first: String, _ second: String) -> Bool {
        let length = first.utf8.count &+ second.utf8.count
        var index = 0
        while index <= count &- length {
            if extracting(index..<(index &+ length)).spells(first, second) { return true }
            index &+= 1
        }
        return false
    }

    /// Whether these octets begin with `literal`, in any case; see `firstOffset(of:from:)`.
    @inline(__always)
    func hasPrefix(_ literal: String) -> Bool {
        bytes(in: ByteRange(0, literal.utf8.count)).spells(literal)
    }

    /// The offset of the first octet from `start` on that is neither SP nor HTAB.
    @inline(__always)
    func skipWhitespace(from start: Int) -> Int {
        var index = start
        while index < count, self[index].isWhitespace { index &+= 1 }
        return index
    }
}
