/// Reads keys of queries and forms the way origin servers do, all of them.
enum ParameterKey {
    /// The longest key that is looked at as a whole, as sent.
    static var bytesMax: Int { 256 }

    /// The place of the name that a key is read as by any origin server; nil if there is none.
    ///
    /// - Parameters:
    ///   - key: The key as sent; of a longer one, what is behind `bytesMax` decoded octets is not
    ///     looked at, not counting what says nothing at its start.
    ///   - names: What to look for.
    /// - Returns: The place of the first of the names that a reading finds.
    static func index(of key: Span<UInt8>, in names: NormalizedNames) -> Int? {
        guard isPossible(key, in: names) else { return nil }
        for index in 0..<key.count where key[index].isIn(.keySpecial) {
            return decodedIndex(of: key, in: names)
        }
        return names.index(of: key)
    }

    /// Whether the first two octets of a key that say anything leave it open that it is a name.
    ///
    /// They settle nearly every other key.
    @inline(__always)
    private static func isPossible(_ key: Span<UInt8>, in names: NormalizedNames) -> Bool {
        var position = 0
        var first: UInt8 = 0
        while first <= 0x20 {
            guard position < key.count else { return false }
            first = FormText.nextOctet(of: key, at: &position)
        }
        if isOpen(first) { return true }
        guard position < key.count else { return names.hasLength(1) }
        let second = FormText.nextOctet(of: key, at: &position)
        return isOpen(second) || names.hasBeginning(first, second)
    }

    /// Whether an octet is read in more than one way: a bracket, or what `foldToASCII` may fold.
    @inline(__always)
    private static func isOpen(_ octet: UInt8) -> Bool {
        switch octet {
        case 0xC0, 0xC1, 0xE0, 0xEF, 0xF0: true
        default: isBracket(octet)
        }
    }

    /// How much of the start of a key says nothing: white space, control characters and brackets,
    /// but for a bracket directly before the rest, which PHP reads as `_`.
    static func junkLength(_ key: Span<UInt8>) -> Int {
        var length = 0
        var bracket: Int?
        while length < key.count {
            var next = length
            let octet = FormText.nextOctet(of: key, at: &next)
            guard octet <= 0x20 || isBracket(octet) else { break }
            bracket = isBracket(octet) ? length : nil
            length = next
        }
        return bracket ?? length
    }

    /// The same for a key that has escapes, brackets, white space or octets that are not visible.
    @inline(never)
    private static func decodedIndex(of key: Span<UInt8>, in names: NormalizedNames) -> Int? {
        var decoded = KeyBuffer()
        var position = key.count > bytesMax ? junkLength(key) : 0
        while position < key.count, !decoded.isFull {
            decoded.append(FormText.nextOctet(of: key, at: &position))
        }
        decoded.foldToASCII()
        if let index = readings(of: decoded.span, in: names) { return index }
        // To C a string ends at the first NUL.
        guard let end = decoded.firstOffset(of: 0) else { return nil }
        return readings(of: decoded.span.extracting(0..<end), in: names)
    }

    /// Compares the readings of a decoded key.
    private static func readings(of key: Span<UInt8>, in names: NormalizedNames) -> Int? {
        // As it is: PHP without a closing bracket, where `[` becomes `_`, and everybody else.
        if let index = trimmedIndex(of: key, from: 0, to: key.count, in: names) { return index }
        // PHP, Rack, qs: the name is what stands before the first bracket.
        var first = 0
        while first < key.count, key[first] <= 0x20 { first &+= 1 }
        var end = first
        while end < key.count, key[end] != Octet.openingBracket { end &+= 1 }
        if end < key.count, let index = trimmedIndex(of: key, from: first, to: end, in: names) {
            return index
        }
        // Rack 2 and qs: brackets in front say nothing, and the name ends at the next one.
        while first < key.count, key[first] <= 0x20 || isBracket(key[first]) { first &+= 1 }
        end = first
        while end < key.count, !isBracket(key[end]) { end &+= 1 }
        return trimmedIndex(of: key, from: first, to: end, in: names)
    }

    @inline(__always)
    private static func isBracket(_ octet: UInt8) -> Bool {
        octet == Octet.openingBracket || octet == Octet.closingBracket
    }

    /// Looks up a part of a key less white space and control characters at both ends.
    private static func trimmedIndex(
        of key: Span<UInt8>,
        from start: Int,
        to end: Int,
        in names: NormalizedNames
    ) -> Int? {
        var lower = start
        var upper = end
        while lower < upper, key[lower] <= 0x20 { lower &+= 1 }
        while lower < upper, key[upper &- 1] <= 0x20 { upper &-= 1 }
        return names.index(of: key.extracting(lower..<upper))
    }
}
