import HTTPMessage
import Testing

@Suite("Framing of requests")
struct FramingTests {
    @Test(
        "R-38: reads Content-Length",
        arguments: [
            ("0", 0), ("1", 1), ("007", 7), (" \t42  ", 42),
            ("9223372036854775807", UInt64(Int64.max)),
            ("00000000000000000000000000000000000001", 1),
        ] as [(String, UInt64)]
    )
    func readsContentLength(value: String, length: UInt64) {
        #expect(parseFields("Content-Length: \(value)\r\n").framing == .length(length))
    }

    @Test(
        "R-38: refuses a Content-Length that is not one number",
        arguments: [
            "", "-1", "+1", "1.0", "0x10", "1e3", "ten", "1 2", "1, 1", "1,1", ",1", "1,", "1_000",
            "9223372036854775808", "18446744073709551616", "99999999999999999999999999999999",
            "٣", "5;", "'5'",
        ]
    )
    func refusesInvalidContentLength(value: String) {
        let request = parseFields("Content-Length: \(value)\r\n")
        #expect(request.fault == .invalidContentLength)
        #expect(request.status == 400)
    }

    @Test("B-50: refuses HTAB behind a framing field's value, which parsers disagree about")
    func refusesTabBehindFraming() {
        for space in ["\t", " \t", "\t ", " \t "] {
            #expect(parseFields("Content-Length: 5\(space)\r\n").fault == .invalidContentLength)
            #expect(
                parseFields("Transfer-Encoding: chunked\(space)\r\n").fault
                    == .invalidTransferEncoding
            )
            #expect(parseFields("Connection: close\(space)\r\n").outcome == .complete)
        }
    }

    @Test("R-38, B-50: refuses a second Content-Length, equal or not", arguments: ["5", "6", "x"])
    func refusesSecondContentLength(second: String) {
        let request = parseFields("Content-Length: 5\r\ncontent-length: \(second)\r\n")
        #expect(request.fault == .conflictingContentLength)
    }

    @Test(
        "R-37: reads chunked in any case",
        arguments: ["chunked", "Chunked", "CHUNKED", "\t chunked  "]
    )
    func readsChunked(value: String) {
        #expect(parseFields("Transfer-Encoding: \(value)\r\n").framing == .chunked)
    }

    @Test(
        "R-37: answers other transfer codings with 501",
        arguments: [
            "gzip", "identity", "gzip, chunked", "xchunked", "chunkedx", "gzip,chunked", "deflate",
            "x, chunked,",
        ]
    )
    func refusesOtherCodings(value: String) {
        let request = parseFields("Transfer-Encoding: \(value)\r\n")
        #expect(request.fault == .unsupportedTransferCoding)
        #expect(request.status == 501)
    }

    @Test(
        "R-37, B-50: refuses a malformed or repeated transfer coding",
        arguments: [
            "Transfer-Encoding:", "Transfer-Encoding: ,", "Transfer-Encoding: ,chunked",
            "Transfer-Encoding: chunked,", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: chunked;q=1",
            "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: chun ked",
            "Transfer-Encoding: chunked\u{B}", "Transfer-Encoding: chunké",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        ]
    )
    func refusesMalformedCoding(line: String) {
        let request = parseFields("\(line)\r\n")
        #expect(request.fault == .invalidTransferEncoding || line.contains("\u{B}"))
        #expect(request.status == 400)
    }

    @Test("R-37: two Transfer-Encoding lines never become chunked")
    func refusesTwoTransferEncodings() {
        let request = parseFields("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")
        #expect(request.fault == .unsupportedTransferCoding)
    }

    @Test("R-37, B-50: refuses Content-Length beside Transfer-Encoding, in either order")
    func refusesBothFramings() {
        let length = "Content-Length: 5\r\n"
        let chunked = "Transfer-Encoding: chunked\r\n"
        #expect(parseFields(length + chunked).fault == .contentLengthWithTransferEncoding)
        #expect(parseFields(chunked + length).fault == .contentLengthWithTransferEncoding)
        #expect(parseFields(chunked + "Content-Length: 0\r\n").status == 400)
    }

    @Test("R-37: refuses Transfer-Encoding in HTTP/1.0", arguments: ["chunked", "gzip"])
    func refusesTransferEncodingInHTTP10(coding: String) {
        let request = parseRequest("POST / HTTP/1.0\r\nTransfer-Encoding: \(coding)\r\n\r\n")
        #expect(request.fault == .chunkedInHTTP10)
        #expect(request.status == 400)
    }

    @Test("Names that merely look like framing fields frame nothing")
    func ignoresLookalikes() {
        let request = parseFields(
            "Content_Length: 5\r\nTransfer_Encoding: chunked\r\nXContent-Length: 6\r\n"
        )
        #expect(request.outcome == .complete)
        #expect(request.framing == .none)
    }
}

