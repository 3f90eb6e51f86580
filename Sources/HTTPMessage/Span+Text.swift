extension Span where Element == UInt8 {
    /// Whether these octets are a token (RFC 9110 section 5.6.2), as methods and field names are.
    public var isToken: Bool {
        for index in 0..<count where !self[index].isIn(.token) { return false }
        return !isEmpty
    }

    /// Whether these octets are `literal`, which is in lower case, in any case.
    ///
    /// For literals of at most 15 octets: those are values that the compiler knows, so that the
    /// loop becomes comparisons with constants.
    @inline(__always)
    func spells(_ literal: String) -> Bool {
        count == literal.utf8.count && spells(literal, at: 0)
    }

    /// Whether these octets are a name of two or three literals, each of at most 15 octets.
    @inline(__always)
    func spells(_ first: String, _ second: String, _ third: String = "") -> Bool {
        let end = first.utf8.count &+ second.utf8.count
        return count == end &+ third.utf8.count && spells(first, at: 0)
            && spells(second, at: first.utf8.count) && spells(third, at: end)
    }

    /// Whether `literal` stands at `start`, in any case; there have to be as many octets.
    @inline(__always)
    private func spells(_ literal: String, at start: Int) -> Bool {
        var index = start
        for expected in literal.utf8 {
            guard self[index].asciiLowercased == expected else { return false }
            index &+= 1
        }
        return true
    }

    /// Whether these octets are exactly those of `literal`, of at most 15 octets.
    @inline(__always)
    func equals(_ literal: String) -> Bool {
        guard count == literal.utf8.count else { return false }
        var index = 0
        for expected in literal.utf8 {
            guard self[index] == expected else { return false }
            index &+= 1
        }
        return true
    }

    /// Whether both hold the same octets.
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    /// Whether both hold the same octets but for the case of ASCII letters.
    func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index].asciiLowercased != other[index].asciiLowercased {
            return false
        }
        return true
    }

    /// The range between two offsets of a head, less white space (SP, HTAB) at both ends.
    @inline(__always)
    func trimmingWhitespace(from lowerBound: Int, to upperBound: Int) -> ByteRange {
        var lower = lowerBound
        var upper = upperBound
        while lower < upper, self[lower].isWhitespace { lower &+= 1 }
        while lower < upper, self[upper &- 1].isWhitespace { upper &-= 1 }
        return ByteRange(inHead: lower, upper)
    }
}
