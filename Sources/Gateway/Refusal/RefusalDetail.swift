internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

extension ByteBuffer {
    /// Writes the sentence that tells a person what was wrong and what to do next.
    ///
    /// `method` was read as a token; of `target` and `host` 200 octets are shown.
    mutating func writeDetail(
        _ reason: RefusalReason,
        fault: MessageFault?,
        template: RefusalTemplate,
        method: Span<UInt8>,
        target: Span<UInt8>,
        host: Span<UInt8>
    ) {
        switch reason {
        case .methodNotAllowed:
            write(method)
            writeStaticString(" is not allowed on ")
            writeShort(target)
            if template.allow.isEmpty {
                writeStaticString(". No method is.")
            } else {
                writeStaticString(". Allowed: ")
                writeBytes(template.allow)
                writeStaticString(".")
            }
            if !template.reason.isEmpty {
                writeStaticString(" (")
                writeBytes(template.reason)
                writeStaticString(")")
            }
        case .unknownMethod:
            write(method)
            writeStaticString(" is not a method that is known here. Methods are case-sensitive.")
        case .noRuleForPath:
            writeStaticString("Nothing is served at ")
            writeShort(target)
            writeStaticString(": no rule of the policy matches this path.")
        case .noPolicyForHost:
            writeStaticString("The host ")
            writeShort(host)
            writeStaticString(" is not served here.")
        default:
            writeString(fault?.explanation ?? Self.sentence(reason))
        }
    }

    private mutating func writeShort(_ text: Span<UInt8>) {
        if text.count <= 200 {
            write(text)
        } else {
            write(text.bytes(in: ByteRange(0, 200)))
            writeStaticString("...")
        }
    }

    private static func sentence(_ reason: RefusalReason) -> String {
        switch reason {
        case .ambiguousPath:
            "Servers that ignore case read this path in more than one way. Send it in plain ASCII."
        case .malformedRequest: "The request is malformed: Max-Forwards takes one number."
        case .connectRefused: "CONNECT is not allowed: this is not a tunnel."
        case .requestTimeout: "The request did not arrive in time."
        case .expectationFailed: "Expect may only be 100-continue."
        case .loopDetected: "The request has passed through here too often: a forwarding loop."
        case .noPolicyLoaded: "No valid policy is loaded, so nothing is forwarded."
        case .tooManyConnections: "Too many connections are open. Try again in a moment."
        case .contentTooLarge: "The content is larger than this gateway forwards."
        case .shuttingDown: "The gateway is shutting down. Try again in a moment."
        default: "The request is not acceptable (\(reason.rawValue))."
        }
    }
}
