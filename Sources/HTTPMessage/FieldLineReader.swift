/// Reads field lines, one at a time, from octets that may still be arriving.
///
/// `field-line = field-name ":" OWS field-value OWS` and CRLF (RFC 9112 section 5), nothing else:
/// no folding, no space before the colon, no line end but CRLF. It remembers how far it looked, so
/// that an octet is looked at once however the octets arrive.
struct FieldLineReader: Sendable {
    enum Step {
        case line(FieldLine)
        /// The empty line that ends the section; it begins at `lineStart` and `position` is behind
        /// it.
        case end
        case incomplete
        case malformed(MessageFault.Code)
    }

    /// Where the section begins.
    private var sectionStart: Int
    /// Where the line being read begins.
    private(set) var lineStart: Int
    /// How far the octets were looked at.
    private(set) var position: Int
    /// Where the colon of the line being read is; its start while its name is being read.
    private var colon: Int

    init(sectionStart: Int) {
        self.sectionStart = sectionStart
        lineStart = sectionStart
        position = sectionStart
        colon = sectionStart
    }

    /// Begins a section at `start`.
    mutating func start(at start: Int) {
        sectionStart = start
        lineStart = start
        position = start
        colon = start
    }

    /// Reads the next line of `bytes`, looking at none behind `end`.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>, end: Int, lineBytesMax: Int) -> Step {
        guard position <= end else { return .incomplete }
        let limit = lineStart &+ min(lineBytesMax, end &- lineStart)
        if colon == lineStart {
            let nameEnd = bytes.skip(.token, from: position, to: limit)
            position = nameEnd
            guard nameEnd < end else { return .incomplete }
            guard bytes[nameEnd] == Octet.colon, nameEnd > lineStart, nameEnd < limit else {
                return endName(bytes, end: end, limit: limit)
            }
            colon = nameEnd
            position = nameEnd &+ 1
        }
        position = bytes.skipFieldValue(from: position, to: limit)
        guard position < end else { return .incomplete }
        guard bytes[position] == Octet.carriageReturn else {
            return refuseValue(bytes, limit: limit)
        }
        guard position &+ 1 < end else { return .incomplete }
        guard bytes[position &+ 1] == Octet.lineFeed else { return .malformed(.bareCR) }
        let line = FieldLine(
            name: ByteRange(inHead: lineStart, colon),
            value: bytes.trimmingWhitespace(from: colon &+ 1, to: position),
            field: FieldName(bytes.extracting(lineStart..<colon))
        )
        position &+= 2
        lineStart = position
        colon = position
        return .line(line)
    }

    /// What it means that the octet at `position` ends a field name and is not its colon.
    @inline(never)
    private mutating func endName(_ bytes: Span<UInt8>, end: Int, limit: Int) -> Step {
        let octet = bytes[position]
        if octet == Octet.lineFeed { return .malformed(.bareLF) }
        guard position > lineStart else {
            if octet == Octet.carriageReturn {
                guard position &+ 1 < end else { return .incomplete }
                guard bytes[position &+ 1] == Octet.lineFeed else { return .malformed(.bareCR) }
                position &+= 2
                return .end
            }
            guard octet.isWhitespace else { return .malformed(.invalidFieldName) }
            return .malformed(lineStart == sectionStart ? .whitespaceBeforeFields : .obsoleteFold)
        }
        if octet.isWhitespace { return .malformed(.spaceBeforeColon) }
        let isCutShort = position == limit && (octet.isIn(.token) || octet == Octet.colon)
        return .malformed(isCutShort ? .fieldLineTooLong : .invalidFieldName)
    }

    /// What it means that the octet at `position` ends a field value and is not CR.
    @inline(never)
    private func refuseValue(_ bytes: Span<UInt8>, limit: Int) -> Step {
        let octet = bytes[position]
        if octet == Octet.lineFeed { return .malformed(.bareLF) }
        let isCutShort = position == limit && octet.isFieldValueCharacter
        return .malformed(isCutShort ? .fieldLineTooLong : .invalidFieldValue)
    }
}
