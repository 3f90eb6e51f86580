/// A few names in the form in which they are compared.
///
/// The form: ASCII letters in lower case, every other octet that is no digit as `_`, because CGI
/// maps field names so and PHP maps parts of parameter names so, and what an origin server might
/// read as the name is the name. Looking a name up allocates nothing, and its length alone tells
/// nearly every other name apart.
struct NormalizedNames: Sendable {
    /// The names, one behind the other.
    private var octets: [UInt8] = []
    /// Where each name ends.
    private var ends: [Int] = []
    /// The lengths that occur, as bits; the last bit is for everything longer.
    private var lengths: UInt64 = 0
    /// The octets that occur first and second, as bits; several octets share one.
    private var firstOctets: UInt64 = 0
    private var secondOctets: UInt64 = 0
    /// The longest name's length.
    private(set) var longest = 0

    init(_ names: [String]) {
        for name in names {
            let start = octets.count
            for octet in Array(name.utf8).trimmingControlsAndSpaces() {
                octets.append(octet.asComparedInNames)
            }
            let length = octets.count &- start
            ends.append(octets.count)
            longest = max(longest, length)
            guard length > 0 else { continue }
            lengths |= Self.lengthBit(length)
            firstOctets |= Self.octetBit(octets[start])
            secondOctets |= length > 1 ? Self.octetBit(octets[start &+ 1]) : .max
        }
    }

    /// Whether a name is as long as one of these.
    @inline(__always)
    func hasLength(_ length: Int) -> Bool {
        lengths & Self.lengthBit(length) != 0
    }

    /// Whether any name begins with these octets, or is no longer than the first.
    @inline(__always)
    func hasBeginning(_ first: UInt8, _ second: UInt8) -> Bool {
        let first = first.asComparedInNames
        let second = second.asComparedInNames
        guard firstOctets & Self.octetBit(first) != 0, secondOctets & Self.octetBit(second) != 0
        else { return false }
        return searchBeginning(first, second)
    }

    @inline(never)
    private func searchBeginning(_ first: UInt8, _ second: UInt8) -> Bool {
        var start = 0
        for end in ends {
            if start < end, octets[start] == first,
                end &- start == 1 || octets[start &+ 1] == second
            {
                return true
            }
            start = end
        }
        return false
    }

    /// The place of the first name that `name` is a spelling of; nil if there is none.
    @inline(__always)
    func index(of name: Span<UInt8>) -> Int? {
        guard hasLength(name.count) else { return nil }
        return search(name)
    }

    @inline(never)
    private func search(_ name: Span<UInt8>) -> Int? {
        let known = octets.span
        var start = 0
        for place in ends.indices {
            let end = ends[place]
            if end &- start == name.count, !name.isEmpty {
                var index = 0
                while index < name.count,
                    name[index].asComparedInNames == known[start &+ index]
                {
                    index &+= 1
                }
                if index == name.count { return place }
            }
            start = end
        }
        return nil
    }

    @inline(__always)
    private static func octetBit(_ octet: UInt8) -> UInt64 {
        1 &<< UInt64(octet & 0x3F)
    }

    @inline(__always)
    private static func lengthBit(_ length: Int) -> UInt64 {
        1 &<< UInt64(min(max(length, 0), 63))
    }
}

extension [UInt8] {
    /// The octets less spaces and control characters at both ends.
    func trimmingControlsAndSpaces() -> ArraySlice<UInt8> {
        guard let first = firstIndex(where: { $0 > 0x20 }),
            let last = lastIndex(where: { $0 > 0x20 })
        else { return [] }
        return self[first...last]
    }
}

extension UInt8 {
    /// The octet as names of fields and parameters are compared that an origin server may read more
    /// loosely: ASCII letters in lower case, every other octet that is no digit as `_`.
    @inlinable public var asComparedInNames: UInt8 {
        switch self {
        case 0x41...0x5A: self &+ 0x20
        case 0x61...0x7A, 0x30...0x39: self
        default: 0x5F
        }
    }
}
