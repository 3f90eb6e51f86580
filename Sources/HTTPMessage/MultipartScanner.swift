/// Finds claims in multipart content as it streams (RFC 2046 section 5.1, RFC 7578).
///
/// A delimiter is `--`, the boundary and CRLF on a line of its own, the last one with `--` before
/// the CRLF or the content's end. What some parser takes for a delimiter and is none is ambiguous:
/// one behind a bare CR or LF, one with white space or anything else behind it, one with quotes
/// round the boundary, one behind the last, or directly behind a field section.
struct MultipartScanner {
    private enum Phase {
        case preamble, fields, content, epilogue
    }

    private enum Position {
        /// Inside a line that is no delimiter.
        case line
        case lineFeed
        /// At the start of a line that is the delimiter's so far.
        case delimiter
        case delimiterEnd, delimiterLineFeed
        /// Behind the first hyphen at the delimiter's end, and behind the second.
        case closingHyphen, closed
        case closedLineFeed
    }

    /// The longest line outside of parts (RFC 5322 section 2.1.1), below that at which PHP begins
    /// a new one.
    private static var outerLineBytesMax: Int { 998 }
    /// The longest claimed content that is looked at as a whole.
    private static var valueBytesMax: Int { 512 }

    private let names: NormalizedNames
    /// Two hyphens and the boundary.
    private let delimiter: [UInt8]

    private var phase = Phase.preamble
    private var position = Position.delimiter
    /// How much of the delimiter stands at the start of the line.
    private var matched = 0
    /// Whether a quote stands before the boundary.
    private var isQuoted = false
    /// Whether what is before the line is what has to be before a delimiter.
    private var isAtLineStart = true
    private var outerLineLength = 0
    private var isEmpty = true
    private var fields = PartFields()
    /// The override name of the part whose content is read.
    private var nameIndex: Int?
    private var value: [UInt8] = []
    /// How many of the last octets are the content so far of a part that claims a method.
    private(set) var undecidedCount = 0

    init(boundary: [UInt8], names: NormalizedNames) {
        self.names = names
        delimiter = [Octet.hyphen, Octet.hyphen] + boundary
    }

    /// How many octets of the content are held.
    var heldBytes: Int { fields.heldBytes &+ value.count }

    mutating func scan(_ bytes: Span<UInt8>, into claims: inout [ClaimedMethod]) -> MessageFault? {
        var index = 0
        while index < bytes.count {
            isEmpty = false
            let isTaken: Bool?
            if phase == .fields {
                isTaken = takeField(bytes[index])
            } else {
                if position == .line, phase == .content, nameIndex == nil {
                    index = Self.skipLines(bytes, from: index)
                    guard index < bytes.count else { return nil }
                }
                isTaken = take(bytes[index], into: &claims)
            }
            guard let isTaken else { return MessageFault(.ambiguousForm) }
            guard isTaken else { continue }
            index &+= 1
            if nameIndex != nil, phase == .content { undecidedCount &+= 1 }
        }
        return nil
    }

    /// The content is over: it has to have been closed.
    mutating func finish(into claims: inout [ClaimedMethod]) -> MessageFault? {
        endPart(into: &claims)
        guard isEmpty || position == .closed || phase == .epilogue else {
            return MessageFault(.ambiguousForm)
        }
        return nil
    }

    /// Goes over lines that are no delimiter: to a line end with a hyphen behind it, or to one
    /// within the last octets.
    private static func skipLines(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = bytes.firstLineEnd(from: start)
        while index &+ 2 < bytes.count {
            let isPair =
                bytes[index] == Octet.carriageReturn && bytes[index &+ 1] == Octet.lineFeed
            let next = index &+ (isPair ? 2 : 1)
            guard bytes[next] != Octet.hyphen else { return index }
            index = bytes.firstLineEnd(from: next)
        }
        return index
    }

    private mutating func takeField(_ octet: UInt8) -> Bool? {
        switch fields.append(octet, names: names) {
        case .incomplete:
            return true
        case .ambiguous:
            return nil
        case .end(let nameIndex):
            fields.reset()
            self.nameIndex = nameIndex
            undecidedCount = 0
            phase = .content
            // Some parsers want a line end before the delimiter here, some have had it.
            startLine(isAtLineStart: false)
            return true
        }
    }

