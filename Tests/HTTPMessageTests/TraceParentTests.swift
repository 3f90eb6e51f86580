import HTTPMessage
import TestKit
import Testing

private let trace = "0af7651916cd43dd8448eb211c80319c"
private let span = "b7ad6b7169203331"
private let value = "00-\(trace)-\(span)-01"

@Suite("Trace context")
struct TraceParentTests {
    private func parent(_ text: String) -> TraceParent? {
        TraceParent(Array(text.utf8).span)
    }

    private func written(_ parent: TraceParent?) -> String? {
        guard let octets = parent?.octets else { return nil }
        return String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self)
    }

    @Test("The examples of the specification are read and written")
    func readsExamples() {
        let sampled = parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(sampled?.version == 0)
        #expect(sampled?.traceID == 0x4BF9_2F35_77B3_4DA6_A3CE_929D_0E0E_4736)
        #expect(sampled?.parentID == 0x00F0_67AA_0BA9_02B7)
        #expect(sampled?.flags == 1)
        #expect(sampled?.isSampled == true)
        let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        #expect(parent(other)?.isSampled == false)
        #expect(written(parent(other)) == other)
        #expect(written(parent(value)) == value)
        #expect(parent("00-\(trace)-\(span)-ff")?.flags == 0xFF)
    }

    @Test(
        "What is not exactly a value is none",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-what", "\(value) ", " \(value)",
            "\(value),\(value)", "ff-\(trace)-\(span)-01", "ff-\(trace)-\(span)-01-x",
            "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01",
            "0A-\(trace)-\(span)-01", "00-\(trace)-\(span)-0A", "0-\(trace)-\(span)-001",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "cc-00000000000000000000000000000000-\(span)-01", "cc-\(trace)-0000000000000000-01",
            "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01",
            "00-.\(trace.dropFirst())-\(span)-01", "00-\(trace)-\(span.dropLast())g-01",
            ".0-\(trace)-\(span)-01", "0.-\(trace)-\(span)-01", "00-\(trace)-\(span)-.0",
            "cc-\(trace)-\(span)-0x-what",
            "00-\(trace)a-\(span)-01", "00-\(trace)-\(span)b-01",
            "00-\(trace.dropLast())-\(span)-01",
            "cc-\(trace)-\(span)-01.what", "cc-\(trace)-\(span)-01x", "cc-\(trace)-\(span)-0",
            "cc-\(trace)-\(span)-01-a,b", "cc-\(trace)-\(span)-01-a b",
            "cc-\(trace)-\(span)-01-é",
            "cc-\(trace)-\(span)-01-\(String(repeating: "x", count: 201))",
        ]
    )
    func refuses(text: String) {
        #expect(parent(text) == nil)
    }

    @Test("A later version may have more behind what every version has")
    func readsLaterVersions() {
        for version in ["01", "cc", "fe"] {
            for rest in [
                "", "-", "-what-the-future-will-be-like", "-" + String(repeating: "~", count: 200),
            ] {
                let read = parent("\(version)-\(trace)-\(span)-01\(rest)")
                #expect(read?.version == UInt8(version, radix: 16))
                // It is answered in the version that is known here.
                #expect(written(read) == value)
            }
        }
    }

    @Test("A new trace is a valid one, whatever the random octets")
    func makesNew() {
        var random = SeededGenerator(seed: 73)
        for round in 0..<500 {
            let trace = UInt128.random(in: 0...(.max), using: &random) >> UInt128(random.below(128))
            let parent = random.next() >> UInt64(random.below(64))
            let made = TraceParent(traceID: trace, parentID: parent, isSampled: round % 2 == 0)
            #expect(made.isSampled == (round % 2 == 0))
            #expect(made.traceID == max(trace, 1))
            #expect(self.parent(written(made) ?? "") == made)
        }
        let zero = TraceParent(traceID: 0, parentID: 0, isSampled: false)
        #expect(written(zero) == "00-00000000000000000000000000000001-0000000000000001-02")
        let full = TraceParent(traceID: .max, parentID: .max, isSampled: true)
        let digits = String(repeating: "f", count: 32)
        #expect(written(full) == "00-\(digits)-\(digits.prefix(16))-03")
    }

    @Test("No change of one octet but to another digit is accepted, and none traps")
    func checksEveryOctet() {
        let bytes = Array(value.utf8)
        let digits = Set("0123456789abcdef".utf8)
        for index in bytes.indices {
            for octet in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = octet
                let isAccepted = TraceParent(changed.span) != nil
                let isDash = bytes[index] == 0x2D
                #expect(
                    isAccepted == (isDash ? octet == 0x2D : digits.contains(octet)),
                    "\(index) \(octet)"
                )
            }
        }
        for count in 0..<bytes.count {
            #expect(TraceParent(Array(bytes.prefix(count)).span) == nil)
        }
    }

    /// What a request with these lines has, and which of the two fields are passed on.
    private func context(_ lines: String) -> (context: TraceContext, passes: [Bool])? {
        let octets = Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8)
        var head = RequestHead()
        guard head.parse(octets.span, limits: MessageLimits()) == .complete else { return nil }
        let context = TraceContext(of: head, octets.span)
        return (context, [FieldName.traceparent, .tracestate, .other, .host].map(context.passes))
    }

    @Test("tracestate is passed on with a valid traceparent and not without one")
    func judgesRequests() {
        let line = "traceparent: \(value)\r\n"
        let state = "tracestate: congo=t61rcWkgMzE\r\n"
        let all = [true, true, true, true]
        let neither = [false, false, true, true]
        for lines in [line, line + state, state + line + state, line.uppercasedName + state] {
            let found = context(lines)
            #expect(found?.context == parent(value).map { TraceContext.parent($0) })
            #expect(found?.passes == all)
        }
        for lines in ["", state, "trace-parent: \(value)\r\n"] {
            #expect(context(lines)?.context == TraceContext.none)
            #expect(context(lines)?.passes == neither)
        }
        let other = "Traceparent: 00-\(trace)-\(span)-00\r\n"
        for lines in [
            line + line, line + state + other, "traceparent: \r\n" + state,
            "traceparent:\r\n" + line,
            "traceparent: \(value),\(value)\r\n", "traceparent: x\r\n",
        ] {
            #expect(context(lines)?.context == .invalid)
            #expect(context(lines)?.passes == neither)
        }
    }
}

extension String {
    /// A field line with its name in upper case.
    fileprivate var uppercasedName: String {
        guard let colon = firstIndex(of: ":") else { return self }
        return self[..<colon].uppercased() + self[colon...]
    }
}
