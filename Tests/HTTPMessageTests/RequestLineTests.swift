import HTTPMessage
import Testing

/// A request line and what has to come of it.
struct RequestLineCase: Sendable, CustomTestStringConvertible {
    let line: String
    let fault: MessageFault.Code
    let status: Int

    init(_ line: String, _ fault: MessageFault.Code, _ status: Int = 400) {
        self.line = line
        self.fault = fault
        self.status = status
    }

    var testDescription: String { line.debugDescription }
}

@Suite("Request line")
struct RequestLineTests {
    @Test("R-33: reads method, target and version")
    func readsMethodTargetAndVersion() {
        let request = parseRequest("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(request.outcome == .complete)
        #expect(request.method == "GET")
        #expect(request.target == "/a/b?c=d")
        #expect(request.path == "/a/b")
        #expect(request.query == "c=d")
        #expect(request.form == .origin)
        #expect(request.version == .http11)
        #expect(request.length == 34)
    }

    @Test("R-33: reads HTTP/1.0")
    func readsHTTP10() {
        let request = parseRequest("GET / HTTP/1.0\r\n\r\n")
        #expect(request.outcome == .complete)
        #expect(request.version == .http10)
    }

    @Test(
        "R-07, B-10, B-11, B-12, B-13: keeps the method as sent, whatever token it is",
        arguments: [
            "GET", "get", "Get", "HEAD", "TRACE", "TRACK", "DELETE", "QUERY", "BREW", "M-SEARCH",
            "VERSION-CONTROL", "PRI", "*", "!#$%&'*+-.^_`|~09azAZ", "X", "GETT",
        ]
    )
    func keepsMethodAsSent(method: String) {
        let request = parseRequest("\(method) / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(request.outcome == .complete)
        #expect(request.method == method)
    }

    @Test(
        "R-33, B-14: refuses a request line that is not three parts with single spaces",
        arguments: [
            RequestLineCase("GET  / HTTP/1.1", .invalidRequestLine),
            RequestLineCase("GET /  HTTP/1.1", .invalidRequestLine),
            RequestLineCase(" GET / HTTP/1.1", .invalidRequestLine),
            RequestLineCase("GET / HTTP/1.1 ", .invalidRequestLine),
            RequestLineCase("GET / HTTP/1.1x", .invalidRequestLine),
            RequestLineCase("GET / HTTP/1.10", .invalidRequestLine),
            RequestLineCase("GET /", .invalidRequestLine),
            RequestLineCase("GET", .invalidRequestLine),
            RequestLineCase("GET / ", .invalidRequestLine),
            RequestLineCase("GET / x HTTP/1.1", .invalidRequestLine),
            RequestLineCase("GET / http/1.1", .invalidRequestLine),
            RequestLineCase("GET / HTTP/1", .invalidRequestLine),
            RequestLineCase("GET / HTTP/1,1", .invalidRequestLine),
            RequestLineCase("GET / HTTP/x.1", .invalidRequestLine),
            RequestLineCase("GET / HTTP/0.9", .invalidRequestLine),
            RequestLineCase("GET / RTSP/1.0", .invalidRequestLine),
            RequestLineCase("GET / HTTPS/1.1", .invalidRequestLine),
            RequestLineCase("\tGET / HTTP/1.1", .invalidMethod),
            RequestLineCase("GET\t/ HTTP/1.1", .invalidMethod),
            RequestLineCase("GET,POST / HTTP/1.1", .invalidMethod),
            RequestLineCase("GET\u{0} / HTTP/1.1", .invalidMethod),
            RequestLineCase("GÉT / HTTP/1.1", .invalidMethod),
            RequestLineCase("GET: / HTTP/1.1", .invalidMethod),
            RequestLineCase("GET /\t HTTP/1.1", .invalidTarget),
            RequestLineCase("GET /\u{B}a HTTP/1.1", .invalidTarget),
        ]
    )
    func refusesMalformedRequestLine(_ example: RequestLineCase) {
        let request = parseRequest("\(example.line)\r\nHost: x\r\n\r\n")
        #expect(request.fault == example.fault)
        #expect(request.status == example.status)
    }

    @Test(
        "R-33, R-59: answers other versions with 505",
        arguments: ["HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"]
    )
    func refusesOtherVersions(version: String) {
        let request = parseRequest("PRI * \(version)\r\n\r\n")
        #expect(request.fault == .unsupportedVersion)
        #expect(request.status == 505)
        #expect(request.method == "PRI")
        #expect(request.target == "*")
    }

    @Test("R-31: refuses bare CR and bare LF in the request line")
    func refusesBareLineEnds() {
        #expect(parseRequest("GET / HTTP/1.1\nHost: x\n\n").fault == .bareLF)
        #expect(parseRequest("GET / HTTP/1.1\rHost: x\r\n\r\n").fault == .bareCR)
        #expect(parseRequest("GET\n/ HTTP/1.1\r\n").fault == .bareLF)
        #expect(parseRequest("GET /\nX HTTP/1.1\r\n").fault == .bareLF)
    }

    @Test("R-32: skips two empty lines before the request line and no more")
    func skipsTwoEmptyLines() {
        let head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        let request = parseRequest("\r\n\r\n" + head)
        #expect(request.outcome == .complete)
        #expect(request.length == head.utf8.count + 4)
        #expect(request.method == "GET")
        #expect(parseRequest("\r\n\r\n\r\n" + head).fault == .invalidRequestLine)
        #expect(parseRequest("\n" + head).fault == .bareLF)
        #expect(parseRequest("\rG" + head).fault == .bareCR)
    }

    @Test(
        "Refuses junk before a line end arrives",
        arguments: [
            [0x16, 0x03, 0x01], [0x00], [0xFF], Array("GET /\u{1}".utf8), Array("GE\u{7F}".utf8),
            Array("GET / HTTP/1.1\r\nHost: x\r\nA: \u{0}".utf8), Array("GET / XTTP".utf8),
            Array("GET / HTTP/1.1\r\nA B".utf8),
        ] as [[UInt8]]
    )
    func refusesJunkAtOnce(bytes: [UInt8]) {
        #expect(parseRequest(bytes).fault != nil)
    }

    @Test("Leaves method and target for the log where they could be read")
    func leavesMethodAndTargetForTheLog() {
        let noHost = parseRequest("DELETE /users HTTP/1.1\r\n\r\n")
        #expect(noHost.fault == .missingHost)
        #expect(noHost.method == "DELETE")
        #expect(noHost.target == "/users")
        let badTarget = parseRequest("DELETE /us\u{1}ers HTTP/1.1\r\n\r\n")
        #expect(badTarget.method == "DELETE")
        #expect(badTarget.target == "/us")
        let badMethod = parseRequest("DEL@TE /users HTTP/1.1\r\n\r\n")
        #expect(badMethod.method.isEmpty)
        #expect(badMethod.target.isEmpty)
    }

    @Test("R-30: refuses octets beyond ASCII in the target")
    func refusesOctetsBeyondASCII() {
        #expect(parseRequest("GET /é HTTP/1.1\r\nHost: x\r\n\r\n").fault == .invalidTarget)
        #expect(parseRequest("GET /?é HTTP/1.1\r\nHost: x\r\n\r\n").fault == .invalidTarget)
        #expect(parseRequest("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n").fault == .invalidTarget)
    }
}
