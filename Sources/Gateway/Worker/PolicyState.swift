internal import Judgement
internal import MethodPolicy

/// A worker's view of the policies in force: the shared snapshot, and what is kept beside it.
final class PolicyState {
    let judged: JudgedPolicies
    /// One for each of the snapshot's upstreams; nil where an upstream cannot be used.
    let upstreams: [Upstream?]
    /// How the gateway names itself in `Proxy-Status`.
    private let pseudonym: String
    private var byRule: [[RefusalTemplate?]]
    private var byPolicy: [RefusalTemplate?]
    /// What became of the requests of each policy's rules.
    private(set) var ruleCounts: [[RuleCounts]]
    /// The templates of rules that are not the same for every client.
    private var byView: [ViewKey: RefusalTemplate] = [:]
    /// The texts of the sets of methods that templates were made for.
    private var textsByAllow: [[UInt8]: AllowTexts] = [:]
    private lazy var withoutPolicy = make(nil, nil, nil)

    private struct ViewKey: Hashable {
        var policy: Int
        var rule: Int
        var view: Int
    }

    init(_ judged: JudgedPolicies, upstreams: [Upstream?], pseudonym: String) {
        let snapshot = judged.snapshot
        self.judged = judged
        self.upstreams = upstreams
        self.pseudonym = pseudonym
        byRule = snapshot.policies.map { Array(repeating: nil, count: $0.rules.count) }
        byPolicy = Array(repeating: nil, count: snapshot.policies.count)
        ruleCounts = snapshot.policies.map {
            Array(repeating: RuleCounts(), count: $0.rules.count)
        }
    }

    var snapshot: PolicySnapshot { judged.snapshot }

    /// Counts a request that a rule decided.
    func count(_ rule: CompiledRule?, _ kind: RuleCounts.Kind) {
        guard let rule, ruleCounts.indices.contains(rule.policyIndex),
            ruleCounts[rule.policyIndex].indices.contains(rule.index)
        else { return }
        ruleCounts[rule.policyIndex][rule.index].count(kind)
    }

    /// What every answer about a rule, or a policy, has in common: made when first needed, so that
    /// loading many rules costs the event loop nothing.
    func template(
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?
    ) -> RefusalTemplate {
        if let rule, let view, rule.views.count > 1 {
            return template(policy: policy, rule: rule, restrictedTo: view)
        }
        if let rule, byRule.indices.contains(rule.policyIndex),
            byRule[rule.policyIndex].indices.contains(rule.index)
        {
            if let made = byRule[rule.policyIndex][rule.index] { return made }
            let made = make(policy, rule, view)
            byRule[rule.policyIndex][rule.index] = made
            return made
        }
        guard let policy,
            let index = snapshot.policies.firstIndex(where: { $0 === policy })
        else { return withoutPolicy }
        if let made = byPolicy[index] { return made }
        let made = make(policy, nil, nil)
        byPolicy[index] = made
        return made
    }

    private func template(
        policy: CompiledPolicy?,
        rule: CompiledRule,
        restrictedTo view: RuleView
    ) -> RefusalTemplate {
        let key = ViewKey(policy: rule.policyIndex, rule: rule.index, view: view.index)
        if let made = byView[key] { return made }
        let made = make(policy, rule, view)
        byView[key] = made
        return made
    }

    private func make(
        _ policy: CompiledPolicy?,
        _ rule: CompiledRule?,
        _ view: RuleView?
    ) -> RefusalTemplate {
        RefusalTemplate(
            policy: policy,
            rule: rule,
            view: view,
            version: snapshot.version,
            texts: texts(RefusalTemplate.allow(policy, rule, view))
        )
    }

    private func texts(_ allow: [UInt8]) -> AllowTexts {
        if let made = textsByAllow[allow] { return made }
        let made = AllowTexts(allow, pseudonym: pseudonym)
        textsByAllow[allow] = made
        return made
    }
}
