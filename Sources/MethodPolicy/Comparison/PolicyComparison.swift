/// Which requests two loads of policies treat in different ways, found on the patterns.
///
/// Every region of paths that the rules of both sides tell apart is visited, for every class of
/// hosts, so that nothing is missed; each difference has a path that both sides have decided, so
/// that nothing is invented. Methods whose refusal changes its status alone make no difference.
public struct PolicyComparison: Sendable {
    /// The differences, widenings first, then by place.
    public let differences: [PolicyDifference]
    /// Whether everything was compared: false if the policies tell too many regions apart.
    public let isComplete: Bool

    /// Whether something passes that did not.
    public var isWidening: Bool { differences.contains { $0.kind == .widening } }

    /// Compares two loads.
    public init(old: PolicySnapshot, new: PolicySnapshot) {
        self.init(old: old, new: new, stepsMax: RegionSearch.stepsMax)
    }

    init(old: PolicySnapshot, new: PolicySnapshot, stepsMax: Int) {
        let classes = HostClasses([old, new]).classes
        var pairs: [HostPair: [String]] = [:]
        var order: [HostPair] = []
        for (name, witness) in classes {
            let pair = HostPair(
                old: old.policy(forHost: witness.span).map { ObjectIdentifier($0) },
                new: new.policy(forHost: witness.span).map { ObjectIdentifier($0) }
            )
            if pairs[pair] == nil { order.append(pair) }
            pairs[pair, default: []].append(name)
        }
        var differences: [PolicyDifference] = []
        var isComplete = true
        for pair in order {
            let before = old.policies.first { ObjectIdentifier($0) == pair.old }
            let after = new.policies.first { ObjectIdentifier($0) == pair.new }
            let hosts = classes.count == 1 ? [] : pairs[pair] ?? []
            var comparison = PairComparison(
                old: before.map { RuleBehaviour.Context($0, upstreams: old.upstreams) },
                new: after.map { RuleBehaviour.Context($0, upstreams: new.upstreams) },
                hosts: hosts
            )
            isComplete = comparison.compare(stepsMax: stepsMax) && isComplete
            differences += comparison.differences
        }
        self.differences = differences.enumerated().sorted { one, other in
            (Self.rank(one.element.kind), one.offset) < (
                Self.rank(other.element.kind), other.offset
            )
        }.map(\.element)
        self.isComplete = isComplete
    }

    private struct HostPair: Hashable {
        let old: ObjectIdentifier?
        let new: ObjectIdentifier?
    }

    private static func rank(_ kind: PolicyDifference.Kind) -> Int {
        switch kind {
        case .widening: 0
        case .narrowing: 1
        case .change: 2
        }
    }
}
