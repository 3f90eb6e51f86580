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
    /// What the client may do by the rule; nil for `OPTIONS *`.
    public let view: RuleView?
    /// The value of `Allow`: what works for the client, for `*` anywhere.
    public let allow: [UInt8]

    init(policy: CompiledPolicy, rule: CompiledRule, view: RuleView) {
        self.policy = policy
        self.rule = rule
        self.view = view
        self.allow = view.allow
    }

    /// Answers `OPTIONS *`.
    init(policy: CompiledPolicy, allow: [UInt8]) {
        self.policy = policy
        self.rule = nil
        self.view = nil
        self.allow = allow
    }
}

/// A CORS preflight where a CORS block says what is allowed.
///
/// It cannot be copied, because in report mode it is the right to forward the request.
public struct PreflightAnswer: ~Copyable, Sendable {
    /// The policy that decided.
    public let policy: CompiledPolicy
    /// The rule that decided; nil if the path is not listed and the policy forwards such paths.
    public let rule: CompiledRule?
    private let narrowed: RuleView?
    /// The CORS block of the rule for this client, or the policy's if there is no rule.
    public let cors: CompiledCORS

    init(policy: CompiledPolicy, rule: CompiledRule?, narrowed: RuleView?, cors: CompiledCORS) {
        self.policy = policy
        self.rule = rule
        self.narrowed = narrowed
        self.cors = cors
    }

    /// What the client may do by the rule; nil if there is no rule.
    public var view: RuleView? { narrowed ?? rule?.fullView }

    /// The right to forward a preflight that the browser would take for a refusal.
    ///
    /// - Parameter reason: Why it would.
    /// - Returns: The permit, or nil unless the rule, else the policy, is in report mode.
    public consuming func permit(reporting reason: RefusalReason) -> Permit? {
        guard rule?.mode ?? policy.mode == .report else { return nil }
        let refusal = Refusal(reason, policy: policy, rule: rule, narrowed: narrowed)
        return Permit(reporting: refusal, policy: policy)
    }
}
