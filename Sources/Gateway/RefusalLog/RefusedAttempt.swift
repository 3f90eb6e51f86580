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

/// One refused attempt as the gateway saw it: views of the request's octets, nothing copied.
///
/// An empty value means that there is none, and its key is left out. Only what a line shows is
/// here: no other field of the request can reach the log (B-65).
struct RefusedAttempt: ~Escapable {
    /// The method as sent.
    let method: Span<UInt8>
    /// The path of the request target as sent.
    let path: Span<UInt8>
    /// The query as sent, without its question mark.
    let query: Span<UInt8>
    /// The host as sent.
    let host: Span<UInt8>
    /// The value of User-Agent as sent.
    let userAgent: Span<UInt8>
    /// The client's address as text.
    let clientAddress: Span<UInt8>
    /// The identifier of the request.
    let requestID: Span<UInt8>
    /// The client's port; 0 where there is none.
    var clientPort: UInt16 = 0
    /// `1.0`, `1.1` or `2`; a literal.
    var protocolVersion = ""
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
    /// What the rule, the policy and their place are.
    var context: RefusalContext

    /// Takes the octets of an attempt; the other values are set after.
    @_lifetime(
        copy method,
        copy path,
        copy query,
        copy host,
        copy userAgent,
        copy clientAddress,
        copy requestID
    )
    init(
        method: Span<UInt8>,
        path: Span<UInt8>,
        query: Span<UInt8> = Span(),
        host: Span<UInt8>,
        userAgent: Span<UInt8>,
        clientAddress: Span<UInt8>,
        requestID: Span<UInt8>,
        context: RefusalContext
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.host = host
        self.userAgent = userAgent
        self.clientAddress = clientAddress
        self.requestID = requestID
        self.context = context
    }
}
