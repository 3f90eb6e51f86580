/// What a rule, or a policy where no rule matches, makes of requests: all that can be compared.
///
/// Methods are named, because bits of extension methods differ from policy to policy.
struct RuleBehaviour: Hashable, Sendable {
    /// What all rules of a policy share.
    struct Context {
        let policy: CompiledPolicy
        let upstreams: [String]

        init(_ policy: CompiledPolicy, upstreams: [String]) {
            self.policy = policy
            self.upstreams = upstreams
        }

        func upstream(_ index: Int) -> String {
            upstreams.indices.contains(index) ? upstreams[index] : ""
        }
    }

    /// A restriction as far as it matters.
    struct Restriction: Hashable, Sendable {
        let methods: [String]
        let clients: ClientScope
    }

    enum Kind: Hashable, Sendable {
        case rule, unlistedRefused, unlistedForwarded
        /// No policy serves the host.
        case noPolicy
        /// The path is refused before any rule is asked.
        case ambiguous
    }

    var kind = Kind.rule
    /// What is allowed to some client.
    var methods: [String] = []
    var restrictions: [Restriction] = []
    var isReported = false
    var forwardsOptions = false
    var overrides = OverrideMode.judge
    var upgrades: UpgradeProtocols = []
    var upstream = ""
    var cors: [[UInt8]] = []

    /// What is refused as a whole.
    init(_ kind: Kind) { self.kind = kind }

    init(_ rule: CompiledRule?, in context: Context) {
        let policy = context.policy
        guard let rule else {
            isReported = policy.mode == .report
            kind = policy.unlisted == .forward ? .unlistedForwarded : .unlistedRefused
            guard policy.unlisted == .forward else { return }
            methods = policy.methods.members(of: policy.methods.all).map(\.name)
            forwardsOptions = true
            overrides = policy.overrides
            upstream = context.upstream(policy.upstream)
            cors = Self.lines(of: policy.cors)
            return
        }
        methods = rule.methodNames
        restrictions = rule.only.map {
            Restriction(methods: $0.methodNames, clients: ClientScope($0))
        }
        restrictions.sort { $0.methods.lexicographicallyPrecedes($1.methods) }
        isReported = rule.mode == .report
        forwardsOptions = rule.options == .forward
        overrides = rule.overrides
        upgrades = rule.upgrades
        upstream = context.upstream(rule.upstream)
        cors = Self.lines(of: rule.cors)
    }

    private static func lines(of cors: CompiledCORS?) -> [[UInt8]] {
        guard let cors else { return [] }
        // The methods are compared on their own.
        let lines = cors.preflightLines.split(separator: 0x0A).dropFirst().map { Array($0) }
        return lines + [cors.refusalLines, [cors.variesByOrigin ? 1 : 0]]
    }

    /// What becomes of a method.
    ///
    /// - Parameters:
    ///   - method: The method; nil stands for all that are not known.
    ///   - isKnown: Whether the policy knows it.
    /// - Returns: The verdict for every client.
    func verdict(of method: String?, isKnown: Bool) -> MethodVerdict {
        if kind == .noPolicy { return .refused(421) }
        if kind == .ambiguous { return .refused(400) }
        guard let method, isKnown else {
            return isReported ? .reported(501) : .refused(501)
        }
        if kind == .unlistedRefused {
            return isReported ? .reported(404) : .refused(404)
        }
        guard methods.contains(method) else {
            return isReported ? .reported(405) : .refused(405)
        }
        if method == Method.options.name {
            return forwardsOptions || isReported ? .allowed : .answered
        }
        guard let restriction = restrictions.first(where: { $0.methods.contains(method) }) else {
            return .allowed
        }
        return .limited(restriction.clients, othersReported: isReported)
    }
}

/// What becomes of one method in one region of paths.
enum MethodVerdict: Hashable, Sendable {
    case refused(Int)
    case reported(Int)
    case allowed
    /// OPTIONS is answered here.
    case answered
    case limited(ClientScope, othersReported: Bool)

    /// For people.
    var description: String {
        switch self {
        case .refused(let status): "refused \(status)"
        case .reported(let status): "reported \(status)"
        case .allowed: "allowed"
        case .answered: "answered 204"
        case .limited(let clients, let othersReported):
            "allowed for \(clients), others \(othersReported ? "reported" : "refused") 403"
        }
    }

    private var isRefusal: Bool { if case .refused = self { true } else { false } }
    private var isReport: Bool { if case .reported = self { true } else { false } }

    /// The clients whose requests pass; nil means all of them.
    private var passing: ClientScope? {
        switch self {
        case .refused: ClientScope.nobody
        case .limited(let clients, othersReported: false): clients
        default: nil
        }
    }

    /// What kind of change it is to become `other`, or nil if nothing becomes allowed, refused or
    /// reported: another status of the same refusal is none.
    func change(to other: MethodVerdict) -> PolicyDifference.Kind? {
        if self == other || isRefusal && other.isRefusal || isReport && other.isReport {
            return nil
        }
        // An answer of the gateway's own lets nothing through.
        if self == .answered || other == .answered {
            if other == .allowed { return .change }
            return other.isRefusal ? .narrowing : .change
        }
        guard let before = passing else { return other.passing == nil ? .change : .narrowing }
        guard let after = other.passing else { return .widening }
        if !after.isCovered(by: before) { return .widening }
        return before.isCovered(by: after) ? nil : .narrowing
    }
}
