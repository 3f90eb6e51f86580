/// What became of a request, as the access log says it.
enum AccessDecision: Sendable {
    /// It went to an origin server, or would have if one had been free.
    case forwarded
    /// OPTIONS, preflights and redirects: the gateway answered.
    case answered
    case refused
    /// It was forwarded because the policy only reports.
    case wouldRefuse
    /// It was permitted, and the origin server failed.
    case failed

    /// What the refusal log says of the same request.
    init(_ decision: LoggedDecision) {
        self =
            switch decision {
            case .refused: .refused
            case .wouldRefuse: .wouldRefuse
            case .failed: .failed
            }
    }

    /// The value of `methodwall.decision`.
    var text: StaticString {
        switch self {
        case .forwarded: "forwarded"
        case .answered: "answered"
        case .refused: LoggedDecision.refused.text
        case .wouldRefuse: LoggedDecision.wouldRefuse.text
        case .failed: LoggedDecision.failed.text
        }
    }
}

/// How a request ended, as far as its client knows.
enum AccessEnd: Sendable {
    /// The answer was written whole.
    case whole
    /// The gateway cut the answer, or gave none.
    case cut
    /// The client left before it had the answer.
    case clientGone

    /// The value of `methodwall.detail`; empty where there is nothing to say.
    var detail: StaticString {
        switch self {
        case .whole: ""
        case .cut: "response_cut"
        case .clientGone: "client_gone"
        }
    }
}
