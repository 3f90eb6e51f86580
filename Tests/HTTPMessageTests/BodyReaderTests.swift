import HTTPMessage
import Testing

/// One step of a reader, and how many octets it used up.
private func step(_ reader: inout BodyReader, _ text: String) -> (BodyReader.Step, consumed: Int) {
    var consumed = -1
    let step = reader.read(Array(text.utf8).span, consumed: &consumed)
    return (step, consumed)
}

@Suite("Content")
struct BodyReaderTests {
    @Test("R-43: content of a length ends there; what follows is not touched")
    func readsLength() {
        let body = readBody(.length(5), "helloGET /admin HTTP/1.1")
        #expect(body.text == "hello")
        #expect(body.isFinished)
        #expect(body.consumed == 5)
        #expect(body.trailers.isEmpty)
    }

    @Test("R-40: content that the peer cuts short does not end")
    func noticesShortContent() {
        let body = readBody(.length(6), "hello")
        #expect(!body.isFinished)
        #expect(!body.endsAtClose)
        #expect(!readBody(.chunked, "5\r\nhello\r\n").endsAtClose)
        #expect(!readBody(.chunked, "5\r\nhello\r\n0\r\n").endsAtClose)
        #expect(readBody(.chunked, "5\r\nhello\r\n0\r\n\r\n").endsAtClose)
        #expect(readBody(.length(5), "hello").endsAtClose)
    }

    @Test("No content is over at once", arguments: [BodyFraming.none, .length(0)])
    func readsNone(framing: BodyFraming) {
        let body = readBody(framing, "GET / HTTP/1.1")
        #expect(body.isFinished)
        #expect(body.consumed == 0)
        #expect(body.content.isEmpty)
        #expect(BodyReader(framing, limits: MessageLimits()).isFinished)
        #expect(BodyReader(framing, limits: MessageLimits()).remaining == 0)
    }

    @Test("R-40: content until the peer closes has no other end")
    func readsUntilClose() {
        let body = readBody(.untilClose, "hello")
        #expect(body.text == "hello")
        #expect(!body.isFinished)
        #expect(body.endsAtClose)
        #expect(BodyReader(.untilClose, limits: MessageLimits()).remaining == nil)
    }

    @Test("Tells how much is still to come")
    func tellsRemaining() {
        var reader = BodyReader(.length(5), limits: MessageLimits())
        #expect(reader.remaining == 5)
        #expect(step(&reader, "he") == (.content(ByteRange(0, 2)), 2))
        #expect(reader.remaining == 3)
        #expect(!reader.isFinished)
        #expect(step(&reader, "") == (.needsMore, 0))
        #expect(step(&reader, "lloX") == (.content(ByteRange(0, 3)), 3))
        #expect(reader.isFinished)
        #expect(step(&reader, "X") == (.end(trailers: .empty), 0))
        #expect(
            BodyReader(.length(UInt64(Int64.max)), limits: MessageLimits()).remaining
                == UInt64(Int64.max)
        )
    }
}

