/// Walks the words of a part's field section, backslashes left out.
struct PartWords: ~Copyable {
    /// What white space does, a folded line being white space too.
    enum Reading: CaseIterable {
        /// It belongs to the word.
        case whole
        /// It ends the word, as a value without quotes ends for PHP.
        case split
        /// It is left out, as by a parser that joins folded lines without it.
        case joined
    }

    /// The most octets of a word that are looked at.
    static var wordBytesMax: Int { KeyBuffer.bytesMax }

    private let reading: Reading
    private var position = 0
    private var word = KeyBuffer()

    init(_ reading: Reading) {
        self.reading = reading
    }

    /// The next word, white space in front left out, cut off where no name could be as long; nil
    /// at the section's end.
    @_lifetime(&self)
    mutating func next(in section: Span<UInt8>) -> Span<UInt8>? {
        while position < section.count {
            word.removeAll()
            collect(from: section)
            if word.count > 0 { return word.span }
        }
        return nil
    }

    /// Collects a word, perhaps an empty one, and goes behind what ends it.
    private mutating func collect(from section: Span<UInt8>) {
        while position < section.count {
            let octet = section[position]
            position &+= 1
            switch octet {
            case Octet.backslash:
                continue
            case Octet.space, Octet.horizontalTab:
                if reading == .split { return }
                if reading == .whole, word.count > 0 { word.append(Octet.space) }
            case Octet.carriageReturn:
                // Its LF is behind it. White space behind that continues the line.
                position &+= 1
                guard position < section.count, section[position].isWhitespace else { return }
            case Octet.quote, Octet.apostrophe, Octet.semicolon, Octet.comma, Octet.equals,
                Octet.colon, 0x28, 0x29, 0x3C, 0x3E:
                return
            default:
                word.append(octet)
            }
        }
    }
}
