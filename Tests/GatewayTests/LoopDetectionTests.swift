import HTTPMessage
import Testing

@testable import Gateway

@Suite("Forwarding loops (R-16, RFC 9110 section 7.6.3)")
struct LoopDetectionTests {
    private struct Unread: Error {}

    /// Asks a gateway called `methodwall` about each request's Via lines.
    private func countsLoop(_ requests: [[String]]) throws -> [Bool] {
        try requests.map { lines in
            let fields = lines.map { "Via: \($0)\r\n" }.joined()
            let octets = Array("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
            var head = RequestHead()
            let outcome = head.parse(octets.span, limits: MessageLimits())
            guard outcome == .complete else { throw Unread() }
            return RequestHeadWriter.countsLoop(head, octets.span, pseudonym: "methodwall")
        }
    }

    private func times(_ count: Int, _ member: String) -> String {
        Array(repeating: member, count: count).joined(separator: ", ")
    }

    @Test("Eight passes through here are a loop, in one line or in many")
    func countsPasses() throws {
        let found = try countsLoop([
            [times(8, "1.1 methodwall")],
            Array(repeating: "1.1 methodwall", count: 8),
            [times(4, "1.0 methodwall"), times(4, "HTTP/1.1 methodwall (a comment)")],
            [times(8, "1.1 other, 1.1 methodwall")],
        ])
        #expect(found == [true, true, true, true])
    }

    @Test("Fewer passes are none, and other names do not count")
    func passesOthers() throws {
        let found = try countsLoop([
            [], [""], [times(7, "1.1 methodwall")], [times(20, "1.1 other")],
            [times(20, "1.1 methodwall2")], [times(20, "1.1 my-methodwall")],
            [times(20, "1.1 methodwal")], [times(20, "1.1 Methodwall")],
            [String(repeating: "methodwall", count: 20)],
        ])
        #expect(!found.contains(true), "\(found)")
    }
}
