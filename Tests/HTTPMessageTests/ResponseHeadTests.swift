import HTTPMessage
import Testing

@Suite("Response heads")
struct ResponseHeadTests {
    private func parse(
        _ status: String,
        _ lines: String = "",
        version: String = "HTTP/1.1",
        toHead: Bool = false
    ) -> ParsedResponse {
        parseResponse("\(version) \(status)\r\n\(lines)\r\n", answeringHead: toHead)
    }

    @Test("Reads version, status, reason and fields")
    func readsResponse() {
        let response = parse("404 Not \t Found é", "A: b\r\nSet-Cookie: c\r\nset-cookie: d\r\n")
        #expect(response.outcome == .complete)
        #expect(response.status == 404)
        #expect(response.reason == "Not \t Found é")
        #expect(response.version == .http11)
        #expect(response.fields.map(\.name) == ["A", "Set-Cookie", "set-cookie"])
        #expect(parse("200 ").reason == "")
        #expect(parse("200").outcome == .complete)
        #expect(parse("200 OK", version: "HTTP/1.0").version == .http10)
    }

    @Test(
        "R-40, B-57: refuses other status lines",
        arguments: [
            ("HTTP/2 200 OK", .invalidStatusLine), ("HTTP/2.0 200 OK", .unsupportedVersion),
            ("HTTP/1.2 200 OK", .unsupportedVersion), ("http/1.1 200 OK", .invalidStatusLine),
            ("HTTP/0.9 200 OK", .invalidStatusLine), ("<html>", .invalidStatusLine),
            ("200 OK", .invalidStatusLine), ("HTTP/1.1200 OK", .invalidStatusLine),
            ("HTTP/1.1\t200 OK", .invalidStatusLine),
            (" HTTP/1.1 200 OK", .invalidStatusLine), ("\r\nHTTP/1.1 200 OK", .invalidStatusLine),
            ("HTTP/1.1  200 OK", .invalidStatus), ("HTTP/1.1 20 OK", .invalidStatus),
            ("HTTP/1.1 2000 OK", .invalidStatus), ("HTTP/1.1 099 X", .invalidStatus),
            ("HTTP/1.1 600 X", .invalidStatus), ("HTTP/1.1 999 X", .invalidStatus),
            ("HTTP/1.1 -20 X", .invalidStatus), ("HTTP/1.1 20x X", .invalidStatus),
            ("HTTP/1.1 200\tOK", .invalidStatusLine), ("HTTP/1.1 200OK", .invalidStatusLine),
            ("HTTP/1.1 200 O\u{0}K", .invalidStatusLine), ("HTTP/1.1 200 O\nK", .bareLF),
            ("HTTP/1.1 200 O\rK", .bareCR), ("HTTP/1.1 200 OK\n", .bareLF),
        ] as [(String, MessageFault.Code)]
    )
    func refusesOtherStatusLines(line: String, fault: MessageFault.Code) {
        #expect(parseResponse("\(line)\r\nA: b\r\n\r\n").fault == fault)
    }

    @Test("R-40: reads the framing in the order of RFC 9112 section 6.3")
    func readsFraming() {
        #expect(parse("200 OK", "Content-Length: 5\r\n").framing == .length(5))
        #expect(parse("200 OK", "Transfer-Encoding: chunked\r\n").framing == .chunked)
        #expect(parse("200 OK").framing == .untilClose)
        #expect(parse("200 OK", "Content-Length: 5\r\n").keepsAlive)
        #expect(!parse("200 OK").keepsAlive)
        for status in ["100 Continue", "103 Early Hints", "204 No Content", "304 Not Modified"] {
            #expect(parse(status).framing == .none)
            #expect(parse(status).keepsAlive)
        }
        #expect(parse("304 Not Modified", "Content-Length: 5\r\n").framing == .none)
        #expect(parse("304 Not Modified", "Content-Length: 5\r\n").keepsAlive)
        #expect(parse("205 Reset Content", "Content-Length: 0\r\n").framing == .length(0))
    }

    @Test("A response to HEAD has no content, whatever it says")
    func readsResponseToHead() {
        let length = parse("200 OK", "Content-Length: 5\r\n", toHead: true)
        #expect(length.framing == .none)
        #expect(length.keepsAlive)
        #expect(parse("200 OK", "Transfer-Encoding: chunked\r\n", toHead: true).framing == .none)
        #expect(parse("200 OK", toHead: true).framing == .none)
        #expect(parse("200 OK", toHead: true).keepsAlive)
    }

