/// One pair of a query or an urlencoded form, as ranges.
struct FormPair {
    /// The key, as sent.
    let key: ByteRange
    /// The value, as sent; empty where there is no `=`.
    let value: ByteRange
    /// The offset of the separator behind the pair, or the text's end.
    let end: Int
    /// The override name that the key is read as; nil for an ordinary pair.
    let nameIndex: Int?
    /// The override name that the next pair's value belongs to as well.
    ///
    /// PHP ends pairs at `&` alone and keys at NUL, so it reads `_method%00;x=PUT` as one pair with
    /// the key `_method`.
    let nextNameIndex: Int?

    /// Finds the pair that begins at `start`, behind one with that `nextNameIndex`.
    init(
        _ text: Span<UInt8>,
        from start: Int,
        _ names: OverrideNames,
        after nextNameIndex: Int?
    ) {
        var index = start
        while index < text.count, !text[index].isIn(.pairDelimiter) { index &+= 1 }
        key = ByteRange(start, index)
        nameIndex = names.parameter(text.bytes(in: key)) ?? nextNameIndex
        guard index < text.count, text[index] == Octet.equals else {
            let isOpen = index < text.count && text[index] == Octet.semicolon
            self.nextNameIndex = isOpen ? nameIndex : nil
            value = ByteRange(index, index)
            end = index
            return
        }
        self.nextNameIndex = nil
        let valueStart = index &+ 1
        index = valueStart
        while index < text.count, !text[index].isPairSeparator { index &+= 1 }
        value = ByteRange(valueStart, index)
        end = index
    }
}

extension UInt8 {
    /// `&` or `;`.
    @inline(__always)
    var isPairSeparator: Bool { self == Octet.ampersand || self == Octet.semicolon }
}

extension MethodValue {
    /// Takes text that is encoded as in a query.
    mutating func append(encoded text: Span<UInt8>, into claims: inout [ClaimedMethod]) {
        var position = 0
        while position < text.count {
            append(FormText.nextOctet(of: text, at: &position), into: &claims)
        }
    }
}
