/// A request that the policy does not let through.
public struct Refusal: Sendable {
    /// Why.
    public let reason: RefusalReason
    /// The policy that decided, if one serves the host.
    public let policy: CompiledPolicy?
    /// The rule that decided, if one matches the path.
    public let rule: CompiledRule?
    /// What the client may do by the rule.
    public let view: RuleView?
    /// The value of `Allow`: what the client may do instead, at the path or, where no rule
    /// decides, somewhere.
    ///
    /// A 405 always has it (RFC 9110 section 15.5.6), and so has the 403 of a method that is for
    /// other clients; nil for the others.
    public let allow: [UInt8]?
    /// In a box, because few refusals have any of it.
    private let details: Details?

    private final class Details: Sendable {
        let claim: MethodClaim?
        let destinationRule: CompiledRule?

        init(claim: MethodClaim?, destinationRule: CompiledRule?) {
            self.claim = claim
            self.destinationRule = destinationRule
        }
    }

    /// Refuses by a policy as a whole, or where there is none.
    ///
    /// - Parameter allow: What the client may do somewhere.
    init(_ reason: RefusalReason, policy: CompiledPolicy?, allow: [UInt8] = []) {
        self.init(reason, policy: policy, rule: nil, view: nil, allow: allow)
    }

    /// Refuses by a rule.
    init(
        _ reason: RefusalReason,
        policy: CompiledPolicy,
        rule: CompiledRule,
        view: RuleView
    ) {
        self.init(reason, policy: policy, rule: rule, view: view, allow: view.allow)
    }

    /// Refuses with what only some refusals have.
    init(
        _ reason: RefusalReason,
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?,
        allow: [UInt8],
        claim: MethodClaim? = nil,
        destinationRule: CompiledRule? = nil
    ) {
        self.reason = reason
        self.policy = policy
        self.rule = rule
        self.view = view
        self.allow = reason.hasAllow ? allow : nil
        self.details =
            claim == nil && destinationRule == nil
            ? nil : Details(claim: claim, destinationRule: destinationRule)
    }

    /// The status code of the answer.
    public var status: Int { reason.status }

    /// The claimed method that is refused, with ``RefusalReason/overrideNotAllowed``.
    public var claim: MethodClaim? { details?.claim }

    /// The rule of the path that would be written to, with
    /// ``RefusalReason/destinationNotAllowed``; nil if no rule matches it.
    public var destinationRule: CompiledRule? { details?.destinationRule }
}

extension RefusalReason {
    /// Whether its refusals tell what is allowed.
    fileprivate var hasAllow: Bool { status == 405 || self == .clientNotAllowed }
}