    @Test("R-41: a response that must not have content but claims some ends the connection")
    func distrustsImpossibleContent() {
        for status in ["204 No Content", "103 Early Hints"] {
            let length = parse(status, "Content-Length: 5\r\n")
            #expect(length.framing == .none)
            #expect(!length.keepsAlive)
            #expect(!parse(status, "Transfer-Encoding: chunked\r\n").keepsAlive)
            #expect(parse(status, "Content-Length: 0\r\n").keepsAlive)
        }
    }

    @Test(
        "R-40, B-50: refuses conflicting or malformed framing",
        arguments: [
            (
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                .contentLengthWithTransferEncoding
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
                .contentLengthWithTransferEncoding
            ),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", .conflictingContentLength),
            ("Content-Length: 5\r\nContent-Length: x\r\n", .invalidContentLength),
            ("Content-Length: 5, 5\r\n", .invalidContentLength),
            ("Content-Length:\r\n", .invalidContentLength),
            ("Content-Length: -1\r\n", .invalidContentLength),
            ("Content-Length: 2abc\r\n", .invalidContentLength),
            ("Transfer-Encoding: gzip\r\n", .unsupportedTransferCoding),
            ("Transfer-Encoding: gzip, chunked\r\n", .unsupportedTransferCoding),
            ("Transfer-Encoding: chunked, chunked\r\n", .invalidTransferEncoding),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                .invalidTransferEncoding
            ),
            ("A: b\r\n c\r\n", .obsoleteFold), (" A: b\r\n", .whitespaceBeforeFields),
            ("A : b\r\n", .spaceBeforeColon),
            ("A: b\nC: d\r\n", .bareLF), ("A: b\rC: d\r\n", .bareCR),
            ("A: \u{0}\r\n", .invalidFieldValue),
        ] as [(String, MessageFault.Code)]
    )
    func refusesConflictingFraming(lines: String, fault: MessageFault.Code) {
        #expect(parse("200 OK", lines).fault == fault)
        #expect(parse("204 No Content", lines).fault == fault)
        #expect(parse("200 OK", lines, toHead: true).fault == fault)
    }

    @Test("R-38: equal Content-Length lines count as one")
    func acceptsEqualContentLengths() {
        let response = parse("200 OK", "Content-Length: 5\r\nContent-Length: 05\r\n")
        #expect(response.outcome == .complete)
        #expect(response.framing == .length(5))
    }

    @Test("R-37: refuses Transfer-Encoding in HTTP/1.0")
    func refusesTransferEncodingInHTTP10() {
        let response = parse("200 OK", "Transfer-Encoding: chunked\r\n", version: "HTTP/1.0")
        #expect(response.fault == .chunkedInHTTP10)
    }

    @Test("Says whether the connection persists")
    func saysWhetherConnectionPersists() {
        let length = "Content-Length: 0\r\n"
        #expect(!parse("200 OK", length + "Connection: Close\r\n").keepsAlive)
        #expect(!parse("200 OK", length, version: "HTTP/1.0").keepsAlive)
        #expect(
            parse("200 OK", length + "Connection: keep-alive\r\n", version: "HTTP/1.0").keepsAlive
        )
    }

    @Test("Tells informational responses")
    func tellsInformational() {
        #expect(parse("100 Continue").isInformational)
        #expect(parse("199 X").isInformational)
        #expect(!parse("200 OK").isInformational)
        #expect(!parseResponse("HTTP/1.1 ").isInformational)
    }

    @Test("R-15: knows hop-by-hop fields of responses; Host means nothing there")
    func knowsHopByHopFields() {
        let response = parse(
            "200 OK",
            """
            Connection: X-A\r\nX-A: 1\r\nX-B: 2\r\nProxy-Authenticate: 3\r\nKeep-Alive: 4\r\n\
            Host: ,\r\nHost: b\r\n
            """
        )
        #expect(response.outcome == .complete)
        #expect(
            response.hopByHopNames == ["Connection", "X-A", "Proxy-Authenticate", "Keep-Alive"]
        )
    }

    @Test("R-41: octets behind a response are left where they are")
    func leavesLateOctets() {
        let response = parse("204 No Content")
        let late = parseResponse("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        #expect(late.length == response.length)
        #expect(late.length == 27)
    }
}
