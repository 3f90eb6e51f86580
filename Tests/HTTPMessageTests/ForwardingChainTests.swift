import HTTPMessage
import TestKit
import Testing

@Suite("Hops that forwarding fields name")
struct ForwardingChainTests {
    /// The addresses from right to left, `-` where an element names none.
    private func hops(_ notation: ForwardingChain.Notation, _ lines: String) -> [String] {
        elements(notation, lines).map { $0.node ?? "-" }
    }

    private func elements(
        _ notation: ForwardingChain.Notation,
        _ lines: String
    ) -> [(text: String, node: String?, suffix: String)] {
        let octets = Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8)
        var head = RequestHead()
        guard head.parse(octets.span, limits: MessageLimits()) == .complete else { return [] }
        var chain = ForwardingChain(notation, of: head)
        var found: [(text: String, node: String?, suffix: String)] = []
        while let element = chain.next(of: head, octets.span) {
            let line = head.fields[element.line].value
            let suffix = ByteRange(element.range.lowerBound, line.upperBound)
            found.append(
                (
                    text(octets, element.range), element.node.map { text(octets, $0) },
                    text(octets, suffix)
                )
            )
        }
        #expect(chain.next(of: head, octets.span) == nil)
        return found
    }

    @Test(
        "B-42: X-Forwarded-For is read from the right, over all its lines",
        arguments: [
            ("1.2.3.4", ["1.2.3.4"]), ("1.2.3.4, 5.6.7.8", ["5.6.7.8", "1.2.3.4"]),
            ("1.2.3.4:80,5.6.7.8:65535", ["5.6.7.8", "1.2.3.4"]),
            ("::1, [::2], [::3]:80", ["::3", "::2", "::1"]),
            ("a, 1.1.1.1", ["1.1.1.1", "a"]), ("unknown, _x", ["-", "-"]),
            (", ,1.1.1.1,,", ["1.1.1.1"]),
            (
                "1.1.1.1\r\nA: b\r\nx-forwarded-for: 2.2.2.2,3.3.3.3",
                ["3.3.3.3", "2.2.2.2", "1.1.1.1"]
            ),
            ("", []), ("1.1.1.1:, [::1, [::1]x, 1.1.1.1:123456, :80", ["-", "-", "-", "-", "-"]),
            ("\"1.1.1.1\"", ["-"]), ("1.1.1.1 2.2.2.2", ["-"]), ("host.test", ["-"]), ("[]", ["-"]),
            ("1.1.1.1:8x", ["-"]), ("for=1.1.1.1", ["-"]), ("\", 1.1.1.1", ["1.1.1.1", "-"]),
        ]
    )
    func readsAddresses(value: String, expected: [String]) {
        #expect(hops(.addresses, "X-Forwarded-For: \(value)\r\n") == expected)
    }

    @Test(
        "R-71: Forwarded is read from the right, with its quoted strings",
        arguments: [
            ("for=1.2.3.4", ["1.2.3.4"]),
            ("For=1.2.3.4;proto=https, for=5.6.7.8", ["5.6.7.8", "1.2.3.4"]),
            ("for=\"[2001:db8::1]:4711\"", ["2001:db8::1"]),
            ("proto=http; for=\"1.1.1.1:80\" ;by=x", ["1.1.1.1"]),
            ("for=unknown, for=_hidden, for=\"_x:_y\"", ["-", "-", "-"]), ("proto=http", ["-"]),
            ("by=\"a,b\";for=1.1.1.1, for=2.2.2.2", ["2.2.2.2", "1.1.1.1"]),
            ("by=\"for=9.9.9.9;\";for=1.1.1.1", ["1.1.1.1"]), ("for=1.1.1.1;for=2.2.2.2", ["-"]),
            ("for=\"1.1.1.1", ["-"]), ("for=\"a, for=1.1.1.1", ["1.1.1.1", "-"]),
            ("for=\"1.1\\.1.1\"", ["-"]), ("for=\"x\\\", for=2.2.2.2\"", ["-"]),
            ("for=\"[::1]:_port\"", ["::1"]), ("for =1.1.1.1", ["-"]), ("for=", ["-"]),
            ("for=\"\"", ["-"]),
            ("xfor=1.1.1.1", ["-"]),
            ("for=1.1.1.1\r\nForwarded: for=2.2.2.2", ["2.2.2.2", "1.1.1.1"]),
            ("for=\"1.1.1.1\"x", ["-"]), ("\"for=1.1.1.1\"", ["-"]), ("for=[::1]", ["::1"]),
        ]
    )
    func readsForwarded(value: String, expected: [String]) {
        #expect(hops(.forwarded, "Forwarded: \(value)\r\n") == expected)
    }

    @Test("R-71: an element says where it begins, so that what is behind it can be kept")
    func locatesElements() {
        let found = elements(
            .forwarded,
            "Forwarded: for=1.1.1.1 , for=\"[::2]\";by=\"a,b\" ,for=_x\r\n"
        )
        #expect(found.map(\.text) == ["for=_x", "for=\"[::2]\";by=\"a,b\"", "for=1.1.1.1"])
        #expect(found[1].suffix == "for=\"[::2]\";by=\"a,b\" ,for=_x")
    }

    @Test("B-42: the other field and fields with underscores are not read")
    func readsOneField() {
        let lines = "Forwarded: for=1.1.1.1\r\nX_Forwarded_For: 2.2.2.2\r\n"
        #expect(hops(.addresses, lines) == [])
        #expect(hops(.forwarded, lines) == ["1.1.1.1"])
    }

    @Test("B-42: what a client wrote on the left does not change what is read on the right")
    func isIndependentOfPrefix() {
        var random = SeededGenerator(seed: 51)
        let pieces = ["\"", "\\", ",", ";", "for=", "1.1.1.1", " ", "[", "]", "=", "a", "%", "\t"]
        let suffix = ", for=\"[::5]:80\";by=\"a,b\", for=6.6.6.6"
        for _ in 0..<5000 {
            var prefix = ""
            for _ in 0..<random.below(10) { prefix += random.pick(pieces) }
            let found = hops(.forwarded, "Forwarded: \(prefix)\(suffix)\r\n")
            #expect(found.prefix(2) == ["6.6.6.6", "::5"], "\(prefix)")
        }
    }

    @Test("A line full of elements is read in one pass")
    func readsLongLines() {
        let value = Array(repeating: "1.1.1.1", count: 900).joined(separator: ",")
        #expect(hops(.addresses, "X-Forwarded-For: \(value)\r\n").count == 900)
    }
}
