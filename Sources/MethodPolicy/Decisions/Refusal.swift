/// A request that the policy does not let through.
public struct Refusal: Sendable {
    /// Why.
    public let reason: RefusalReason
    /// The policy that decided, if one serves the host.
    public let policy: CompiledPolicy?
    /// The rule that decided, if one matches the path.
    public let rule: CompiledRule?
    /// The client's view, where clients differ.
    let narrowed: RuleView?
    /// In a box, because few refusals have any of it.
    private let details: Details?

    private final class Details: Sendable {
        let allow: [UInt8]?
        let claim: MethodClaim?
        let destinationRule: CompiledRule?

        init(allow: [UInt8]?, claim: MethodClaim?, destinationRule: CompiledRule?) {
            self.allow = allow
            self.claim = claim
            self.destinationRule = destinationRule
        }
    }

    /// Refuses by a rule, or by a policy as a whole, or where there is none; `allow` is what the
    /// client may do somewhere.
    @inline(__always)
    init(
        _ reason: RefusalReason,
        policy: CompiledPolicy?,
        rule: CompiledRule? = nil,
        narrowed: RuleView? = nil,
        allow: [UInt8]? = nil,
        claim: MethodClaim? = nil,
        destinationRule: CompiledRule? = nil
    ) {
        self.reason = reason
        self.policy = policy
        self.rule = rule
        self.narrowed = narrowed
        let isPlain = allow == nil && claim == nil && destinationRule == nil
        self.details =
            isPlain ? nil : Details(allow: allow, claim: claim, destinationRule: destinationRule)
    }

    /// What the client may do by the rule; nil if there is no rule.
    public var view: RuleView? { narrowed ?? rule?.fullView }

    /// The value of `Allow`: what the client may do instead, at the path or, where no rule
    /// decides, somewhere.
    ///
    /// A 405 always has it (RFC 9110 section 15.5.6), and so has the 403 of a method that is for
    /// other clients; nil for the others.
    public var allow: [UInt8]? {
        guard status == 405 || reason == .clientNotAllowed else { return nil }
        return view?.allow ?? details?.allow ?? policy?.allow ?? []
    }

    /// The status code of the answer.
    public var status: Int { reason.status }

    /// The claimed method that is refused, with ``RefusalReason/overrideNotAllowed``.
    public var claim: MethodClaim? { details?.claim }

    /// The rule of the path that would be written to, with
    /// ``RefusalReason/destinationNotAllowed``; nil if no rule matches it.
    public var destinationRule: CompiledRule? { details?.destinationRule }
}
