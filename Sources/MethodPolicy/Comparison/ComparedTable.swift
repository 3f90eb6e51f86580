/// One policy's rules with what a walk through every path needs beside them.
struct ComparedTable: Sendable {
    let policy: CompiledPolicy
    /// By node: an identity of its subtree and of the kinds of segments that lead to it; empty if
    /// there is nothing to compare with.
    var subtrees: [Int32] = []
    var specificities: [Int32] = []
    /// By rule that ends with `**`: an identity of the kinds of segments before it; empty as above.
    var restSpecificities: [Int32] = []
    /// By rule: an identity of what it makes of requests; empty as above.
    var ruleClasses: [Int32] = []
    /// The same for paths without a rule.
    var unlistedClass: Int32 = RuleTable.none
    /// By node, where its literal children start in `entries`.
    private let starts: [Int32]
    private let entries: [OctetTable.Entry]

    init(_ policy: CompiledPolicy) {
        self.policy = policy
        let table = policy.table
        var starts = [Int32](repeating: 0, count: table.nodes.count + 1)
        let present = table.literals.entries.filter { $0.value != OctetTable.vacant }
        entries = present.sorted { ($0.scope, $0.value) < ($1.scope, $1.value) }
        for entry in entries { starts[Int(entry.scope) + 1] += 1 }
        for node in table.nodes.indices { starts[node + 1] += starts[node] }
        self.starts = starts
    }

    var table: RuleTable { policy.table }

    /// The literal children of a node, in the order of the file.
    func literals(of node: Int32) -> ArraySlice<OctetTable.Entry> {
        entries[Int(starts[Int(node)])..<Int(starts[Int(node) + 1])]
    }

    /// The prefix and the suffix of each partly literal child of a node.
    func partials(of node: Int32) -> [(prefix: [UInt8], suffix: [UInt8], child: Int32)] {
        let place = table.nodes[Int(node)]
        return (place.partialsStart..<place.partialsEnd).map { index in
            let partial = table.partials[Int(index)]
            let start = Int(partial.offset)
            let middle = start + Int(partial.prefixCount)
            let end = middle + Int(partial.suffixCount)
            return (
                Array(table.partialOctets[start..<middle]),
                Array(table.partialOctets[middle..<end]), partial.child
            )
        }
    }

    func isLiteral(_ segment: [UInt8], under nodes: [Int32]) -> Bool {
        nodes.contains { node in
            table.nodes[Int(node)].hasLiterals
                && table.literals.value(segment, scope: UInt32(bitPattern: node)) != nil
        }
    }

    /// The nodes that one more segment leads to.
    ///
    /// - Parameters:
    ///   - nodes: Where the segments before it lead to.
    ///   - path: `/` and the segment.
    /// - Returns: Each node once; none has another's place in the tree, so their order is fixed.
    func step(_ nodes: [Int32], _ path: Span<UInt8>) -> [Int32] {
        let segment = PathSegment(of: path, from: 1, foldsCase: table.foldsCase)
        var found: [Int32] = []
        for index in nodes {
            let node = table.nodes[Int(index)]
            guard node.hasChildren else { continue }
            if node.hasLiterals {
                let scope = UInt32(bitPattern: index)
                if let child = table.literals.value(segment.key, scope: scope, in: path) {
                    found.append(Int32(bitPattern: child))
                }
            }
            if node.integer != RuleTable.none, segment.isInteger(in: path) {
                found.append(node.integer)
            }
            if node.uuid != RuleTable.none, segment.isUUID(in: path) { found.append(node.uuid) }
            for place in node.partialsStart..<node.partialsEnd {
                let partial = table.partials[Int(place)]
                if table.matches(partial, segment.key, path) { found.append(partial.child) }
            }
            if node.parameter != RuleTable.none, !segment.isEmpty { found.append(node.parameter) }
        }
        return found.sorted()
    }

    /// The most specific of rules that match the rest of a path, whatever it is.
    func rests(_ known: [Int32], _ nodes: [Int32], keeping count: Int) -> [Int32] {
        var rests = known
        for node in nodes where table.nodes[Int(node)].rest != RuleTable.none {
            rests.append(table.nodes[Int(node)].rest)
        }
        guard rests.count > 1 else { return rests }
        rests.sort { (table.ranks[Int($0)], $0) < (table.ranks[Int($1)], $1) }
        return Array(rests.prefix(count))
    }
}
