/// The right to forward one request.
///
/// Only this module can make one, and only by deciding, so code that forwards without a decision
/// does not compile. It cannot be copied: one decision forwards one request.
public struct Permit: ~Copyable, Sendable {
    /// The policy that decided.
    public let policy: CompiledPolicy
    /// The rule that decided; nil if the path is not listed and the policy forwards such paths.
    public let rule: CompiledRule?
    /// The client's view, where clients differ.
    private let narrowed: RuleView?
    /// In a box, because it is rare.
    private let report: Report?

    private final class Report: Sendable {
        let refusal: Refusal

        init(_ refusal: Refusal) {
            self.refusal = refusal
        }
    }

    init(policy: CompiledPolicy, rule: CompiledRule?, narrowed: RuleView?) {
        self.policy = policy
        self.rule = rule
        self.narrowed = narrowed
        self.report = nil
    }

    /// In report mode: forwards what would be refused.
    init(reporting refusal: Refusal, policy: CompiledPolicy) {
        self.policy = policy
        self.rule = refusal.rule
        self.narrowed = refusal.narrowed
        self.report = Report(refusal)
    }

    /// Where to forward to: an index into ``PolicySnapshot/upstreams``.
    public var upstream: Int { rule?.upstream ?? policy.upstream }

    /// What the client may do by the rule; nil if there is no rule.
    public var view: RuleView? { narrowed ?? rule?.fullView }

    /// The CORS block of the rule for this client, or the policy's if there is no rule.
    public var cors: CompiledCORS? { rule == nil ? policy.cors : view?.cors }

    /// What becomes of what is not let through: the rule's word, else the policy's.
    public var mode: PolicyMode { rule?.mode ?? policy.mode }

    /// What becomes of method override: the rule's word, else the policy's.
    public var overrides: OverrideMode { rule?.overrides ?? policy.overrides }

    /// What would have become of the request if it were not for report mode; nil if it is allowed.
    public var wouldRefuse: Refusal? { report?.refusal }

    /// Judges a claim that the content makes, once it has been read that far.
    ///
    /// - Parameter claim: The claim.
    /// - Returns: The refusal, or nil if the claim is allowed or was reported with the request.
    ///   With ``mode`` `.report` it is to be recorded and the request goes on.
    public func refusal(of claim: MethodClaim) -> Refusal? {
        guard report == nil || mode == .enforce else { return nil }
        return policy.refusal(of: claim, rule: rule, narrowed: narrowed)
    }
}
