internal import HTTPMessage
internal import MethodPolicy

extension OctetBuffer {
    /// Writes the sentence that tells a person what was wrong and what to do next.
    ///
    /// `method` was read as a token; of `target` and `host` 200 octets are shown.
    mutating func writeDetail(
        _ refusal: GatewayRefusal,
        template: RefusalTemplate,
        method: Span<UInt8>,
        target: Span<UInt8>,
        host: Span<UInt8>
    ) {
        switch refusal.reason {
        case .methodNotAllowed:
            append(method)
            append(" is not allowed on ")
            writeShort(target)
            writeAllowed(template)
        case .overrideNotAllowed:
            writeOverride(refusal.claim, method: method, target: target)
            writeAllowed(template)
        case .clientNotAllowed:
            append(method)
            append(" on ")
            writeShort(target)
            append(" is only for other clients")
            writeAllowed(template)
        case .unknownMethod:
            append(method)
            append(" is not a method that is known here. Methods are case-sensitive.")
        case .noRuleForPath:
            append("Nothing is served at ")
            writeShort(target)
            append(": no rule of the policy matches this path.")
        case .noPolicyForHost:
            append("The host ")
            writeShort(host)
            append(" is not served here.")
        default:
            append(
                text: refusal.fault?.explanation ?? refusal.handshakeFault?.explanation
                    ?? Self.sentence(refusal.reason)
            )
        }
    }

    /// The end of a sentence that says no: what is allowed, and the operator's reason.
    private mutating func writeAllowed(_ template: RefusalTemplate) {
        if template.allow.isEmpty {
            append(". No method is allowed.")
        } else {
            append(". Allowed: ")
            append(template.allow)
            append(".")
        }
        if !template.reason.isEmpty {
            append(" (")
            append(template.reason)
            append(")")
        }
    }

    /// Names the effective method and what carried it.
    private mutating func writeOverride(
        _ claim: MethodClaim?,
        method: Span<UInt8>,
        target: Span<UInt8>
    ) {
        guard let claim else { return }
        append(method)
        append(" claims to be ")
        writeShort(claim.method.span)
        switch claim.carrier {
        case .field: append(" in the field ")
        case .query: append(" in the query parameter ")
        case .content: append(" in the form field ")
        }
        append(text: claim.name)
        append(", which is not allowed on ")
        writeShort(target)
    }

    private mutating func writeShort(_ text: Span<UInt8>) {
        if text.count <= 200 {
            append(text)
        } else {
            append(text.bytes(in: ByteRange(0, 200)))
            append("...")
        }
    }

    private static func sentence(_ reason: RefusalReason) -> String {
        switch reason {
        case .ambiguousPath:
            "Servers that ignore case read this path in more than one way. Send it in plain ASCII."
        case .malformedRequest: "The request is malformed: Max-Forwards takes one number."
        case .invalidHandshake: "The WebSocket handshake breaks that protocol's rules."
        case .upgradeRequired: "Only version 13 of WebSocket is spoken here."
        case .connectRefused: "CONNECT is not allowed: this is not a tunnel."
        case .requestTimeout: "The request did not arrive in time."
        case .expectationFailed: "Expect may only be 100-continue."
        case .loopDetected: "The request has passed through here too often: a forwarding loop."
        case .noPolicyLoaded: "No valid policy is loaded, so nothing is forwarded."
        case .tooManyConnections: "Too many connections are open. Try again in a moment."
        case .destinationNotAllowed:
            "The Destination is a place that this client may not write to here."
        case .contentTooLarge: "The content is larger than this gateway forwards."
        case .shuttingDown: "The gateway is shutting down. Try again in a moment."
        default: "The request is not acceptable (\(reason.rawValue))."
        }
    }
}
