/// Reads the field section of one part of a multipart form.
///
/// Parsers read these sections in many ways, so none is followed. Its lines are checked so that all
/// agree where they end, and then each word in it counts as the part's name: those of `name=`, of
/// Content-ID, which Rack takes for a name, and of any other parameter.
struct PartFields {
    /// What came of the section.
    enum Outcome: Equatable {
        case incomplete
        /// The section is over; its part's content is a claimed method if a name is here.
        case end(nameIndex: Int?)
        case ambiguous
    }

    /// The longest section.
    private static var sectionBytesMax: Int { 16 * 1024 }
    /// The longest line, below that at which PHP begins a new one.
    private static var lineBytesMax: Int { 4096 }

    private var octets: [UInt8] = []
    private var lineStart = 0
    private var firstLineEnd = 0

    /// How many octets are held.
    var heldBytes: Int { octets.count }

    /// How many octets follow the section's first line.
    ///
    /// Where the content is cut off within a later line, PHP takes what it has of that line for the
    /// content of the part that the lines before name.
    var undecidedCount: Int { lineStart > 0 ? octets.count &- firstLineEnd : 0 }

    /// Forgets the section, keeps its storage.
    mutating func reset() {
        octets.removeAll(keepingCapacity: true)
        lineStart = 0
    }

    /// Takes the next octet.
    mutating func append(_ octet: UInt8, names: NormalizedNames) -> Outcome {
        guard octets.count < Self.sectionBytesMax else { return .ambiguous }
        let isAfterCR = octets.count > lineStart && octets.last == Octet.carriageReturn
        guard isAfterCR == (octet == Octet.lineFeed),
            octet.isFieldValueCharacter || isAfterCR || octet == Octet.carriageReturn
        else { return .ambiguous }
        octets.append(octet)
        guard isAfterCR else { return .incomplete }
        if octets.count &- lineStart == 2 {
            // Rack reads on to the next empty line if this is the first line.
            return lineStart > 0 ? end(names) : .ambiguous
        }
        guard isLinePlain() else { return .ambiguous }
        if lineStart == 0 { firstLineEnd = octets.count }
        lineStart = octets.count
        return .incomplete
    }

    /// Whether the line that is over is a field line, or goes on with the one before.
    ///
    /// A line without a colon is not: PHP appends it to the one before, others ignore it. A line of
    /// white space alone ends the section for parsers that strip lines.
    private func isLinePlain() -> Bool {
        let line = octets.span.extracting(lineStart..<(octets.count &- 2))
        guard line.count <= Self.lineBytesMax else { return false }
        if line[0].isWhitespace {
            return lineStart > 0 && line.skipWhitespace(from: 0) < line.count
        }
        guard !line.hasPrefix("--") else { return false }
        let nameEnd = line.skip(.token, from: 0, to: line.count)
        return nameEnd > 0 && nameEnd < line.count && line[nameEnd] == Octet.colon
    }

    /// Looks at the whole section.
    private func end(_ names: NormalizedNames) -> Outcome {
        let section = octets.span
        if Self.hasEncodedWord(section) { return .ambiguous }
        var found: Int?
        for reading in PartWords.Reading.allCases {
            var words = PartWords(reading)
            while let word = words.next(in: section) {
                if reading == .whole, Self.isAmbiguous(word) { return .ambiguous }
                // What some parsers leave out in front may hide a name behind what is looked at.
                if word.count >= PartWords.wordBytesMax, ParameterKey.junkLength(word) > 0 {
                    return .ambiguous
                }
                if found == nil { found = ParameterKey.index(of: word, in: names) }
            }
        }
        return .end(nameIndex: found)
    }

    /// Whether a word is one that parsers read differently: `name*` (RFC 5987, RFC 2231), in parts
    /// perhaps, and the type of a part with parts of its own.
    private static func isAmbiguous(_ word: Span<UInt8>) -> Bool {
        if word.hasPrefix("name") {
            let index = word.skipWhitespace(from: 4)
            if index < word.count, word[index] == Octet.asterisk { return true }
        }
        return word.hasPrefix("multipart/")
    }

    /// Whether `=?charset?q?` or `=?charset?b?` stands anywhere: the start of an encoded word
    /// (RFC 2047 section 2).
    private static func hasEncodedWord(_ section: Span<UInt8>) -> Bool {
        var start = 0
        while let found = section.firstOffset(of: "=?", from: start) {
            start = found &+ 2
            var index = start
            while index < section.count, section[index] != Octet.queryMark { index &+= 1 }
            guard index &+ 2 < section.count else { return false }
            let encoding = section[index &+ 1].asciiLowercased
            if encoding == 0x62 || encoding == 0x71, section[index &+ 2] == Octet.queryMark {
                return true
            }
        }
        return false
    }
}
