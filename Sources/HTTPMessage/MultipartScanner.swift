/// Finds claims in multipart content as it streams (RFC 2046 section 5.1, RFC 7578).
///
/// A delimiter is two hyphens, the boundary and CRLF on a line of its own; the last one has two
/// hyphens more and may end the content. Parsers disagree about all other places where those octets
/// stand: within a line, behind white space or a bare CR or LF, before white space or anything
/// else, in quotes, directly behind a field section, behind the last delimiter. So a form is
/// ambiguous where the delimiter stands anywhere else, and with text before the first one or
/// behind the last.
struct MultipartScanner {
    private enum Position {
        /// At the content's start, behind a CR there, and in the first delimiter.
        case start, startLineFeed, firstDelimiter
        /// Behind a delimiter, and behind its CR.
        case delimiter, delimiterLineFeed
        case fields
        case content
        /// Behind the first hyphen at the delimiter's end, behind the second, and the CR there.
        case closingHyphen, closed, closedLineFeed
        case epilogue
    }

    /// The longest claimed content that is looked at as a whole.
    private static var valueBytesMax: Int { 512 }

    private let names: NormalizedNames
    private var position = Position.start
    private var search: DelimiterSearch
    private var fields = PartFields()
    /// The override name of the part whose content is read.
    private var nameIndex: Int?
    /// The content so far of a part that claims a method, the delimiter's octets included while
    /// they are incomplete.
    private var value: [UInt8] = []
    /// How many octets of a delimiter follow the value.
    private var delimiterCount = 0

    init(boundary: [UInt8], names: NormalizedNames) {
        self.names = names
        search = DelimiterSearch(boundary: boundary)
    }

    /// How many octets of the content are held.
    var heldBytes: Int { fields.heldBytes &+ value.count }

    /// How many of the last octets are the content so far of a part that claims a method, with the
    /// delimiter behind it, or may be taken for that if nothing follows.
    var undecidedCount: Int {
        if position == .fields { return fields.undecidedCount }
        return nameIndex == nil ? 0 : value.count &+ delimiterCount
    }

    mutating func scan(_ bytes: Span<UInt8>, into claims: inout [ClaimedMethod]) -> MessageFault? {
        var index = 0
        while index < bytes.count {
            if position == .content {
                let end = search.search(bytes, from: index)
                keep(bytes, from: index, to: end, into: &claims)
                index = end
                guard search.isComplete else { return nil }
                guard search.isAtLineStart else { return MessageFault(.ambiguousForm) }
                position = .delimiter
            } else {
                guard take(bytes[index], into: &claims) else {
                    return MessageFault(.ambiguousForm)
                }
                index &+= 1
            }
        }
        return nil
    }

    /// The content is over: it has to have been closed.
    mutating func finish(into claims: inout [ClaimedMethod]) -> MessageFault? {
        if position == .content { value.removeLast(min(search.matched, value.count)) }
        endPart(into: &claims)
        fields.reset()
        switch position {
        case .start, .closed, .epilogue: return nil
        default: return MessageFault(.ambiguousForm)
        }
    }

    /// Takes one octet outside of content; false if it makes the form ambiguous.
    private mutating func take(_ octet: UInt8, into claims: inout [ClaimedMethod]) -> Bool {
        if nameIndex != nil { delimiterCount &+= 1 }
        switch position {
        case .start:
            // Some parsers find their first delimiter within a line, so no text may stand here.
            position = octet == Octet.carriageReturn ? .startLineFeed : .firstDelimiter
            return position == .startLineFeed || search.take(octet)
        case .startLineFeed:
            position = .firstDelimiter
            return octet == Octet.lineFeed
        case .firstDelimiter:
            guard search.take(octet) else { return false }
            if search.isComplete { position = .delimiter }
            return true
        case .delimiter:
            position = octet == Octet.hyphen ? .closingHyphen : .delimiterLineFeed
            return octet == Octet.hyphen || octet == Octet.carriageReturn
        case .delimiterLineFeed:
            guard octet == Octet.lineFeed else { return false }
            endPart(into: &claims)
            position = .fields
            return true
        case .closingHyphen:
            guard octet == Octet.hyphen else { return false }
            endPart(into: &claims)
            position = .closed
            return true
        case .closed:
            position = .closedLineFeed
            return octet == Octet.carriageReturn
        case .closedLineFeed:
            position = .epilogue
            return octet == Octet.lineFeed
        case .epilogue:
            // To Rack a part may follow what was the last delimiter.
            return octet == Octet.carriageReturn || octet == Octet.lineFeed
        case .fields:
            return takeField(octet)
        case .content:
            return false
        }
    }

    private mutating func takeField(_ octet: UInt8) -> Bool {
        switch fields.append(octet, names: names) {
        case .incomplete:
            return true
        case .ambiguous:
            return false
        case .end(let nameIndex):
            fields.reset()
            self.nameIndex = nameIndex
            position = .content
            // Some parsers want a line end before a delimiter here, some have had it.
            search.start()
            return true
        }
    }

    /// Keeps content that is a claimed method.
    ///
    /// No method is as long as what is kept at most: then the part counts as over.
    private mutating func keep(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        into claims: inout [ClaimedMethod]
    ) {
        guard nameIndex != nil else { return }
        let kept = min(end &- start, Self.valueBytesMax &+ search.delimiter.count &+ 1)
        for index in start..<(start &+ kept) { value.append(bytes[index]) }
        if value.count &- search.matched > Self.valueBytesMax {
            value.removeLast(value.count &- Self.valueBytesMax)
            endPart(isCut: true, into: &claims)
        } else if search.isComplete {
            value.removeLast(search.matched)
            delimiterCount = search.matched
        }
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
        delimiterCount = 0
        value.removeAll(keepingCapacity: true)
    }
}
