/// Finds what a path contains that servers read differently, and whether it is canonical.
struct PathScanner {
    private let tolerances: PathTolerances
    /// Whether the path is valid but not in canonical form.
    private(set) var needsRewriting = false
    /// Whether a segment's parameters are being looked at.
    private var isInParameters = false

    init(tolerances: PathTolerances) {
        self.tolerances = tolerances
    }

    /// Looks at a whole path that is not empty; throws what is wrong with it.
    mutating func scan(_ path: Span<UInt8>) throws(MessageFault) {
        guard path[0] == Octet.slash else { throw MessageFault(.invalidTarget) }
        var index = 1
        try checkSegment(path, at: 1)
        while index < path.count {
            let octet = path[index]
            if octet.isIn(.plainPath) {
                index &+= 1
                continue
            }
            switch octet {
            case Octet.slash:
                index &+= 1
                isInParameters = false
                try checkSegment(path, at: index)
            case Octet.percent:
                index = try scanEscape(path, at: index)
            case Octet.semicolon:
                guard tolerances.contains(.semicolon) else { throw MessageFault(.pathParameter) }
                isInParameters = true
                index &+= 1
            case Octet.backslash:
                throw MessageFault(.backslash)
            default:
                throw MessageFault(.invalidTarget)
            }
        }
    }

    /// The octet that an escape at `index` stands for; nil where there is no valid escape.
    static func escapedOctet(_ path: Span<UInt8>, at index: Int) -> UInt8? {
        guard index &+ 2 < path.count, path[index] == Octet.percent,
            let high = path[index &+ 1].hexadecimalValue,
            let low = path[index &+ 2].hexadecimalValue
        else { return nil }
        return high &<< 4 | low
    }

    /// One character at `index`, an escape decoded, and how many octets it takes; nil at the end.
    private static func character(
        _ path: Span<UInt8>,
        at index: Int
    ) -> (octet: UInt8, count: Int)? {
        guard index < path.count else { return nil }
        if let escaped = escapedOctet(path, at: index) { return (escaped, 3) }
        return (path[index], 1)
    }

    /// Refuses a segment that begins at `start` and is empty (unless it is the last), `.` or `..`.
    @inline(__always)
    private func checkSegment(_ path: Span<UInt8>, at start: Int) throws(MessageFault) {
        guard start < path.count else { return }
        let octet = path[start]
        if octet.isIn(.plainPath), octet != Octet.dot { return }
        try checkSpecialSegment(path, at: start)
    }

    @inline(never)
    private func checkSpecialSegment(_ path: Span<UInt8>, at start: Int) throws(MessageFault) {
        guard let first = Self.character(path, at: start) else { return }
        if first.octet == Octet.slash, first.count == 1 { throw MessageFault(.emptySegment) }
        if first.octet == Octet.semicolon, tolerances.contains(.semicolon) {
            throw MessageFault(.emptySegment)
        }
        if startsWithDots(path, at: start) { throw MessageFault(.dotSegment) }
    }

    /// Whether `.` or `..` stands at `start` with a segment's end, an encoded slash or a parameter
    /// behind it.
    private func startsWithDots(_ path: Span<UInt8>, at start: Int) -> Bool {
        var index = start
        for dots in 0..<3 {
            guard let character = Self.character(path, at: index) else { return dots > 0 }
            switch character.octet {
            case Octet.dot: index &+= character.count
            case Octet.slash, Octet.semicolon: return dots > 0
            default: return false
            }
        }
        return false
    }

    /// Checks the escape at `start`, with those that belong to it; returns the offset behind them.
    private mutating func scanEscape(
        _ path: Span<UInt8>,
        at start: Int
    ) throws(MessageFault) -> Int {
        guard let octet = Self.escapedOctet(path, at: start) else {
            throw MessageFault(.invalidEscape)
        }
        noteDigits(path, at: start)
        let end = start &+ 3
        switch octet {
        case 0x00..<0x20, Octet.delete:
            throw MessageFault(.encodedControl)
        case 0x80...:
            return try scanUTF8(path, from: start, lead: octet)
        case Octet.slash:
            // To a server that decodes first, parameters end at it, and to others they do not.
            guard tolerances.contains(.encodedSlash), !isInParameters else {
                throw MessageFault(.encodedSlash)
            }
            if startsWithDots(path, at: end) { throw MessageFault(.dotSegment) }
        case Octet.backslash:
            throw MessageFault(.backslash)
        case Octet.semicolon:
            // Some servers decode before they cut parameters off, others after.
            throw MessageFault(.pathParameter)
        case Octet.percent:
            if Self.isHexadecimalPair(path, at: end) { throw MessageFault(.doubleEncoding) }
        default:
            if octet.isIn(.unreserved) { needsRewriting = true }
        }
        return end
    }

    /// Whether the two characters from `index` on are hexadecimal digits, as themselves or escaped.
    private static func isHexadecimalPair(_ path: Span<UInt8>, at index: Int) -> Bool {
        guard let first = character(path, at: index), first.octet.hexadecimalValue != nil,
            let second = character(path, at: index &+ first.count)
        else { return false }
        return second.octet.hexadecimalValue != nil
    }

    /// Notes whether the escape at `index` has lower-case digits.
    private mutating func noteDigits(_ path: Span<UInt8>, at index: Int) {
        let high = path[index &+ 1]
        let low = path[index &+ 2]
        if high != high.hexadecimalUppercased || low != low.hexadecimalUppercased {
            needsRewriting = true
        }
    }

    /// Checks that escapes from `start` on are one character in UTF-8 (RFC 3629 section 4), no
    /// control character and no line separator; returns the offset behind them.
    private mutating func scanUTF8(
        _ path: Span<UInt8>,
        from start: Int,
        lead: UInt8
    ) throws(MessageFault) -> Int {
        // The second octet's range excludes overlong forms, surrogates and what is beyond U+10FFFF.
        let (count, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (1, 0x80...0xBF)
            case 0xE0: (2, 0xA0...0xBF)
            case 0xED: (2, 0x80...0x9F)
            case 0xE1...0xEF: (2, 0x80...0xBF)
            case 0xF0: (3, 0x90...0xBF)
            case 0xF1...0xF3: (3, 0x80...0xBF)
            case 0xF4: (3, 0x80...0x8F)
            default: throw MessageFault(.invalidUTF8)
            }
        var index = start &+ 3
        var scalar = UInt32(lead)
        for position in 0..<count {
            guard let octet = Self.escapedOctet(path, at: index),
                (position == 0 ? second : 0x80...0xBF).contains(octet)
            else { throw MessageFault(.invalidUTF8) }
            noteDigits(path, at: index)
            scalar = scalar &<< 8 | UInt32(octet)
            index &+= 3
        }
        // U+0080 to U+009F, U+2028 and U+2029, as their octets.
        if (0xC280...0xC29F).contains(scalar) || (0xE280A8...0xE280A9).contains(scalar) {
            throw MessageFault(.encodedControl)
        }
        return index
    }
}
