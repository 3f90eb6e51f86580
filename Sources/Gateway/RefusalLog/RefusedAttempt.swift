internal import HTTPMessage

/// Whether an attempt was refused, or only would have been.
enum LoggedDecision: Sendable {
    /// The client got the refusal.
    case refused
    /// The policy only reports: the request was forwarded.
    case wouldRefuse
    /// The policy permitted it, and the origin server failed.
    case failed

    /// The value of `methodwall.decision`.
    var text: StaticString {
        switch self {
        case .refused: "refused"
        case .wouldRefuse: "would_refuse"
        case .failed: "failed"
        }
    }
}

/// What failed a permitted request; empty values mean that there is none.
///
/// An object, so that attempts without one carry no more than a reference that is nil.
final class FailedOrigin: Sendable {
    /// The name or URL of the upstream.
    let upstream: String
    /// The URL of the target.
    let target: String
    /// What libcurl says of it.
    let words: String

    init(upstream: String, target: String, words: String) {
        self.upstream = upstream
        self.target = target
        self.words = words
    }
}

extension FailedOrigin: Equatable {
    static func == (one: FailedOrigin, other: FailedOrigin) -> Bool {
        one.upstream == other.upstream && one.target == other.target && one.words == other.words
    }
}

/// One refused attempt as the gateway saw it: views of the request's octets, nothing copied.
///
/// An empty value means that there is none, and its key is left out.
struct RefusedAttempt: ~Escapable {
    /// What the request said.
    let request: LoggedRequest
    /// The identifier of the request.
    let requestID: Span<UInt8>
    /// The trace that the request belongs to.
    var trace: TraceParent?
    /// The status code of the answer.
    var status = 0
    /// Whether the refusal was carried out.
    var decision = LoggedDecision.refused
    /// The reason's code; a literal, never made from what a client sent.
    var reason = ""
    /// The exact fault's code; a literal, as `reason`.
    var detail = ""
    /// The method that the request claimed beside the one of its request line.
    var effectiveMethod: [UInt8] = []
    /// What carried that claim: `field x-http-method-override`, `query _method`, `content _method`.
    ///
    /// Made of the policy's own names, never of what a client sent.
    var overrideCarrier = ""
    /// The origin server that failed, if one did.
    var origin: FailedOrigin?
    /// What the rule, the policy and their place are.
    var context: RefusalContext

    /// Takes what was sent and who asked; the other values are set after.
    @_lifetime(copy request, copy requestID)
    init(_ request: LoggedRequest, requestID: Span<UInt8>, context: RefusalContext) {
        self.request = request
        self.requestID = requestID
        self.context = context
    }
}
