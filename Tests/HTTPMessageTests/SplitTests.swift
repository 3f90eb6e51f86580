import HTTPMessage
import Testing

@Suite("Every split of the octets across reads")
struct SplitTests {
    /// Heads that are fine, that are not, and that a small limit cuts off.
    static let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nPOST /a/b?c=?d HTTP/1.1\r\nHost: a.test:80\r\nContent-Length: 3\r\n\r\nabc",
        "PUT http://a/? HTTP/1.1\r\nHost: A\r\nTransfer-Encoding: chunked\r\nA:\tb \t\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive, x\r\nX: y\r\nExpect: 100-continue\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nLong-Name-Of-Field: long value\r\n\r\n",
        "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rB: c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET /#a HTTP/1.1\r\n\r\n", "GET\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: \u{1}\r\n\r\n", "\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\(String(repeating: "x", count: 40)) HTTP/1.1\r\n\r\n",
        "\(String(repeating: "M", count: 20)) / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA:\(String(repeating: "x", count: 40))\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "n", count: 60)): x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n",
    ]

    static let limits = [
        MessageLimits(),
        MessageLimits(
            headBytesMax: 90,
            targetBytesMax: 32,
            fieldCountMax: 5,
            fieldLineBytesMax: 40,
            methodBytesMax: 16
        ),
    ]

    @Test(
        "R-30: a request head in two reads, and octet by octet, is what it is in one",
        arguments: requests
    )
    func readsSplitRequestHead(example: String) {
        let bytes = Array(example.utf8)
        for limits in Self.limits {
            let whole = parseRequest(bytes, limits: limits)
            #expect(whole.outcome != .incomplete)
            for split in 0...bytes.count {
                #expect(readRequest(bytes, ends: [split, bytes.count], limits: limits) == whole)
            }
            #expect(readRequest(bytes, ends: Array(0...bytes.count), limits: limits) == whole)
        }
    }

    @Test("R-30: no part of a head that is fine is anything but incomplete")
    func waitsForTheRest() {
        for example in Self.requests {
            let whole = parseRequest(example)
            guard whole.outcome == .complete else { continue }
            for count in 0..<whole.length {
                let part = parseRequest(Array(example.utf8.prefix(count)))
                #expect(part.outcome == .incomplete)
            }
        }
    }

    /// Reads a head whose octets arrive up to each of these ends, as a connection does.
    private func readRequest(_ bytes: [UInt8], ends: [Int], limits: MessageLimits) -> ParsedRequest
    {
        var head = RequestHead()
        var outcome = HeadOutcome.incomplete
        for end in ends where outcome == .incomplete {
            outcome = head.parse(bytes.span.extracting(0..<end), limits: limits)
        }
        return ParsedRequest(head, outcome: outcome, bytes: bytes)
    }

    @Test("A head that is reset reads like a new one, whatever it read before")
    func readsAfterReset() {
        var head = RequestHead()
        for first in Self.requests {
            for second in Self.requests {
                let firstBytes = Array(first.utf8)
                let secondBytes = Array(second.utf8)
                head.reset()
                _ = head.parse(
                    firstBytes.span.extracting(0..<(firstBytes.count / 2)),
                    limits: MessageLimits()
                )
                _ = head.parse(firstBytes.span, limits: MessageLimits())
                head.reset()
                let outcome = head.parse(secondBytes.span, limits: MessageLimits())
                let again = ParsedRequest(head, outcome: outcome, bytes: secondBytes)
                #expect(again == parseRequest(secondBytes))
            }
        }
    }

    @Test("The outcome stays until reset")
    func keepsOutcome() {
        for example in Self.requests {
            let bytes = Array(example.utf8)
            var head = RequestHead()
            let outcome = head.parse(bytes.span, limits: MessageLimits())
            let first = ParsedRequest(head, outcome: outcome, bytes: bytes)
            let repeated = head.parse(bytes.span, limits: MessageLimits())
            #expect(ParsedRequest(head, outcome: repeated, bytes: bytes) == first)
        }
    }

    @Test("Fewer octets than before are no reason to trap")
    func survivesFewerOctets() {
        let bytes = Array("GET /abc HTTP/1.1\r\nHost: a\r\nAbc: def\r\n\r\n".utf8)
        for first in 0..<bytes.count {
            for second in 0..<first {
                var head = RequestHead()
                _ = head.parse(bytes.span.extracting(0..<first), limits: MessageLimits())
                let fewer = head.parse(bytes.span.extracting(0..<second), limits: MessageLimits())
                #expect(fewer == .incomplete)
                let all = head.parse(bytes.span, limits: MessageLimits())
                #expect(all == .complete)
            }
        }
    }

    static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.0 404\r\nA: b\r\n\r\n", "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\nA: b\r\n\r\n", "HTTP/1.1 99 X\r\n\r\n", "HTTP/1.1 2000 X\r\n\r\n",
        "HTTP/1.1 600 X\r\n\r\n", "HTTP/2 200\r\n\r\n", "ICY 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", "HTTP/1.1 200 O\u{1}K\r\n\r\n",
        "HTTP/1.1 200 OK\rX\r\n\r\n",
        "HTTP/1.1 200 A reason that is long enough\r\nLong-Name: with a long value\r\n\r\n",
    ]

    @Test(
        "R-30: a response head in two reads, and octet by octet, is what it is in one",
        arguments: responses
    )
    func readsSplitResponseHead(example: String) {
        let bytes = Array(example.utf8)
        let whole = parseResponse(example)
        #expect(whole.outcome != .incomplete)
        for split in 0...bytes.count {
            #expect(readResponse(bytes, ends: [split, bytes.count]) == whole)
        }
        #expect(readResponse(bytes, ends: Array(0...bytes.count)) == whole)
    }

    private func readResponse(_ bytes: [UInt8], ends: [Int]) -> ParsedResponse {
        var head = ResponseHead()
        var outcome = HeadOutcome.incomplete
        for end in ends where outcome == .incomplete {
            outcome = head.parse(
                bytes.span.extracting(0..<end),
                answeringHead: false,
                limits: MessageLimits()
            )
        }
        return ParsedResponse(head, outcome: outcome, bytes: bytes)
    }
}
