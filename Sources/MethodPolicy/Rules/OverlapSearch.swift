/// Looks for rules that are equally specific and match a common path.
///
/// Two different patterns can only be equally specific where partly literal segments of the same
/// length stand side by side (`img-*` and `*.php`), so the search starts at such pairs and walks
/// down both sides at once. Each pair of nodes is seen at most once.
struct OverlapSearch {
    /// How many pairs of nodes are looked at before the patterns count as too costly.
    static let stepsMax = 2_000_000
    /// How many overlaps are reported.
    static let foundMax = 100

    /// Pairs of rules that overlap.
    private(set) var found: [(Int, Int)] = []
    /// Whether the search was given up.
    private(set) var isExhausted = false

    private let builder: RuleTableBuilder
    private var steps = 0
    /// The literal children of each node: `keys[starts[node]..<starts[node + 1]]`.
    private var starts: [Int] = []
    private var entries: [OctetTable.Entry] = []

    init(_ builder: RuleTableBuilder) {
        self.builder = builder
        let pairs = builder.partials.values.flatMap(Self.overlappingPairs)
        guard !pairs.isEmpty else { return }
        indexLiterals()
        for (left, right) in pairs.sorted(by: { $0 < $1 }) { visit(left, right) }
    }

    private static func overlappingPairs(
        _ siblings: [RuleTableBuilder.PendingPartial]
    )
        -> [(Int32, Int32)]
    {
        var pairs: [(Int32, Int32)] = []
        for (index, left) in siblings.enumerated() {
            for right in siblings[(index + 1)...]
            where left.literalCount == right.literalCount && left.overlaps(right) {
                pairs.append((left.child, right.child))
            }
        }
        return pairs
    }

    private mutating func indexLiterals() {
        starts = [Int](repeating: 0, count: builder.nodes.count + 1)
        let present = builder.literals.entries.filter { $0.value != OctetTable.vacant }
        entries = present.sorted { $0.scope < $1.scope }
        for entry in entries { starts[Int(entry.scope) + 1] += 1 }
        for node in builder.nodes.indices { starts[node + 1] += starts[node] }
    }

    private mutating func visit(_ left: Int32, _ right: Int32) {
        guard found.count < Self.foundMax, !isExhausted else { return }
        steps += 1
        if steps > Self.stepsMax {
            isExhausted = true
            return
        }
        let one = builder.nodes[Int(left)]
        let other = builder.nodes[Int(right)]
        report(one.rule, other.rule)
        report(one.rest, other.rest)
        visitIfPresent(one.integer, other.integer)
        visitIfPresent(one.uuid, other.uuid)
        visitIfPresent(one.parameter, other.parameter)
        if one.hasLiterals, other.hasLiterals { visitLiterals(left, right) }
        guard let partials = builder.partials[left], let others = builder.partials[right] else {
            return
        }
        for partial in partials {
            for second in others
            where partial.literalCount == second.literalCount && partial.overlaps(second) {
                visit(partial.child, second.child)
            }
        }
    }

    private mutating func visitIfPresent(_ left: Int32, _ right: Int32) {
        if left != RuleTable.none, right != RuleTable.none { visit(left, right) }
    }

    private mutating func visitLiterals(_ left: Int32, _ right: Int32) {
        let counts = [left, right].map { starts[Int($0) + 1] - starts[Int($0)] }
        let isLeftSmaller = counts[0] <= counts[1]
        let (smaller, larger) = isLeftSmaller ? (left, right) : (right, left)
        for index in starts[Int(smaller)]..<starts[Int(smaller) + 1] {
            let entry = entries[index]
            let key = builder.literals.octets(of: entry)
            steps += 1
            guard let match = builder.literalChild(key, of: larger) else { continue }
            let child = Int32(entry.value)
            if isLeftSmaller { visit(child, match) } else { visit(match, child) }
        }
    }

    private mutating func report(_ left: Int32, _ right: Int32) {
        guard left != RuleTable.none, right != RuleTable.none else { return }
        found.append((Int(min(left, right)), Int(max(left, right))))
    }
}
