import HTTPMessage

/// Everything a response head says, as values that can be compared.
struct ParsedResponse: Equatable {
    let outcome: HeadOutcome
    let length: Int
    let version: HTTPVersion
    let status: Int
    let reason: String
    let fields: [Field]
    let framing: BodyFraming
    let keepsAlive: Bool
    let isInformational: Bool
    let hopByHopNames: [String]

    init(_ head: borrowing ResponseHead, outcome: HeadOutcome, bytes: [UInt8]) {
        self.outcome = outcome
        length = head.length
        version = head.version
        status = head.status
        reason = text(bytes, head.reason)
        fields = head.fields.map { Field(text(bytes, $0.name), text(bytes, $0.value)) }
        framing = head.framing
        keepsAlive = head.keepsAlive
        isInformational = head.isInformational
        var names: [String] = []
        for line in head.fields where head.isHopByHop(line, in: bytes.span) {
            names.append(text(bytes, line.name))
        }
        hopByHopNames = names
    }

    /// The fault's kind, nil for a head that is not malformed.
    var fault: MessageFault.Code? { outcome.fault?.code }
}

/// Reads a response head that arrives whole.
func parseResponse(
    _ text: String,
    answeringHead: Bool = false,
    limits: MessageLimits = MessageLimits()
) -> ParsedResponse {
    let bytes = Array(text.utf8)
    var head = ResponseHead()
    let outcome = head.parse(bytes.span, answeringHead: answeringHead, limits: limits)
    return ParsedResponse(head, outcome: outcome, bytes: bytes)
}
