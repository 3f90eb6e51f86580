internal import MethodPolicy

/// A worker's view of the policies in force: the shared snapshot, and what is kept beside it.
final class PolicyState {
    let snapshot: PolicySnapshot
    /// One for each of the snapshot's upstreams; nil where an upstream cannot be used.
    let pools: [OriginPool?]
    private var byRule: [[RefusalTemplate?]]
    private var byPolicy: [RefusalTemplate?]
    private lazy var withoutPolicy = RefusalTemplate(
        policy: nil,
        rule: nil,
        version: snapshot.version
    )

    init(snapshot: PolicySnapshot, pools: [OriginPool?]) {
        self.snapshot = snapshot
        self.pools = pools
        byRule = snapshot.policies.map { Array(repeating: nil, count: $0.rules.count) }
        byPolicy = Array(repeating: nil, count: snapshot.policies.count)
    }

    /// What every answer about a rule, or a policy, has in common: made when first needed, so that
    /// loading many rules costs the event loop nothing.
    func template(policy: CompiledPolicy?, rule: CompiledRule?) -> RefusalTemplate {
        if let rule, byRule.indices.contains(rule.policyIndex),
            byRule[rule.policyIndex].indices.contains(rule.index)
        {
            if let made = byRule[rule.policyIndex][rule.index] { return made }
            let made = RefusalTemplate(policy: policy, rule: rule, version: snapshot.version)
            byRule[rule.policyIndex][rule.index] = made
            return made
        }
        guard let policy,
            let index = snapshot.policies.firstIndex(where: { $0 === policy })
        else { return withoutPolicy }
        if let made = byPolicy[index] { return made }
        let made = RefusalTemplate(policy: policy, rule: nil, version: snapshot.version)
        byPolicy[index] = made
        return made
    }
}
