/// Reads the text of a pattern into segments.
struct PatternParser {
    private let text: [UInt8]
    private let caseInsensitive: Bool

    init(_ text: [UInt8], caseInsensitive: Bool) {
        self.text = text
        self.caseInsensitive = caseInsensitive
    }

    mutating func segments() throws(PatternFault) -> [PatternSegment] {
        guard text.count <= PathPattern.bytesMax else {
            throw PatternFault(
                .patternTooLong,
                "the pattern is longer than \(PathPattern.bytesMax) octets",
                at: 0
            )
        }
        guard text.first == Octet.slash else {
            throw PatternFault(
                .invalidPattern,
                "a pattern starts with /",
                hint: "a pattern is a path: no scheme, no host, as in /users/{id}",
                at: 0
            )
        }
        var segments: [PatternSegment] = []
        var start = 1
        while true {
            let end = text[start...].firstIndex(of: Octet.slash) ?? text.count
            let isLast = end == text.count
            guard segments.count < PathPattern.segmentsMax else {
                throw PatternFault(
                    .tooManySegments,
                    "the pattern has more than \(PathPattern.segmentsMax) segments",
                    hint: "end it with ** to match whatever is below",
                    at: start
                )
            }
            segments.append(try segment(start, end, isLast: isLast))
            if isLast { return segments }
            start = end + 1
        }
    }

    private func segment(
        _ start: Int,
        _ end: Int,
        isLast: Bool
    ) throws(PatternFault)
        -> PatternSegment
    {
        let octets = text[start..<end]
        if octets.isEmpty {
            if isLast { return .literal([]) }
            throw PatternFault(
                .unreachablePattern,
                "no path matches //: paths with empty segments are refused",
                hint: "write one /",
                at: start
            )
        }
        if octets.elementsEqual([Octet.asterisk, Octet.asterisk]) {
            if isLast { return .rest }
            throw PatternFault(
                .invalidPattern,
                "** can only be the last segment",
                hint: "use * or {name} for one segment",
                at: start
            )
        }
        if octets.elementsEqual([Octet.asterisk]) { return .parameter }
        if let brace = octets.firstIndex(where: { $0 == 0x7B || $0 == 0x7D }) {
            return try parameter(octets, brace: brace)
        }
        return try literal(octets)
    }

    /// `{name}`, `{name:int}`, `{name:uuid}`.
    private func parameter(
        _ octets: ArraySlice<UInt8>,
        brace: Int
    ) throws(PatternFault)
        -> PatternSegment
    {
        guard octets.first == 0x7B, octets.last == 0x7D else {
            throw PatternFault(
                .invalidPattern,
                "a parameter is a whole segment",
                hint: "write {name} between two /, or one * inside a literal, as in img-*",
                at: brace
            )
        }
        let inner = octets.dropFirst().dropLast()
        let colon = inner.firstIndex(of: 0x3A)
        let name = inner[inner.startIndex..<(colon ?? inner.endIndex)]
        let isName = name.allSatisfy {
            Octet.isLetter($0) || Octet.isDigit($0) || $0 == 0x5F || $0 == 0x2D
        }
        guard !name.isEmpty, isName else {
            throw PatternFault(
                .invalidPattern,
                "a parameter's name is of letters, digits, _ and -",
                hint: "write {id}, {id:int} or {id:uuid}",
                at: brace + 1
            )
        }
        guard let colon else { return .parameter }
        let type = inner[(colon + 1)...]
        if type.elementsEqual("int".utf8) { return .integer }
        if type.elementsEqual("uuid".utf8) { return .uuid }
        throw PatternFault(
            .invalidPattern,
            "there is no such parameter type",
            hint: "the types are int and uuid",
            at: colon + 1
        )
    }

    private func literal(_ octets: ArraySlice<UInt8>) throws(PatternFault) -> PatternSegment {
        guard let star = octets.firstIndex(of: Octet.asterisk) else {
            let canonical = try canonical(octets)
            try refuseUnreachable(canonical, at: octets.startIndex)
            return .literal(canonical)
        }
        let suffix = octets[(star + 1)...]
        if let second = suffix.firstIndex(of: Octet.asterisk) {
            throw PatternFault(
                .invalidPattern,
                "a segment has at most one *",
                hint: "** stands alone as the last segment",
                at: second
            )
        }
        let end = try canonical(suffix)
        let start = try canonical(octets[..<star])
        if caseInsensitive {
            // Where both sides together make a session, so they do with an octet between them.
            let fault =
                AmbiguousPath.faultInside(start) ?? AmbiguousPath.fault(in: end)
                ?? AmbiguousPath.fault(in: start + [Octet.asterisk] + end)
            try refuse(fault, at: octets.startIndex)
        }
        return .partial(prefix: start, suffix: end)
    }

    /// The literal as canonical paths have it, folded if the case makes no difference.
    private func canonical(_ octets: ArraySlice<UInt8>) throws(PatternFault) -> [UInt8] {
        let canonical = try PatternLiteral.canonical(octets)
        guard caseInsensitive else { return canonical }
        if let offset = AmbiguousPath.firstNonASCII(in: octets) {
            throw PatternFault(
                .unreachablePattern,
                "no path matches a character beyond ASCII: with case: insensitive such paths are "
                    + "refused",
                hint: "case: insensitive compares ASCII letters only: use {name} or * for the "
                    + "segment, or leave case: insensitive out",
                at: offset
            )
        }
        return canonical.map(Octet.folded)
    }

    private func refuseUnreachable(_ segment: [UInt8], at offset: Int) throws(PatternFault) {
        if segment == [Octet.dot] || segment == [Octet.dot, Octet.dot] {
            throw PatternFault(
                .unreachablePattern,
                "no path matches a dot segment: such paths are refused",
                hint: "write the path that it leads to",
                at: offset
            )
        }
        if caseInsensitive { try refuse(AmbiguousPath.fault(in: segment), at: offset) }
    }

    private func refuse(_ fault: AmbiguousPath.Fault?, at offset: Int) throws(PatternFault) {
        guard let fault else { return }
        let (what, hint) =
            switch fault {
            case .end:
                ("ends with a dot or a space", "leave the dot or the space out")
            case .stream:
                ("has a :", "Windows takes it for a stream or a drive: leave it out")
            case .shortName:
                ("has a ~ before a digit", "Windows takes it for a short name: write the long one")
            case .session:
                ("is in the form (S(x))", "ASP.NET takes it for a session: leave the segment out")
            }
        throw PatternFault(
            .unreachablePattern,
            "no path matches a segment that \(what): with case: insensitive such paths are refused",
            hint: hint,
            at: offset
        )
    }
}
