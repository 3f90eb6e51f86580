/// Finds claims in `application/x-www-form-urlencoded` content as it streams.
struct URLEncodedScanner {
    private enum Position {
        case key
        /// The rest of a key that is too long to be kept.
        case restOfKey
        case value
        /// The value of an ordinary pair, which is skipped.
        case ordinaryValue
    }

    /// The longest value that is looked at as a whole, as sent.
    private static var valueBytesMax: Int { 512 }

    private let names: NormalizedNames
    private var position = Position.key
    /// The key or the claimed value so far, as sent, where it did not arrive in one read.
    private var kept: [UInt8] = []
    /// The override name that the pair's key is read as, or the one before that ended at `;`; see
    /// `FormPair.nextNameIndex`.
    private var nameIndex: Int?

    init(names: NormalizedNames) {
        self.names = names
    }

    /// How many octets of the content are held.
    var heldBytes: Int { kept.count }

    /// How many of the last octets are the value so far of a claimed method.
    var undecidedCount: Int { position == .value ? kept.count : 0 }

    mutating func scan(_ bytes: Span<UInt8>, into claims: inout [ClaimedMethod]) {
        var index = 0
        while index < bytes.count {
            switch position {
            case .key, .restOfKey:
                index = scanKey(bytes, from: index)
            case .value:
                index = scanValue(bytes, from: index, into: &claims)
            case .ordinaryValue:
                index = bytes.firstPairSeparator(from: index)
                if index < bytes.count { endPair(into: &claims) }
                index &+= 1
            }
        }
    }

    /// The content is over.
    mutating func finish(into claims: inout [ClaimedMethod]) {
        if position == .key { endKey() }
        endPair(into: &claims)
    }

    /// Reads what there is of a key; returns the offset of what comes then.
    private mutating func scanKey(_ bytes: Span<UInt8>, from start: Int) -> Int {
        if bytes[start].isPairSeparator, position == .key, kept.isEmpty {
            if bytes[start] == Octet.ampersand { nameIndex = nil }
            return start &+ 1
        }
        var end = start
        while end < bytes.count, !bytes[end].isIn(.pairDelimiter) { end &+= 1 }
        let isWhole = end < bytes.count
        if position == .key {
            if isWhole, kept.isEmpty, end &- start < ParameterKey.bytesMax {
                nameIndex =
                    ParameterKey.index(of: bytes.extracting(start..<end), in: names) ?? nameIndex
            } else {
                keepKey(bytes, from: start, to: end)
                if isWhole, position == .key { endKey() }
            }
        }
        guard isWhole else { return end }
        forgetKept()
        if bytes[end] == Octet.equals {
            position = nameIndex == nil ? .ordinaryValue : .value
        } else {
            position = .key
            if bytes[end] == Octet.ampersand { nameIndex = nil }
        }
        return end &+ 1
    }

    /// Keeps a part of a key.
    ///
    /// What fills the buffer is a key that starts with junk, which goes, or one that is too long:
    /// then the name is what the readings that cut it off find at its start.
    private mutating func keepKey(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        for index in start..<end where position == .key {
            kept.append(bytes[index])
            guard kept.count == ParameterKey.bytesMax else { continue }
            kept.removeFirst(ParameterKey.junkLength(kept.span))
            guard kept.count == ParameterKey.bytesMax else { continue }
            endKey()
            position = .restOfKey
        }
    }

    private mutating func endKey() {
        nameIndex = ParameterKey.index(of: kept.span, in: names) ?? nameIndex
        forgetKept()
    }

    /// Forgets what is kept, keeps its storage.
    @inline(__always)
    private mutating func forgetKept() {
        // Most of the time nothing is, and then this costs nothing.
        if !kept.isEmpty { kept.removeAll(keepingCapacity: true) }
    }

    /// Reads what there is of a claimed value; returns the offset of what comes then.
    private mutating func scanValue(
        _ bytes: Span<UInt8>,
        from start: Int,
        into claims: inout [ClaimedMethod]
    ) -> Int {
        let end = bytes.firstPairSeparator(from: start)
        for index in start..<end {
            guard kept.count < Self.valueBytesMax else {
                // No method is that long, whatever follows.
                endPair(isCut: true, into: &claims)
                position = .ordinaryValue
                return index
            }
            kept.append(bytes[index])
        }
        if end < bytes.count { endPair(into: &claims) }
        return end &+ 1
    }

    private mutating func endPair(isCut: Bool = false, into claims: inout [ClaimedMethod]) {
        if let nameIndex, position == .value {
            var value = MethodValue(.content, nameIndex: nameIndex)
            value.append(encoded: kept.span, into: &claims)
            if isCut { value.cut() }
            value.endMember(into: &claims)
        }
        position = .key
        forgetKept()
        nameIndex = nil
    }
}
