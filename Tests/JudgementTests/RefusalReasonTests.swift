import HTTPMessage
import Judgement
import MethodPolicy
import Testing

@Suite("Reasons of faults")
struct RefusalReasonTests {
    @Test(
        "a fault and the reason that it is refused for have one status",
        arguments: MessageFault.Code.allCases
    )
    func statusesAgree(_ code: MessageFault.Code) {
        let fault = MessageFault(code)
        #expect(fault.refusalReason.status == fault.status)
    }

    @Test(
        "what the log calls a fault is what it is about",
        arguments: [
            (MessageFault.Code.dotSegment, RefusalReason.malformedRequest),
            (.methodTooLong, .unknownMethod), (.foreignDestination, .destinationNotAllowed),
            (.tooManyFields, .fieldsTooLarge), (.contentCoding, .unscannableContent),
            (.ambiguousForm, .ambiguousContent),
        ]
    )
    func reasons(_ code: MessageFault.Code, _ reason: RefusalReason) {
        #expect(MessageFault(code).refusalReason == reason)
    }
}
