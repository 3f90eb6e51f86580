import Curl
import Testing

@testable import Gateway

/// A bound that is passed is a cost for every request: move what is rare into a box, or raise the
/// bound with the measurement that allows it.
///
/// What decisions and heads hand over is bound in `MethodPolicyTests` and `HTTPMessageTests`.
@Suite("Sizes of what goes along with each request")
struct TypeSizeTests {
    @Test("A request's identifier is in place, in 24 octets")
    func bindsRequestIdentifier() {
        #expect(MemoryLayout<RequestIdentifier>.size <= 24)
    }

    @Test("An answer that is made here fits in one cache line of 64 octets")
    func bindsLocalAnswer() {
        #expect(MemoryLayout<LocalAnswer>.size <= 64)
    }

    @Test("The CORS fields of an answer fit in 16 octets")
    func bindsCORSFields() {
        #expect(MemoryLayout<CORSFields>.stride <= 16)
    }

    @Test("A refusal as the gateway carries it out fits in 72 octets")
    func bindsGatewayRefusal() {
        #expect(MemoryLayout<GatewayRefusal>.stride <= 72)
    }

    @Test("A buffer of octets is one word")
    func bindsOctetBuffer() {
        #expect(MemoryLayout<OctetBuffer>.size == 8)
    }

    @Test("A moment is two words")
    func bindsLogInstant() {
        #expect(MemoryLayout<LogInstant>.size == 16)
    }

    @Test("What happened on an origin's connection is one octet")
    func bindsConnectionEvents() {
        #expect(MemoryLayout<CurlConnection.Events>.size == 1)
    }
}
