/// A request that the policy does not let through.
public struct Refusal: Sendable {
    /// Why.
    public let reason: RefusalReason
    /// The policy that decided, if one serves the host.
    public let policy: CompiledPolicy?
    /// The rule that decided, if one matches the path.
    public let rule: CompiledRule?

    init(_ reason: RefusalReason, policy: CompiledPolicy?, rule: CompiledRule? = nil) {
        self.reason = reason
        self.policy = policy
        self.rule = rule
    }

    /// The status code of the answer.
    public var status: Int { reason.status }

    /// The value of `Allow`, which a 405 always has (RFC 9110 section 15.5.6); nil for the others.
    public var allow: [UInt8]? {
        guard status == 405 else { return nil }
        return rule?.allow ?? policy?.allow ?? []
    }
}
