extension RuleTable {
    /// The most specific rule that matches a path.
    ///
    /// Allocates nothing and cannot trap, whatever the octets are. The search backs up: at each
    /// node it tries the kinds of segments in order of specificity, so the first rule it arrives
    /// at wins. Every node is visited at most once, and the compiler bounds how many can be.
    ///
    /// - Parameter path: The canonical path.
    /// - Returns: The index of the rule, or nil.
    func rule(matching path: Span<UInt8>) -> Int? {
        guard path.count > 0, path[0] == Octet.slash else { return nil }
        let path = path.extracting(first: significantCount(of: path))
        let first = PathSegment(of: path, from: 1, foldsCase: foldsCase)
        let rule = search(node: 0, first, path)
        return rule == RuleTable.none ? nil : Int(rule)
    }

    /// How many octets of a path count, which starts with `/`: not a last `/` if that is ignored.
    ///
    /// Of `/` none is left then, so that even its first segment lies beyond the end.
    @inline(__always)
    private func significantCount(of path: Span<UInt8>) -> Int {
        let last = path.count &- 1
        return ignoresTrailingSlash && path[last] == Octet.slash ? last : path.count
    }

    private func search(
        node index: Int32,
        _ segment: PathSegment,
        _ path: Span<UInt8>
    ) -> Int32 {
        let node = nodes[Int(index)]
        if segment.isEnd { return node.rule != RuleTable.none ? node.rule : node.rest }
        guard node.hasChildren else { return node.rest }
        // All children look at the same segment, so it is scanned once for all of them.
        let next = PathSegment(of: path, from: segment.key.end &+ 1, foldsCase: foldsCase)
        if node.hasLiterals, let child = literal(under: index, segment, path) {
            let rule = search(node: child, next, path)
            if rule != RuleTable.none { return rule }
        }
        let typed = typedChild(of: node, segment, path)
        if typed != RuleTable.none {
            let rule = search(node: typed, next, path)
            if rule != RuleTable.none { return rule }
        }
        if node.partialsStart < node.partialsEnd {
            let rule = searchPartials(of: node, segment, next, path)
            if rule != RuleTable.none { return rule }
        }
        if node.parameter != RuleTable.none, !segment.isEmpty {
            let rule = search(node: node.parameter, next, path)
            if rule != RuleTable.none { return rule }
        }
        return node.rest
    }

    @inline(__always)
    private func literal(under node: Int32, _ segment: PathSegment, _ path: Span<UInt8>) -> Int32? {
        literals.value(segment.key, scope: UInt32(bitPattern: node), in: path)
            .map { Int32(bitPattern: $0) }
    }

    /// A segment of digits is never a UUID, so at most one of the two types matches.
    @inline(__always)
    private func typedChild(of node: Node, _ segment: PathSegment, _ path: Span<UInt8>) -> Int32 {
        if node.integer != RuleTable.none, segment.isInteger(in: path) { return node.integer }
        guard node.uuid != RuleTable.none, segment.isUUID(in: path) else { return RuleTable.none }
        return node.uuid
    }

    /// Tries the partly literal children, the longest literal first.
    ///
    /// Children whose literals are equally long are equally specific so far: what follows decides
    /// between them, so all that match are tried and the best rule is taken.
    private func searchPartials(
        of node: Node,
        _ segment: PathSegment,
        _ next: PathSegment,
        _ path: Span<UInt8>
    ) -> Int32 {
        var best = RuleTable.none
        var literalCount: Int32 = -1
        for index in node.partialsStart..<node.partialsEnd {
            let partial = partials[Int(index)]
            if partial.literalCount != literalCount {
                if best != RuleTable.none { return best }
                literalCount = partial.literalCount
            }
            guard matches(partial, segment.key, path) else { continue }
            let rule = search(node: partial.child, next, path)
            guard rule != RuleTable.none else { continue }
            if best == RuleTable.none || ranks[Int(rule)] < ranks[Int(best)] { best = rule }
        }
        return best
    }

    /// Whether a segment has the prefix, the suffix, and at least one octet between them.
    func matches(_ partial: Partial, _ key: OctetKey, _ path: Span<UInt8>) -> Bool {
        let start = key.start
        let end = key.end
        let prefixCount = Int(partial.prefixCount)
        let suffixCount = Int(partial.suffixCount)
        guard end &- start > prefixCount &+ suffixCount else { return false }
        let offset = Int(partial.offset)
        for index in 0..<prefixCount {
            guard octet(path[start &+ index]) == partialOctets[offset &+ index] else {
                return false
            }
        }
        let suffixStart = end &- suffixCount
        for index in 0..<suffixCount {
            guard octet(path[suffixStart &+ index]) == partialOctets[offset &+ prefixCount &+ index]
            else { return false }
        }
        // The star takes whole escapes only: `*0` must not match the end of `%20`.
        guard suffixCount > 0 else { return true }
        let first = start &+ prefixCount
        if path[suffixStart &- 1] == Octet.percent { return false }
        return suffixStart &- 2 < first || path[suffixStart &- 2] != Octet.percent
    }

    @inline(__always)
    private func octet(_ octet: UInt8) -> UInt8 {
        foldsCase ? Octet.folded(octet) : octet
    }
}

extension RuleTable {
    /// Every rule that matches a path, the most specific first.
    ///
    /// For people who ask why a path is decided as it is; it allocates.
    func rules(matching path: Span<UInt8>) -> [Int] {
        guard path.count > 0, path[0] == Octet.slash else { return [] }
        let path = path.extracting(first: significantCount(of: path))
        let first = PathSegment(of: path, from: 1, foldsCase: foldsCase)
        var found: [Int32] = []
        collect(node: 0, first, path, into: &found)
        return found.sorted { (ranks[Int($0)], $0) < (ranks[Int($1)], $1) }.map { Int($0) }
    }

    private func collect(
        node index: Int32,
        _ segment: PathSegment,
        _ path: Span<UInt8>,
        into found: inout [Int32]
    ) {
        let node = nodes[Int(index)]
        if node.rest != RuleTable.none { found.append(node.rest) }
        if segment.isEnd {
            if node.rule != RuleTable.none { found.append(node.rule) }
            return
        }
        var children: [Int32] = []
        if node.hasLiterals, let child = literal(under: index, segment, path) {
            children.append(child)
        }
        children.append(typedChild(of: node, segment, path))
        for index in node.partialsStart..<node.partialsEnd {
            let partial = partials[Int(index)]
            if matches(partial, segment.key, path) { children.append(partial.child) }
        }
        if !segment.isEmpty { children.append(node.parameter) }
        let next = PathSegment(of: path, from: segment.key.end &+ 1, foldsCase: foldsCase)
        for child in children where child != RuleTable.none {
            collect(node: child, next, path, into: &found)
        }
    }
}
