import HTTPMessage
import Testing

@testable import Gateway

@Suite("The trace of a request")
struct RequestTraceTests {
    private static let valid =
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    private static let state = "tracestate: congo=t61rcWkgMzE"

    /// The trace of a request with these field lines.
    private func trace(
        _ mode: TraceMode,
        _ lines: [String],
        _ fields: IdentityFields = IdentityFields(),
        isTrusted: Bool = false
    ) -> RequestTrace {
        let text = (["GET / HTTP/1.1", "Host: a"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        let octets = Array(text.utf8)
        var head = RequestHead()
        _ = head.parse(octets.span, limits: MessageLimits())
        var trace = RequestTrace(mode, fields)
        trace.read(head, octets.span, fromTrustedProxy: isTrusted)
        trace.beginIfAbsent()
        return trace
    }

    private func passes(_ trace: RequestTrace) -> [Bool] {
        [.traceparent, .tracestate, .accept].map(trace.passes)
    }

    @Test("A valid one passes as it is, in both modes", arguments: [TraceMode.pass, .make])
    func passesValid(_ mode: TraceMode) {
        let trace = trace(mode, [Self.state, Self.valid])
        #expect(passes(trace) == [true, true, true])
        #expect(trace.made == nil)
        #expect(trace.parent?.parentID == 0xB7AD_6B71_6920_3331)
        #expect(trace.parent?.isSampled == false)
    }

    @Test(
        "One that is not valid, or not alone, counts as none",
        arguments: [
            [], [state], ["traceparent: 00-0-0-00", state], [valid, valid, state],
            [valid, "Traceparent: ff"], [valid + "-", state], ["Connection: traceparent", valid],
        ]
    )
    func refusesInvalid(_ lines: [String]) {
        let passed = trace(.pass, lines)
        #expect(passes(passed) == [false, false, true])
        #expect(passed.parent == nil && passed.made == nil)
        let made = trace(.make, lines)
        #expect(passes(made) == [false, false, true])
        #expect(made.made != nil && made.parent == made.made)
        #expect(made.parent?.isSampled == true)
    }

    @Test("Where clients may not send one, that of a trusted proxy counts")
    func believesWhomItMay() {
        let fields = IdentityFields(strip: ["Trace*"])
        let made = trace(.make, [Self.valid], fields)
        #expect(made.made != nil && passes(made) == [false, false, true])
        #expect(trace(.pass, [Self.valid], fields).parent == nil)
        let believed = trace(.make, [Self.valid], fields, isTrusted: true)
        #expect(believed.made == nil && believed.parent != nil)
    }

    @Test("The next request knows nothing of it")
    func resets() {
        for lines in [[Self.valid], []] {
            var trace = trace(.make, lines)
            trace.reset()
            #expect(trace.parent == nil && trace.made == nil)
            #expect(!trace.passes(.traceparent))
        }
    }

    @Test("Each one that is made is another, and valid")
    func makesMany() {
        var trace = RequestTrace(.make)
        var seen: Set<UInt128> = []
        var spans: Set<UInt64> = []
        for _ in 0..<10_000 {
            trace.reset()
            trace.beginIfAbsent()
            guard let made = trace.made else { return #expect(Bool(false), "none was made") }
            let octets = made.octets
            #expect(TraceParent(octets.span) == made)
            seen.insert(made.traceID)
            spans.insert(made.parentID)
        }
        #expect(seen.count == 10_000 && spans.count == 10_000)
    }

    /// Gives 1, 2, 3, 4.
    private struct Counting: RandomNumberGenerator {
        var last: UInt64 = 0
        mutating func next() -> UInt64 {
            last += 1
            return last
        }
    }

    @Test("The numbers are xoshiro256**'s, and each worker's are others")
    func drawsNumbers() {
        var counting = Counting()
        var numbers = TraceNumbers(seededBy: &counting)
        let drawn = (0..<4).map { _ in numbers.next() }
        // As the reference implementation gives them for the state 1, 2, 3, 4.
        #expect(drawn == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
        var (one, other) = (TraceNumbers(), TraceNumbers())
        #expect(one.next() != other.next())
    }
}
