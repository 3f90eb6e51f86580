/// What becomes of one request.
public enum Decision: ~Copyable, Sendable {
    /// It goes to the origin server.
    case forward(Permit)
    /// OPTIONS is answered here: 204 with `Allow`.
    case options(OptionsAnswer)
    /// A CORS preflight is answered here: ask ``PreflightAnswer/cors``.
    case preflight(PreflightAnswer)
    /// It is refused.
    case refuse(Refusal)
}

/// An OPTIONS request that is answered here (RFC 9110 section 9.3.7).
public struct OptionsAnswer: Sendable {
    /// The policy that decided.
    public let policy: CompiledPolicy
    /// The rule that decided; nil for `OPTIONS *`.
    public let rule: CompiledRule?

    init(policy: CompiledPolicy, rule: CompiledRule?) {
        self.policy = policy
        self.rule = rule
    }

    /// The value of `Allow`: the rule's, or for `*` the union of the policy's rules.
    public var allow: [UInt8] { rule?.allow ?? policy.allow }
}

/// A CORS preflight where a CORS block says what is allowed.
public struct PreflightAnswer: Sendable {
    /// The policy that decided.
    public let policy: CompiledPolicy
    /// The rule that decided; nil if the path is not listed and the policy forwards such paths.
    public let rule: CompiledRule?
    /// The CORS block of the rule, or the policy's if there is no rule.
    public let cors: CompiledCORS

    init(policy: CompiledPolicy, rule: CompiledRule?, cors: CompiledCORS) {
        self.policy = policy
        self.rule = rule
        self.cors = cors
    }
}
