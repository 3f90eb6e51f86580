import HTTPMessage
import Testing

@Suite("Limits: n accepted, n + 1 refused")
struct LimitTests {
    private func letters(_ count: Int) -> String {
        String(repeating: "a", count: count)
    }

    @Test("R-34: method", arguments: [1, 3, 64])
    func limitsMethod(max: Int) {
        let limits = MessageLimits(methodBytesMax: max)
        let fits = parseRequest("\(letters(max)) / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits)
        #expect(fits.outcome == .complete)
        let exceeds = parseRequest("\(letters(max + 1)) / HTTP/1.1\r\n", limits: limits)
        #expect(exceeds.fault == .methodTooLong)
        #expect(exceeds.status == 501)
        #expect(parseRequest(letters(max + 1), limits: limits).status == 501)
        #expect(parseRequest(letters(max), limits: limits).outcome == .incomplete)
    }

    @Test("R-34: target", arguments: [1, 2, 100, 8192])
    func limitsTarget(max: Int) {
        let limits = MessageLimits(targetBytesMax: max)
        for target in ["/" + letters(max - 1), "/?" + letters(max)] {
            let fitting = String(target.prefix(max))
            let fits = parseRequest("GET \(fitting) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits)
            #expect(fits.outcome == .complete)
            let exceeds = parseRequest(
                "GET \(fitting)b HTTP/1.1\r\nHost: a\r\n\r\n",
                limits: limits
            )
            #expect(exceeds.fault == .targetTooLong)
            #expect(exceeds.status == 414)
            #expect(exceeds.target == fitting)
            #expect(parseRequest("GET \(fitting)?", limits: limits).status == 414)
        }
    }

    @Test("R-34: a request line of 8000 octets is accepted by default")
    func acceptsLongRequestLine() {
        let line = "GET /" + letters(8000 - 14) + " HTTP/1.1"
        #expect(line.utf8.count == 8000)
        #expect(parseRequest("\(line)\r\nHost: a\r\n\r\n").outcome == .complete)
    }

    @Test("B-67: field lines", arguments: [1, 2, 128])
    func limitsFieldCount(max: Int) {
        let limits = MessageLimits(fieldCountMax: max)
        let others = String(repeating: "A: b\r\n", count: max - 1)
        #expect(parseFields(others, limits: limits).outcome == .complete)
        let exceeds = parseFields(others + "C: d\r\n", limits: limits)
        #expect(exceeds.fault == .tooManyFields)
        #expect(exceeds.status == 431)
    }

    @Test(
        "B-67: one field line, in its name, its value and its white space",
        arguments: [7, 20, 64]
    )
    func limitsFieldLine(max: Int) {
        let limits = MessageLimits(fieldLineBytesMax: max)
        let lines = [
            letters(max - 1) + ":", "A: " + letters(max - 3),
            "A:" + String(repeating: " ", count: max - 2),
            "A:" + letters(max - 3) + " ",
        ]
        for line in lines {
            #expect(line.utf8.count == max)
            #expect(parseFields(line + "\r\n", limits: limits).outcome == .complete)
        }
        for line in [letters(max) + ":", letters(max + 1), "A:" + letters(max - 1), lines[2] + " "]
        {
            let exceeds = parseFields(line + "\r\n", limits: limits)
            #expect(exceeds.fault == .fieldLineTooLong, "\(line)")
            #expect(exceeds.status == 431)
        }
    }

    @Test("B-67: head, empty lines before it included", arguments: ["", "\r\n", "\r\n\r\n"])
    func limitsHead(before: String) {
        let head = before + "GET / HTTP/1.1\r\nHost: a\r\nA: bcd\r\n\r\n"
        let count = head.utf8.count
        let fits = parseRequest(head + "rest", limits: MessageLimits(headBytesMax: count))
        #expect(fits.outcome == .complete)
        #expect(fits.length == count)
        for max in 0..<count {
            let exceeds = parseRequest(head, limits: MessageLimits(headBytesMax: max))
            #expect(exceeds.fault == .headTooLarge, "limit \(max)")
            #expect(exceeds.status == 431)
        }
    }

    @Test("R-39: chunk line, extensions included")
    func limitsChunkLine() {
        let limits = MessageLimits(chunkLineBytesMax: 8)
        #expect(readBody(.chunked, "00000001\r\na\r\n0\r\n\r\n", limits: limits).isFinished)
        #expect(readBody(.chunked, "1;a=bcde\r\na\r\n0;x=yyyy\r\n\r\n", limits: limits).isFinished)
        for body in [
            "000000001\r\na\r\n", "1;a=bcdef\r\n", "1\r\na\r\n000000000\r\n", "1;a=\"bcd\"\r\n",
        ] {
            #expect(readBody(.chunked, body, limits: limits).fault == .chunkLineTooLong)
        }
    }

    @Test("R-39: trailer section, its lines and their count")
    func limitsTrailers() {
        let limits = MessageLimits(fieldCountMax: 2, fieldLineBytesMax: 8, trailerBytesMax: 14)
        #expect(readBody(.chunked, "0\r\nA: b\r\nC: d\r\n\r\n", limits: limits).isFinished)
        let faults: [(String, MessageFault.Code)] = [
            ("0\r\nA: b\r\nC: de\r\n\r\n", .trailersTooLarge),
            ("0\r\nA: 345678\r\n\r\n", .fieldLineTooLong),
            ("0\r\nA:\r\nB:\r\nC:\r\n\r\n", .tooManyFields),
        ]
        for (body, fault) in faults {
            #expect(readBody(.chunked, body, limits: limits).fault == fault)
            #expect(MessageFault(fault).status == 431)
        }
    }

    @Test(
        "Limits that make no sense refuse, they do not trap",
        arguments: [Int.min, -1, 0, Int.max]
    )
    func survivesSenselessLimits(max: Int) {
        let limits = MessageLimits(
            headBytesMax: max,
            targetBytesMax: max,
            fieldCountMax: max,
            fieldLineBytesMax: max,
            methodBytesMax: max,
            chunkLineBytesMax: max,
            trailerBytesMax: max
        )
        let request = parseRequest("GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits)
        #expect((request.outcome == .complete) == (max == Int.max))
        let response = parseResponse("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", limits: limits)
        #expect((response.outcome == .complete) == (max == Int.max))
        let body = readBody(.chunked, "1\r\na\r\n0\r\nA: b\r\n\r\n", limits: limits)
        #expect(body.isFinished == (max == Int.max))
        let onlyCount = MessageLimits(fieldLineBytesMax: max)
        #expect((parseFields("A: b\r\n", limits: onlyCount).fault == nil) == (max == Int.max))
    }
}
