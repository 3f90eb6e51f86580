/// What each rule of a policy decides, and what would decide without it, for all paths there are.
public struct RuleCoverage: Sendable {
    /// The rules that decide no path: others that match are more specific everywhere.
    public let neverDeciding: [CompiledRule]
    /// The rules whose paths would be answered alike without them.
    public let redundant: [CompiledRule]
    /// Whether every path was looked at; if not, nothing is said of any rule.
    public let isComplete: Bool

    /// Looks at every path.
    public init(of policy: CompiledPolicy, in snapshot: PolicySnapshot) {
        self.init(of: policy, in: snapshot, stepsMax: RegionSearch.stepsMax / 4)
    }

    init(of policy: CompiledPolicy, in snapshot: PolicySnapshot, stepsMax: Int) {
        let search = RegionSearch(ComparedTable(policy), stepsMax: stepsMax)
        isComplete = !search.isExhausted
        guard isComplete else {
            neverDeciding = []
            redundant = []
            return
        }
        let context = RuleBehaviour.Context(policy, upstreams: snapshot.upstreams)
        var interner = Interner<RuleBehaviour>()
        let unlisted = interner.number(of: RuleBehaviour(nil, in: context))
        let classes = policy.rules.map { interner.number(of: RuleBehaviour($0, in: context)) }
        var decides = Set<Int32>()
        var matters = Set<Int32>()
        for region in search.regions {
            guard case .rule(let rule) = region.first else { continue }
            decides.insert(rule)
            let next =
                if case .rule(let second) = region.second { classes[Int(second)] } else { unlisted }
            if classes[Int(rule)] != next { matters.insert(rule) }
        }
        neverDeciding = policy.rules.filter { !decides.contains(Int32($0.index)) }
        redundant = policy.rules.filter {
            decides.contains(Int32($0.index)) && !matters.contains(Int32($0.index))
        }
    }
}

extension CompiledPolicy {
    /// Every method that a rule of this policy may allow: the registry's and its own.
    public var allMethods: MethodSet { methods.all }
}
