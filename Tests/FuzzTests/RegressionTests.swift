import HTTPMessage
import Testing

/// Inputs that showed a difference once, each with what came of it.
@Suite("Fuzz: what was found")
struct RegressionTests {
    @Test(
        "B-04: delimiters that only some parsers see hide no part",
        arguments: [
            // Rack strips the line before it compares it with the first delimiter.
            " --XX\r\n", "\u{0}--XX\r\n", "\t--XX \r\n",
            // Rack ends content at a delimiter within a line, then strips the lines that follow.
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfoo--XX--\r\n --XX\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfoo--XX\r\n\u{0}--XX\r\n",
            // Werkzeug wants no line end before the first delimiter.
            "x--XX\r\n",
        ]
    )
    func hidesNoPart(_ beginning: String) {
        let part = "Content-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--XX--\r\n"
        let verdict = FormTarget().check(octets("1" + beginning + part))
        #expect(verdict.finding == nil)
    }

    @Test(
        "B-03, B-04: a key that PHP cuts at NUL or a bracket does not end at a semicolon",
        arguments: ["_method%00;x=DELETE", "_method[a];x=DELETE", "a=b&_method%00;;=DELETE"]
    )
    func keyGoesOnBehindSemicolon(_ pairs: String) {
        let verdict = FormTarget().check(octets("0" + pairs))
        #expect(verdict.finding == nil)
    }

    @Test("B-04: the unfinished line of a field section is held back: PHP takes it for content")
    func unfinishedLineIsHeldBack() throws {
        let content = "--XX\r\nContent-Disposition: form-data; name=\"_method\"\r\nDELETE"
        let names = OverrideNames(fields: [], parameters: ["_method"])
        let form = FormContent.multipart(boundary: octets("XX"))
        var scanner = try #require(FormScanner(form, names: names))
        var claims: [ClaimedMethod] = []
        let fault = scanner.scan(octets(content).span, into: &claims)
        #expect(fault != nil || scanner.undecidedCount >= 6)
    }

    @Test("R-15: HTAB behind a connection option is white space")
    func tabBehindOptionIsWhiteSpace() throws {
        let input =
            "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\t\r\n\r\n"
            + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let verdict = try RequestHeadTarget().check(octets(input))
        #expect(verdict.finding == nil)
        #expect(verdict.explained.contains("tabBehindOption"))
    }

    @Test(
        "R-18: Connection in a trailer section decides nothing",
        arguments: ["Connection: close", "Proxy-Connection:\tx-a, close"]
    )
    func trailersDecideNothing(_ line: String) throws {
        let input =
            "0HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\(line)\r\n\r\n"
            + "HTTP/1.1 500 \r\n\r\n"
        let verdict = try ResponseHeadTarget().check(octets(input))
        #expect(verdict.finding == nil)
        #expect(verdict.explained == ["connectionInTrailers"])
    }
}
