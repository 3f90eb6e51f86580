internal import HTTPMessage

/// One request that is under way, for the line that it will get at its end.
///
/// What the request said is encoded when its head is read, because the head's octets are gone by
/// the end. Records are used again, so that a line costs no allocation.
final class AccessRecord {
    /// What the request said, as its line will have it.
    var text = OctetBuffer(reservingBytes: 512)
    /// Where in `text` the response's part is put in.
    var responsePlace = 0
    /// The values that had to be cut.
    var cut: CutFields = []
    /// When its head was read.
    private(set) var began = LogInstant(unixMilliseconds: 0, monotonicMilliseconds: 0)
    private(set) var identifier = RequestIdentifier()
    /// The trace that it belongs to.
    var trace: TraceParent?

    /// What became of it; nil while nothing is decided.
    private(set) var decision: AccessDecision?
    /// Why, as in the refusal log; literals.
    private(set) var reason = ""
    private(set) var detail = ""
    /// The status code of the answer; 0 for none.
    var status = 0
    /// Octets of content that went to the client, without their framing.
    var responseBytes: UInt64 = 0
    /// Octets of content that went to the origin server.
    var requestBytes: UInt64 = 0
    /// The upstream that it was forwarded to.
    var upstream = ""
    /// The URL of the target that served it, or failed last.
    var target = ""
    var end = AccessEnd.whole

    init() {}

    /// Becomes the record of a request, and forgets the one before it.
    func begin(at began: LogInstant, identifier: RequestIdentifier, trace: TraceParent?) {
        text.removeAll()
        responsePlace = 0
        cut = []
        self.began = began
        self.identifier = identifier
        self.trace = trace
        decision = nil
        reason = ""
        detail = ""
        status = 0
        responseBytes = 0
        requestBytes = 0
        upstream = ""
        target = ""
        end = .whole
    }

    /// Takes what the refusal log says of it.
    func note(_ decision: LoggedDecision, reason: String, detail: String) {
        self.decision = AccessDecision(decision)
        self.reason = reason
        self.detail = detail
    }

    /// It goes to an origin server.
    func forwards(trace: TraceParent?) {
        decision = decision ?? .forwarded
        self.trace = trace
    }

    /// The gateway answered it itself.
    func answers(_ status: Int, contentBytes: Int = 0) {
        decision = decision ?? .answered
        self.status = status
        responseBytes = UInt64(clamping: contentBytes)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension AccessRecord: Sendable {}
