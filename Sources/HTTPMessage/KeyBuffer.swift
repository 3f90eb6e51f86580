/// A decoded key, in place: no heap.
struct KeyBuffer {
    /// The most octets that it holds.
    static var bytesMax: Int { 256 }

    private var octets = InlineArray<256, UInt8>(repeating: 0)
    private(set) var count = 0

    var isFull: Bool { count == Self.bytesMax }

    /// The octets.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { octets.span.extracting(0..<count) }
    }

    /// Forgets the octets.
    mutating func removeAll() {
        count = 0
    }

    /// Appends an octet; one too many is left out.
    mutating func append(_ octet: UInt8) {
        guard count < Self.bytesMax else { return }
        octets[count] = octet
        count &+= 1
    }

    /// The offset of the first such octet.
    func firstOffset(of octet: UInt8) -> Int? {
        for index in 0..<count where octets[index] == octet {
            return index
        }
        return nil
    }

    /// Replaces what lax decoders read as ASCII: overlong UTF-8 and full-width letters; drops a
    /// byte order mark in front.
    mutating func foldToASCII() {
        guard let first = firstNonASCII() else { return }
        var read = first
        var written = first
        if first == 0, count >= 3, octets[0] == 0xEF, octets[1] == 0xBB, octets[2] == 0xBF {
            read = 3
        }
        while read < count {
            let (octet, length) = asciiCharacter(at: read)
            octets[written] = octet
            written &+= 1
            read &+= length
        }
        count = written
    }

    private func firstNonASCII() -> Int? {
        for index in 0..<count where octets[index] >= 0x80 {
            return index
        }
        return nil
    }

    /// The character that begins at `index` if there is an ASCII one to be had, else its first
    /// octet; and how many octets it takes.
    private func asciiCharacter(at index: Int) -> (octet: UInt8, length: Int) {
        let lead = octets[index]
        switch lead {
        case 0xC0, 0xC1:
            guard let last = trailing(at: index &+ 1) else { break }
            return ((lead & 1) &<< 6 | last, 2)
        case 0xE0:
            guard let middle = trailing(at: index &+ 1), middle < 2,
                let last = trailing(at: index &+ 2)
            else { break }
            return (middle &<< 6 | last, 3)
        case 0xEF:
            // U+FF01 to U+FF5E are `!` to `~` at full width.
            guard let middle = trailing(at: index &+ 1), middle == 0x3C || middle == 0x3D,
                let last = trailing(at: index &+ 2)
            else { break }
            let character = (middle & 1) &<< 6 | last
            guard (0x01...0x5E).contains(character) else { break }
            return (character &+ 0x20, 3)
        case 0xF0:
            guard trailing(at: index &+ 1) == 0, let middle = trailing(at: index &+ 2), middle < 2,
                let last = trailing(at: index &+ 3)
            else { break }
            return (middle &<< 6 | last, 4)
        default:
            break
        }
        return (lead, 1)
    }

    /// The six bits of a continuation octet.
    private func trailing(at index: Int) -> UInt8? {
        guard index < count, octets[index] & 0xC0 == 0x80 else { return nil }
        return octets[index] & 0x3F
    }
}
