internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// A refusal as the gateway carries it out or reports it: the policy's, or one of its own.
struct GatewayRefusal {
    var reason: RefusalReason
    /// What exactly is wrong with a message, where that is why.
    var fault: MessageFault?
    var policy: CompiledPolicy?
    var rule: CompiledRule?
    var view: RuleView?
    /// The method that was claimed beside the request line's, where that is why.
    var claim: MethodClaim?
    /// What exactly is wrong with a WebSocket handshake, where that is why.
    var handshakeFault: WebSocketHandshake.Fault?
    /// Whether the connection closes behind it in any case.
    var closes = false

    init(
        _ reason: RefusalReason,
        policy: CompiledPolicy? = nil,
        rule: CompiledRule? = nil,
        view: RuleView? = nil,
        closes: Bool = false
    ) {
        self.reason = reason
        self.policy = policy
        self.rule = rule
        self.view = view
        self.closes = closes
    }

    /// What the policy refuses.
    init(_ refusal: Refusal) {
        self.init(
            refusal.reason,
            policy: refusal.policy,
            rule: refusal.rule,
            view: refusal.view,
            closes: refusal.status == 400
        )
        claim = refusal.claim
    }

    /// A request that servers would read in different ways; nothing behind it is trusted.
    init(_ fault: MessageFault, policy: CompiledPolicy?) {
        self.init(fault.refusalReason, policy: policy, closes: fault.status == 400)
        self.fault = fault
    }

    /// Content that cannot be looked through for method overrides.
    init(
        unscannable fault: MessageFault,
        policy: CompiledPolicy,
        rule: CompiledRule?,
        view: RuleView?
    ) {
        self.init(fault.refusalReason, policy: policy, rule: rule, view: view, closes: true)
        self.fault = fault
    }

    /// What exactly was wrong, as the log says it.
    var detailCode: String { fault?.code.rawValue ?? handshakeFault?.rawValue ?? "" }

    var status: Int { fault?.status ?? reason.status }

    /// Whether the answer has `Allow`: a 405 must (RFC 9110 section 15.5.6), and a client that may
    /// not do what others may is told what it may.
    var carriesAllow: Bool { status == 405 || reason == .clientNotAllowed }

    /// What the claimed method came in, as the log says it.
    var carrierText: String {
        claim.map { "\($0.carrier.rawValue) \($0.name)" } ?? ""
    }
}
