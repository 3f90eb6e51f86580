/// Gives the same number to what is the same on both sides, so that it need not be walked through.
///
/// Numbers stand for whole descriptions, not for hashes of them: what has one number is the same.
struct SubtreeIdentities {
    private var octets = Interner<[UInt8]>()
    private var steps = Interner<[Int32]>()
    private var subtrees = Interner<[Int32]>()
    private var behaviours = Interner<RuleBehaviour>()

    /// Fills in the identities of one side.
    mutating func identify(_ side: inout ComparedTable, _ upstreams: [String]) {
        let policy = side.policy
        let context = RuleBehaviour.Context(policy, upstreams: upstreams)
        side.unlistedClass = behaviours.number(of: RuleBehaviour(nil, in: context))
        side.ruleClasses = policy.rules.map {
            behaviours.number(of: RuleBehaviour($0, in: context))
        }
        let nodes = side.table.nodes
        side.specificities = [Int32](repeating: 0, count: nodes.count)
        side.restSpecificities = [Int32](repeating: 0, count: policy.rules.count)
        // Children come behind their parents.
        for node in nodes.indices { nameChildren(of: Int32(node), &side) }
        side.subtrees = [Int32](repeating: 0, count: nodes.count)
        for node in nodes.indices.reversed() {
            side.subtrees[node] = subtree(Int32(node), side)
        }
    }

    private mutating func nameChildren(of index: Int32, _ side: inout ComparedTable) {
        let node = side.table.nodes[Int(index)]
        let own = side.specificities[Int(index)]
        if node.rest != RuleTable.none { side.restSpecificities[Int(node.rest)] = own }
        guard node.hasChildren else { return }
        func named(_ specificity: Int32) -> Int32 { steps.number(of: [own, specificity]) }
        for entry in side.literals(of: index) { side.specificities[Int(entry.value)] = named(0) }
        for child in [node.integer, node.uuid] where child != RuleTable.none {
            side.specificities[Int(child)] = named(1)
        }
        for partial in side.partials(of: index) {
            let count = Int32(partial.prefix.count + partial.suffix.count)
            side.specificities[Int(partial.child)] = named(0x7FFF - count)
        }
        if node.parameter != RuleTable.none {
            side.specificities[Int(node.parameter)] = named(0x8000)
        }
    }

    private mutating func subtree(_ index: Int32, _ side: ComparedTable) -> Int32 {
        let node = side.table.nodes[Int(index)]
        func identity(of rule: Int32) -> Int32 {
            rule == RuleTable.none ? rule : side.ruleClasses[Int(rule)]
        }
        func identity(under child: Int32) -> Int32 {
            child == RuleTable.none ? child : side.subtrees[Int(child)]
        }
        var description = [identity(of: node.rule), identity(of: node.rest)]
        if node.hasChildren {
            description += [node.integer, node.uuid, node.parameter].map { identity(under: $0) }
            let partials = side.partials(of: index).map { partial in
                [
                    octets.number(of: partial.prefix), octets.number(of: partial.suffix),
                    identity(under: partial.child),
                ]
            }.sorted { $0.lexicographicallyPrecedes($1) }
            description.append(Int32(partials.count))
            for partial in partials { description += partial }
            let literals = side.literals(of: index).map { entry in
                (
                    octets.number(of: side.table.literals.octets(of: entry)),
                    identity(under: Int32(bitPattern: entry.value))
                )
            }.sorted { $0.0 < $1.0 }
            for (name, child) in literals { description += [name, child] }
        }
        return subtrees.number(of: description)
    }
}

/// Numbers values in the order in which they come.
struct Interner<Value: Hashable> {
    private var numbers: [Value: Int32] = [:]

    mutating func number(of value: Value) -> Int32 {
        if let present = numbers[value] { return present }
        // Zero is the root's.
        let number = Int32(truncatingIfNeeded: numbers.count + 1)
        numbers[value] = number
        return number
    }
}