    /// Takes one octet outside of field sections; false if it is to be taken again, nil if it makes
    /// the form ambiguous.
    private mutating func take(_ octet: UInt8, into claims: inout [ClaimedMethod]) -> Bool? {
        switch position {
        case .line:
            return takeInLine(octet, into: &claims)
        case .lineFeed:
            // After a bare CR some parsers see a line's start, too.
            let isLineFeed = octet == Octet.lineFeed
            startLine(isAtLineStart: isLineFeed)
            if isLineFeed { keep(octet, into: &claims) }
            if isLineFeed { outerLineLength = 0 }
            return isLineFeed
        case .delimiter:
            return takeInDelimiter(octet, into: &claims)
        case .delimiterEnd:
            switch octet {
            case Octet.carriageReturn: position = .delimiterLineFeed
            case Octet.hyphen: position = .closingHyphen
            default: return nil
            }
            return true
        case .delimiterLineFeed:
            guard octet == Octet.lineFeed else { return nil }
            endPart(into: &claims)
            phase = .fields
            return true
        case .closingHyphen:
            guard octet == Octet.hyphen else { return nil }
            endPart(into: &claims)
            position = .closed
            return true
        case .closed:
            position = .closedLineFeed
            return octet == Octet.carriageReturn ? true : nil
        case .closedLineFeed:
            guard octet == Octet.lineFeed else { return nil }
            phase = .epilogue
            outerLineLength = 0
            startLine(isAtLineStart: true)
            return true
        }
    }

    private mutating func takeInLine(
        _ octet: UInt8,
        into claims: inout [ClaimedMethod]
    ) -> Bool? {
        if phase != .content {
            outerLineLength &+= 1
            guard outerLineLength <= Self.outerLineBytesMax else { return nil }
        }
        keep(octet, into: &claims)
        if octet == Octet.carriageReturn {
            position = .lineFeed
        } else if octet == Octet.lineFeed {
            outerLineLength = 0
            startLine(isAtLineStart: false)
        }
        return true
    }

    private mutating func takeInDelimiter(
        _ octet: UInt8,
        into claims: inout [ClaimedMethod]
    ) -> Bool? {
        if octet == delimiter[matched] {
            matched &+= 1
            guard matched == delimiter.count else { return true }
            // Every later line of the kind is one too many.
            guard isAtLineStart, !isQuoted, phase != .epilogue else { return nil }
            position = .delimiterEnd
            return true
        }
        if octet == Octet.quote, matched == 2, !isQuoted {
            isQuoted = true
            return true
        }
        // It is no delimiter, so what looked like one belongs to the line.
        position = .line
        outerLineLength &+= matched
        for index in 0..<matched { keep(delimiter[index], into: &claims) }
        if isQuoted { keep(Octet.quote, into: &claims) }
        return false
    }

    private mutating func startLine(isAtLineStart: Bool) {
        position = .delimiter
        matched = 0
        isQuoted = false
        self.isAtLineStart = isAtLineStart
    }

    /// Keeps an octet of content that is a claimed method.
    ///
    /// No method is as long as what is kept at most: then the part counts as over.
    private mutating func keep(_ octet: UInt8, into claims: inout [ClaimedMethod]) {
        guard phase == .content, nameIndex != nil else { return }
        guard value.count < Self.valueBytesMax else { return endPart(isCut: true, into: &claims) }
        value.append(octet)
    }

    /// The part is over: what it claims is known.
    private mutating func endPart(isCut: Bool = false, into claims: inout [ClaimedMethod]) {
        if let nameIndex {
            var method = MethodValue(.content, nameIndex: nameIndex)
            for octet in value { method.append(octet, into: &claims) }
            if isCut { method.cut() }
            method.endMember(into: &claims)
        }
        nameIndex = nil
        undecidedCount = 0
        value.removeAll(keepingCapacity: true)
    }
}