@Suite("Chunked coding")
struct ChunkedTests {
    @Test(
        "R-39: reads chunks, sizes in any case and with leading zeros",
        arguments: [
            ("0\r\n\r\n", ""), ("000\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
            ("000a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
            ("5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello"),
            ("5;a=\"b;c=\\\"d\\\" é\";e\r\nhello\r\n0\r\n\r\n", "hello"),
        ]
    )
    func readsChunks(body: String, content: String) {
        let result = readBody(.chunked, body + "GET /admin HTTP/1.1\r\n")
        #expect(result.fault == nil)
        #expect(result.isFinished)
        #expect(result.text == content)
        #expect(result.consumed == body.utf8.count)
    }

    @Test(
        "R-39, B-52: refuses sizes that are not hexadecimal digits alone",
        arguments: [
            "", " 5", "5 ", "+5", "-5", "0x5", "5h", "g", "\t5", "5\t", "5,", "٥", ";a", "5\u{0}",
            "8000000000000000", "FFFFFFFFFFFFFFFF", "10000000000000000",
            "100000000000000000000000000000005",
        ]
    )
    func refusesInvalidSize(size: String) {
        #expect(readBody(.chunked, "\(size)\r\nhello\r\n0\r\n\r\n").fault == .invalidChunkSize)
    }

    @Test("R-39: the largest size fits")
    func readsLargestSize() {
        let body = readBody(.chunked, "7FFFFFFFFFFFFFFF\r\nhello")
        #expect(body.fault == nil)
        #expect(body.text == "hello")
        #expect(!body.isFinished)
    }

    @Test(
        "R-39, B-52: refuses malformed extensions and line ends",
        arguments: [
            ("5;\r\n", .invalidChunkExtension), ("5;a=\r\n", .invalidChunkExtension),
            ("5;=b\r\n", .invalidChunkExtension), ("5;a b\r\n", .invalidChunkExtension),
            ("5; a\r\n", .invalidChunkExtension), ("5;a =b\r\n", .invalidChunkExtension),
            ("5;a=\"b\r\n", .invalidChunkExtension), ("5;a=\"b\"c\r\n", .invalidChunkExtension),
            ("5;a=\"\\\r\n", .invalidChunkExtension), ("5;;a\r\n", .invalidChunkExtension),
            ("5;a=b=c\r\n", .invalidChunkExtension), ("5;a\u{0}\r\n", .invalidChunkExtension),
            ("5;a=\"\u{1}\"\r\n", .invalidChunkExtension), ("5;a=é\r\n", .invalidChunkExtension),
            ("5\n", .bareLF), ("5;a\n", .bareLF), ("5;a=\"b\n\"\r\n", .bareLF), ("5\rX", .bareCR),
            ("5\r\r\n", .bareCR), ("5;a\rb\r\n", .bareCR),
        ] as [(String, MessageFault.Code)]
    )
    func refusesMalformedLine(line: String, fault: MessageFault.Code) {
        let result = readBody(.chunked, line + "hello\r\n0\r\n\r\n")
        #expect(result.fault == fault)
        #expect(result.content.isEmpty)
    }

    @Test(
        "R-39: refuses data that does not end where the size says",
        arguments: ["helloX\r\n", "hello\n", "hello\rX", "hello 0\r\n", "hello0\r\n\r\n"]
    )
    func refusesMisplacedEnd(data: String) {
        let result = readBody(.chunked, "5\r\n\(data)0\r\n\r\n")
        #expect(result.fault == .missingChunkEnd)
        #expect(result.text == "hello")
    }

    @Test("R-18, R-39: presents trailers apart, valid, without the empty line")
    func presentsTrailers() {
        let result = readBody(.chunked, "1\r\na\r\n0\r\nDigest: x\r\nB:\r\n\r\nrest")
        #expect(result.isFinished)
        #expect(result.trailerText == "Digest: x\r\nB:\r\n")
        var lines: [FieldLine] = []
        let fault = FieldSection.parse(
            result.trailers.span,
            limits: MessageLimits(),
            into: &lines
        )
        #expect(fault == nil)
        #expect(lines.count == 2)
    }

    @Test(
        "R-39, B-05: reads trailers as strictly as a head",
        arguments: [
            ("A : b\r\n\r\n", .spaceBeforeColon), ("A\r\n\r\n", .invalidFieldName),
            (" A: b\r\n\r\n", .whitespaceBeforeFields),
            ("A: b\r\n c\r\n\r\n", .obsoleteFold), ("A: b\n\r\n", .bareLF), ("\n", .bareLF),
            ("\rX", .bareCR),
            ("A: \u{0}\r\n\r\n", .invalidFieldValue), ("GET / HTTP/1.1\r\n", .spaceBeforeColon),
            ("Content-Length: 5\r\n\r\n", .framingInTrailers),
            ("transfer-encoding: x\r\n\r\n", .framingInTrailers),
            ("HOST: a\r\n\r\n", .framingInTrailers),
        ] as [(String, MessageFault.Code)]
    )
    func refusesMalformedTrailers(trailers: String, fault: MessageFault.Code) {
        #expect(readBody(.chunked, "0\r\n\(trailers)").fault == fault)
    }

    @Test("A fault stays")
    func keepsFault() {
        var reader = BodyReader(.chunked, limits: MessageLimits())
        let fault = BodyReader.Step.malformed(MessageFault(.invalidChunkSize))
        #expect(step(&reader, "x") == (fault, 0))
        #expect(step(&reader, "0\r\n\r\n") == (fault, 0))
        #expect(!reader.endsAtClose())
        #expect(!reader.isFinished)
    }

    static let bodies = [
        "0\r\n\r\nrest", "5\r\nhello\r\n0\r\n\r\nrest",
        "5;a=\"b\\\"c\";d\r\nhello\r\n00\r\nA: b\r\nCd: ef\r\n\r\nrest",
        "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nA : b\r\n\r\n",
        "5 \r\nhello\r\n", "5\nhello\r\n", "5\r\nhello\r\n\r\n",
        "3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n",
        "2\r\nab\r\n0\r\nHost: a\r\n\r\n",
        "2\r\nab\r\n0\r\n\(String(repeating: "A: b\r\n", count: 9))\r\n",
        "2;\(String(repeating: "a", count: 40))\r\nab\r\n0\r\n\r\n",
    ]

    @Test(
        "R-39: content in two pieces, and octet by octet, is what it is in one",
        arguments: bodies
    )
    func readsSplitContent(example: String) {
        let bytes = Array(example.utf8)
        for limits in [MessageLimits(), MessageLimits(chunkLineBytesMax: 16, trailerBytesMax: 30)] {
            let whole = readBody(.chunked, pieces: [bytes[...]], limits: limits)
            #expect(whole.fault != nil || whole.isFinished)
            for split in 0...bytes.count {
                #expect(
                    readBody(.chunked, pieces: [bytes[..<split], bytes[split...]], limits: limits)
                        == whole
                )
            }
            let pieces = bytes.indices.map { bytes[$0...$0] }
            #expect(readBody(.chunked, pieces: pieces, limits: limits) == whole)
        }
    }

    @Test("B-56, R-42: pipelined requests are read one by one, content in between")
    func readsPipelinedRequests() {
        let stream = Array(
            """
            POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nDELETE /b HTTP/1.1\r\nHost: \
            POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\n\
            HEAD /d HTTP/1.1\r\nHost: x\r\n\r\n
            """.utf8
        )
        var rest = stream[...]
        var seen: [String] = []
        while !rest.isEmpty {
            let bytes = Array(rest)
            let request = parseRequest(bytes)
            #expect(request.outcome == .complete)
            guard request.outcome == .complete else { break }
            let body = readBody(request.framing, pieces: [bytes[request.length...]])
            #expect(body.isFinished)
            seen.append("\(request.method) \(request.target) \(body.content.count)")
            rest = rest.dropFirst(request.length + body.consumed)
        }
        #expect(seen == ["POST /a 26", "POST /c 3", "HEAD /d 0"])
    }
}
