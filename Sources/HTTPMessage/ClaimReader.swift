/// Reads the methods that a request's head claims beside the one of its request line.
public enum ClaimReader {
    /// Appends what override fields claim.
    ///
    /// Every line counts, whatever Connection names, and each member of a list; empty members are
    /// no claim. Equal claims are kept once and different ones up to 16 a carrier, with one more,
    /// which is no token, for all that are beyond. Allocates nothing where nothing is claimed.
    public static func fieldClaims(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        names: OverrideNames,
        into claims: inout [ClaimedMethod]
    ) {
        for index in head.fields.indices {
            let line = head.fields[index]
            guard let nameIndex = names.field(bytes.bytes(in: line.name)) else { continue }
            let text = bytes.bytes(in: line.value)
            var value = MethodValue(.field, nameIndex: nameIndex)
            for offset in 0..<text.count {
                value.append(text[offset], into: &claims)
            }
            value.endMember(into: &claims)
        }
    }

    /// Appends what the query's parameters claim.
    ///
    /// Pairs end at `&` and at `;`. Keys and values are decoded (`%HH`, `%uHHHH`, `+`), and a key
    /// is an override name if any origin server's reading of it is: PHP's, where leading spaces go
    /// and dots, spaces and brackets become `_`; that of brackets as an index; that of C strings.
    /// All occurrences count, in any case. Claims are kept as those of fields.
    ///
    /// - Parameters:
    ///   - query: The query without the `?`.
    ///   - names: What to look for.
    ///   - claims: Where claims are appended.
    public static func queryClaims(
        _ query: Span<UInt8>,
        names: OverrideNames,
        into claims: inout [ClaimedMethod]
    ) {
        guard names.normalizedParameters.longest > 0 else { return }
        var start = 0
        var nextNameIndex: Int?
        while start < query.count {
            let pair = FormPair(query, from: start, names, after: nextNameIndex)
            nextNameIndex = pair.nextNameIndex
            if let nameIndex = pair.nameIndex {
                let text = query.bytes(in: pair.value)
                var value = MethodValue(.query, nameIndex: nameIndex)
                value.append(encoded: text, into: &claims)
                value.endMember(into: &claims)
            }
            start = pair.end &+ 1
        }
    }

    /// Writes the query without the pairs that claim a method.
    ///
    /// Every pair whose key is an override name goes, an empty value or none included, with the
    /// separator before it; the others stay as they were sent.
    ///
    /// - Parameters:
    ///   - query: The query without the `?`.
    ///   - names: What to leave out.
    ///   - output: With true, the query that is left, perhaps empty; its capacity is kept.
    ///     Untouched otherwise.
    /// - Returns: Whether anything was left out.
    public static func strippedQuery(
        _ query: Span<UInt8>,
        names: OverrideNames,
        into output: inout [UInt8]
    ) -> Bool {
        guard names.normalizedParameters.longest > 0 else { return false }
        var isStripped = false
        // What was looked at and stays, as far as it is not written yet.
        var keptFrom = 0
        var start = 0
        while start <= query.count {
            let pair = FormPair(query, from: start, names, after: nil)
            if pair.nameIndex != nil {
                if !isStripped { output.removeAll(keepingCapacity: true) }
                isStripped = true
                output.append(query, from: keptFrom, to: max(keptFrom, start &- 1))
                keptFrom = pair.end
            }
            start = pair.end &+ 1
        }
        guard isStripped else { return false }
        output.append(query, from: keptFrom, to: query.count)
        // Where the first pairs went, a separator is left in front.
        if let first = output.first, first == Octet.ampersand || first == Octet.semicolon,
            query[0] != first
        {
            output.removeFirst()
        }
        return true
    }
}

extension [UInt8] {
    /// Appends octets of a span; the bounds have to be in order and inside.
    fileprivate mutating func append(_ octets: Span<UInt8>, from start: Int, to end: Int) {
        for index in start..<end { append(octets[index]) }
    }
}