@Suite("Connection and Expect")
struct ConnectionFieldTests {
    @Test(
        "R-42: says whether the connection persists",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close", false),
            ("HTTP/1.1", "Connection: x, CLOSE ,y", false),
            ("HTTP/1.1", "Connection: closed", true),
            ("HTTP/1.1", "Connection: keep-alive", true),
            ("HTTP/1.1", "Connection: keep-alive\r\nConnection: close", false),
            ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive", true),
            ("HTTP/1.0", "Connection: keep-alive, close", false),
        ]
    )
    func saysWhetherConnectionPersists(version: String, line: String, expected: Bool) {
        let lines = line.isEmpty ? "" : line + "\r\n"
        let request = parseRequest("GET / \(version)\r\nHost: a\r\n\(lines)\r\n")
        #expect(request.outcome == .complete)
        #expect(request.keepsAlive == expected)
    }

    @Test("R-15: knows the fixed hop-by-hop fields")
    func knowsFixedHopByHopFields() {
        let names = [
            "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "Trailer",
            "Proxy-Authenticate", "Proxy-Authorization", "HTTP2-Settings", "Transfer-Encoding",
        ]
        let lines = names.map { "\($0): \($0 == "Transfer-Encoding" ? "chunked" : "x")\r\n" }
        let request = parseFields(lines.joined() + "Accept: x\r\nTE2: x\r\n")
        #expect(request.hopByHopNames == names)
    }

    @Test("R-15, B-41: removes what Connection names, but not what the gateway relies on")
    func removesNamedFields() {
        let request = parseFields(
            """
            X-A: 1\r\nx-b: 2\r\nX-C: 3\r\nX-Forwarded-For: 4\r\nX-Forwarded-Port: 5\r\n\
            Forwarded: 6\r\nVia: 7\r\nContent-Length: 0\r\nCookie: 8\r\nContent-Type: a/b\r\n\
            Connection: x-a ,, X-B, Host, content-length\r\n\
            Connection: Cookie, content-type, forwarded, via, x-forwarded-for\r\n\
            Connection: x-forwarded-port, X-CC\r\n
            """
        )
        #expect(request.outcome == .complete)
        let connection = Array(repeating: "Connection", count: 3)
        #expect(request.hopByHopNames == ["X-A", "x-b"] + connection)
    }

    @Test("R-15: more Connection options than fields are refused")
    func refusesTooManyConnectionOptions() {
        let limits = MessageLimits(fieldCountMax: 4)
        #expect(parseFields("Connection: a,b,c,d\r\n", limits: limits).outcome == .complete)
        #expect(parseFields("Connection: a,b,c,d,e\r\n", limits: limits).fault == .tooManyFields)
        #expect(
            parseFields("Connection: a,b\r\nConnection: c,d,e\r\n", limits: limits).status == 431
        )
    }

    @Test("R-17: recognises 100-continue and nothing else")
    func recognisesExpectation() {
        #expect(parseFields("Expect: 100-Continue\r\n").expectsContinue)
        #expect(!parseFields("Expect: 100-continue\r\n").hasUnknownExpectation)
        for value in [
            "", "100-continue, x", "100-continue;a", "x", "100 continue", "=100-continue",
        ] {
            let request = parseFields("Expect: \(value)\r\n")
            #expect(request.outcome == .complete)
            #expect(!request.expectsContinue)
            #expect(request.hasUnknownExpectation)
        }
        let two = parseFields("Expect: 100-continue\r\nExpect: y\r\n")
        #expect(two.hasUnknownExpectation)
        let old = parseRequest("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
        #expect(!old.expectsContinue)
        #expect(!old.hasUnknownExpectation)
    }

    @Test("R-77: reports an Upgrade field")
    func reportsUpgrade() {
        #expect(parseFields("Upgrade: websocket\r\n").hasUpgrade)
        #expect(!parseFields("Upgrade-Insecure-Requests: 1\r\n").hasUpgrade)
    }

    @Test("Finds and counts known fields")
    func findsAndCountsFields() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nVia: b\r\nvia: c\r\nX: d\r\n\r\n".utf8)
        var head = RequestHead()
        let outcome = head.parse(bytes.span, limits: MessageLimits())
        #expect(outcome == .complete)
        let fields: [FieldName] = [.via, .host, .cookie, .other]
        var counts: [Int] = []
        var firsts: [String?] = []
        for field in fields {
            counts.append(head.count(of: field))
            firsts.append(head.first(field).map { text(bytes, $0.value) })
        }
        #expect(counts == [2, 1, 0, 0])
        #expect(firsts == ["b", "a", nil, nil])
    }
}
