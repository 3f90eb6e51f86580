/// Puts the patterns of one policy into a tree, then freezes it.
///
/// Every step is linear in the size of the patterns, so that 100,000 rules compile in seconds.
struct RuleTableBuilder {
    /// What became of a pattern.
    enum Insertion: Equatable {
        case inserted
        /// The same pattern is there already, for this rule.
        case duplicate(of: Int)
        /// A place has too many partly literal segments. The pattern was left out.
        case tooManyPartials(isFirst: Bool)
    }

    /// How a node hangs off its parent.
    enum Edge {
        case root, literal, integer, uuid, partial, parameter
    }

    /// A partly literal child that has no place in the flat array yet.
    struct PendingPartial {
        let prefix: [UInt8]
        let suffix: [UInt8]
        let child: Int32

        var literalCount: Int { prefix.count + suffix.count }

        /// Whether some segment matches both, given that the literals are equally long.
        func overlaps(_ other: PendingPartial) -> Bool {
            let commonPrefix = min(prefix.count, other.prefix.count)
            let commonSuffix = min(suffix.count, other.suffix.count)
            return prefix.prefix(commonPrefix) == other.prefix.prefix(commonPrefix)
                && suffix.suffix(commonSuffix) == other.suffix.suffix(commonSuffix)
        }
    }

    private(set) var nodes = [RuleTable.Node()]
    private(set) var edges: [(parent: Int32, kind: Edge)] = [(RuleTable.none, .root)]
    private(set) var literals = OctetTable()
    private(set) var partials: [Int32: [PendingPartial]] = [:]
    private var crowdedNodes: Set<Int32> = []
    private var specificities: [[UInt16]] = []
    private let foldsCase: Bool
    private let ignoresTrailingSlash: Bool

    init(caseInsensitive: Bool, ignoresTrailingSlash: Bool) {
        self.foldsCase = caseInsensitive
        self.ignoresTrailingSlash = ignoresTrailingSlash
        self.literals = OctetTable(foldsCase: caseInsensitive)
    }

    /// Adds the pattern of the next rule.
    ///
    /// Rules are numbered from 0 in the order they come in, whether or not they could be inserted.
    mutating func add(_ pattern: PathPattern) -> Insertion {
        let rule = Int32(specificities.count)
        specificities.append(pattern.specificity)
        var node: Int32 = 0
        for segment in pattern.segments {
            if segment == .rest { return end(at: node, \.rest, rule: rule) }
            guard let child = child(of: node, segment) else {
                return .tooManyPartials(isFirst: crowdedNodes.insert(node).inserted)
            }
            node = child
        }
        return end(at: node, \.rule, rule: rule)
    }

    /// Passes over a rule whose pattern is faulty, so that the others keep their numbers.
    mutating func skip() {
        specificities.append([])
    }

    private mutating func end(
        at node: Int32,
        _ place: WritableKeyPath<RuleTable.Node, Int32>,
        rule: Int32
    ) -> Insertion {
        let present = nodes[Int(node)][keyPath: place]
        guard present == RuleTable.none else { return .duplicate(of: Int(present)) }
        nodes[Int(node)][keyPath: place] = rule
        return .inserted
    }

    private mutating func child(of node: Int32, _ segment: PatternSegment) -> Int32? {
        switch segment {
        case .literal(let octets): literal(octets, of: node)
        case .integer: child(of: node, \.integer, .integer)
        case .uuid: child(of: node, \.uuid, .uuid)
        case .parameter: child(of: node, \.parameter, .parameter)
        case .partial(let prefix, let suffix): partial(prefix, suffix, of: node)
        case .rest: nil
        }
    }

    private mutating func child(
        of node: Int32,
        _ place: WritableKeyPath<RuleTable.Node, Int32>,
        _ kind: Edge
    ) -> Int32 {
        let present = nodes[Int(node)][keyPath: place]
        if present != RuleTable.none { return present }
        let child = addNode(under: node, kind)
        nodes[Int(node)][keyPath: place] = child
        return child
    }

    private mutating func literal(_ octets: [UInt8], of node: Int32) -> Int32 {
        if let present = literalChild(octets, of: node) { return present }
        let child = addNode(under: node, .literal)
        nodes[Int(node)].hasLiterals = true
        literals.insert(octets, scope: UInt32(node), value: UInt32(child))
        return child
    }

    func literalChild(_ octets: [UInt8], of node: Int32) -> Int32? {
        literals.value(octets, scope: UInt32(node)).map { Int32($0) }
    }

    private mutating func partial(_ prefix: [UInt8], _ suffix: [UInt8], of node: Int32) -> Int32? {
        let siblings = partials[node, default: []]
        if let present = siblings.first(where: { $0.prefix == prefix && $0.suffix == suffix }) {
            return present.child
        }
        guard siblings.count < PolicySnapshot.partialSegmentsMax else { return nil }
        let child = addNode(under: node, .partial)
        partials[node, default: []].append(
            PendingPartial(prefix: prefix, suffix: suffix, child: child)
        )
        return child
    }

    private mutating func addNode(under parent: Int32, _ kind: Edge) -> Int32 {
        nodes[Int(parent)].hasChildren = true
        nodes.append(RuleTable.Node())
        edges.append((parent, kind))
        return Int32(nodes.count - 1)
    }

    /// The finished table.
    func frozen() -> RuleTable {
        var table = RuleTable(
            nodes: nodes,
            literals: literals,
            partials: [],
            partialOctets: [],
            ranks: ranks(),
            foldsCase: foldsCase,
            ignoresTrailingSlash: ignoresTrailingSlash
        )
        for (node, siblings) in partials.sorted(by: { $0.key < $1.key }) {
            table.nodes[Int(node)].partialsStart = Int32(table.partials.count)
            for partial in siblings.sorted(by: { $0.literalCount > $1.literalCount }) {
                table.partials.append(
                    RuleTable.Partial(
                        offset: Int32(table.partialOctets.count),
                        prefixCount: Int32(partial.prefix.count),
                        suffixCount: Int32(partial.suffix.count),
                        child: partial.child
                    )
                )
                table.partialOctets.append(contentsOf: partial.prefix)
                table.partialOctets.append(contentsOf: partial.suffix)
            }
            table.nodes[Int(node)].partialsEnd = Int32(table.partials.count)
        }
        return table
    }

    private func ranks() -> [Int32] {
        let order = specificities.indices.sorted {
            specificities[$0].lexicographicallyPrecedes(specificities[$1])
        }
        var ranks = [Int32](repeating: 0, count: order.count)
        var rank: Int32 = 0
        for (place, rule) in order.enumerated() {
            if place > 0, specificities[order[place - 1]] != specificities[rule] {
                rank = Int32(place)
            }
            ranks[rule] = rank
        }
        return ranks
    }
}
