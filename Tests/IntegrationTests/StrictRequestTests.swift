import TestKit
import Testing

/// Octets that must not get past the parser, and the status they get.
struct StrictCase: Sendable, CustomTestStringConvertible {
    let name: String
    let octets: [UInt8]
    let statuses: [Int]

    init(_ name: String, _ text: String, _ statuses: Int...) {
        self.name = name
        octets = Array(text.utf8)
        self.statuses = statuses
    }

    init(_ name: String, octets: [UInt8], _ statuses: Int...) {
        self.name = name
        self.octets = octets
        self.statuses = statuses
    }

    var testDescription: String { name }

    /// A GET with one more line between Host and a field that marks the case.
    static func line(_ name: String, _ line: String, _ status: Int) -> StrictCase {
        StrictCase(name, "GET /status HTTP/1.1\r\nHost: a\r\n\(line)\r\nX-C: evil\r\n\r\n", status)
    }

    /// A GET of `target`.
    static func target(_ target: String, _ statuses: Int...) -> StrictCase {
        let text = "GET \(target) HTTP/1.1\r\nHost: a\r\nX-C: evil\r\n\r\n"
        var made = StrictCase("target \(target)", text, 400)
        if !statuses.isEmpty { made = made.with(statuses) }
        return made
    }

    /// A POST with these framing lines and a body that would be another request.
    static func framing(_ lines: String, _ statuses: Int..., body: String = "0\r\n\r\n") -> Self {
        let text = "POST /users HTTP/1.1\r\nHost: a\r\nX-C: evil\r\n\(lines)\r\n\r\n\(body)"
        let shown = lines.split(separator: "\r\n").joined(separator: " + ")
        return StrictCase("framing \(shown)", text + "GET /evil HTTP/1.1\r\n\r\n", 400).with(
            statuses
        )
    }

    private func with(_ statuses: [Int]) -> StrictCase {
        StrictCase(name: name, octets: octets, statuses: statuses)
    }

    private init(name: String, octets: [UInt8], statuses: [Int]) {
        self.name = name
        self.octets = octets
        self.statuses = statuses
    }
}

extension StrictCase {
    /// B-10, B-14.
    static let requestLines: [StrictCase] = [
        .init("lower-case version", "GET /evil http/1.1\r\nHost: a\r\n\r\n", 400),
        .init("HTTP/0.9", "GET /evil\r\n\r\n", 400),
        .init("HTTP/2.0", "GET /evil HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        .init("HTTP/1.2", "GET /evil HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        .init("other protocol", "GET /evil RTSP/1.0\r\nHost: a\r\n\r\n", 400),
        .init("two spaces", "GET  /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .init("tab", "GET\t/evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .init("leading space", " GET /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .init("trailing space", "GET /evil HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        .init("method list", "GET,POST /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .init("NUL in the method", "GE\0T /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .init("bare LF", "GET /evil HTTP/1.1\nHost: a\n\n", 400),
        .init("bare LF in a line", "GET /evil HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        .init("bare CR", "GET /evil HTTP/1.1\rX\r\nHost: a\r\n\r\n", 400),
        .init("space before the first field", "GET /evil HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        .init("TLS hello", octets: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], 400),
        .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505),
        .init(
            "long method",
            String(repeating: "E", count: 100) + " /evil HTTP/1.1\r\nHost: a\r\n\r\n",
            501,
            400
        ),
    ]

    /// B-40, R-54.
    static let fieldLines: [StrictCase] = [
        .line("space before the colon", "Foo : x", 400),
        .line("obs-fold", "Foo: x\r\n y", 400),
        .line("empty name", ": x", 400),
        .line("no colon", "Foo", 400),
        .line("space in the name", "Fo o: x", 400),
        .line("NUL in a value", "Foo: x\0y", 400),
        .line("control in a value", "Foo: x\u{1b}[31m", 400),
        .line("DEL in a value", "Foo: x\u{7f}", 400),
        .line("bare CR in a value", "Foo: x\ry", 400),
        .line("two hosts", "Host: b", 400),
        .line("two equal hosts", "Host: a", 400),
        .init("no host", "GET /evil HTTP/1.1\r\nX: y\r\n\r\n", 400),
        .init("host with userinfo", "GET /evil HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
        .init("host with a path", "GET /evil HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        .init("host with a bad port", "GET /evil HTTP/1.1\r\nHost: a:x\r\n\r\n", 400),
        .init("host list", "GET /evil HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    ]

    /// B-20 to B-27, B-33.
    static let targets: [StrictCase] = [
        .target("/evil/../status"), .target("/evil/%2e%2e/status"), .target("/./status"),
        .target("/evil/.%2E"), .target("//status"), .target("/evil//x"), .target("/status%2Fevil"),
        .target("/evil%5cx"), .target("/evil\\x"), .target("/evil%00"), .target("/evil%0d%0aX:y"),
        .target("/evil%252e"), .target("/evil%zz"), .target("/evil%2"), .target("/evil%"),
        .target("/evil%c0%af"), .target("/evil%ff"), .target("/evil%ed%a0%80"),
        .target("/evil%u002e"), .target("/evil;x=y"), .target("/evil%3bx"), .target("/..;/evil"),
        .target("/evil#x"), .target("*"), .target("evil"), .target("http://b/evil"),
        .target("http://u@a/evil"), .target("file:///evil"), .target("http:///evil"),
        .target("@evil.test/"), .target("/evil\u{80}"), .target("/\u{e9}vil"),
        .target("ftp://a/evil"), .target("/" + String(repeating: "e", count: 9000), 414),
        .init("OPTIONS *x", "OPTIONS *x HTTP/1.1\r\nHost: a\r\nX-C: evil\r\n\r\n", 400),
    ]

    /// B-50, B-51, B-52.
    static let framings: [StrictCase] = [
        .framing("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
        .framing("Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
        .framing("Content-Length: 5\r\nContent-Length: 6", 400),
        .framing("Content-Length: 5\r\nContent-Length: 5", 400),
        .framing("Content-Length: 5, 5", 400), .framing("Content-Length: +5", 400),
        .framing("Content-Length: -5", 400), .framing("Content-Length: 0x5", 400),
        .framing("Content-Length: 5 5", 400), .framing("Content-Length:", 400),
        .framing("Content-Length: 99999999999999999999", 400, 413),
        .framing("Transfer-Encoding: identity", 400, 501),
        .framing("Transfer-Encoding: gzip", 501, 400),
        .framing("Transfer-Encoding: gzip, chunked", 501, 400),
        .framing("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 400, 501),
        .framing("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400, 501),
        .framing("Transfer-Encoding: chunked, chunked", 400, 501),
        .framing("Transfer-Encoding: xchunked", 400, 501),
        .framing("Transfer-Encoding: ,chunked", 400, 501),
        .framing("Transfer-Encoding: chunked;q=1", 400, 501),
        .framing("Transfer-Encoding:", 400, 501),
        .init(
            "chunked in HTTP/1.0",
            "POST /users HTTP/1.0\r\nHost: a\r\nX-C: evil\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "0\r\n\r\n",
            400
        ),
    ]
}

@Suite("Strict requests (R-19 R-24 R-30 R-31 R-33 R-37 R-38 R-39)", .blocking)
struct StrictRequestTests {
    static let shared = SharedFixture { try Fixture.echoing() }

    @Test(
        arguments: StrictCase.requestLines + StrictCase.fieldLines + StrictCase.targets
            + StrictCase.framings
    )
    func refusesAmbiguousOctets(_ strict: StrictCase) throws {
        let fixture = try Self.shared.get()
        let client = try fixture.gateway.connect()
        try client.send(strict.octets)
        let response = try client.readResponse()
        #expect(strict.statuses.contains(response.status), "got \(response.status)")
        #expect(response["Content-Type"]?.hasPrefix("application/problem+json") == true)
        #expect(response.head.members("Connection").contains("close"))
        // Answered once: nothing behind a framing error is ever a request.
        #expect(client.isClosedByPeer())
        #expect(try fixture.gateway.exchange(request("GET", "/status")).status == 200)
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test(
        "Forwards the form it judged (B-34, B-36)",
        arguments: [
            ("/%61ssets/x", "/assets/x"), ("/assets/%7euser", "/assets/~user"),
            ("/assets/a%c3%a9", "/assets/a%C3%A9"), ("/assets/a%20b?q=%2F;a//..", nil),
            ("/assets/x?", nil), ("/assets/x?a=b&c=%zz", nil), ("/assets/@:!$&'()*+,=", nil),
            ("http://shop.test/assets/y?z", "/assets/y?z"),
        ] as [(String, String?)]
    )
    func forwardsTheCanonicalForm(sent: String, expected: String?) throws {
        let gateway = try Self.shared.get().gateway
        let response = try gateway.exchange(request("GET", sent))
        #expect(response.status == 200)
        #expect(response.text == "origin saw GET \(expected ?? sent)")
    }

    @Test("An encoded method rule path is judged in its canonical form (B-34)")
    func judgesTheCanonicalForm() throws {
        let gateway = try Self.shared.get().gateway
        #expect(try gateway.exchange(request("DELETE", "/%75sers")).status == 405)
        #expect(try gateway.exchange(request("DELETE", "/%75sers/7")).text.contains("/users/7"))
    }

    @Test("An escape leads round no rule: judged as plain, forwarded as sent (B-34 B-36)")
    func escapesLeadRoundNoRule() throws {
        let policy = """
            methodwall: 1
            paths:
              /v1/{name}: GET POST DELETE
              /v1/messages:send: POST
            """
        let fixture = try Fixture.echoing(policy: policy)
        for target in ["/v1/messages:send", "/v1/messages%3Asend", "/v1/messages%3asend"] {
            #expect(try fixture.gateway.exchange(request("DELETE", target)).status == 405)
        }
        let response = try fixture.gateway.exchange(request("POST", "/v1/messages%3asend"))
        #expect(response.text == "origin saw POST /v1/messages%3Asend")
    }

    @Test("Skips at most two empty lines before a request (R-32)")
    func skipsEmptyLines() throws {
        let client = try Self.shared.get().gateway.connect()
        #expect(try client.exchange(request("GET", "/status")).status == 200)
        try client.send("\r\n\r\n")
        #expect(try client.exchange(request("GET", "/status")).status == 200)
    }

    @Test("Accepts a request line of 8000 octets (R-34)")
    func acceptsLongTargets() throws {
        let target = "/assets/" + String(repeating: "a", count: 7900)
        #expect(try Self.shared.get().gateway.exchange(request("GET", target)).status == 200)
    }

    @Test("A head that arrives octet by octet means the same")
    func acceptsAnySplit() throws {
        let client = try Self.shared.get().gateway.connect()
        for octet in request("DELETE", "/users", ["X-A: b"]).utf8 {
            try client.send([octet])
        }
        #expect(try client.readResponse().status == 405)
    }

    @Test("A malformed chunk ends the exchange: the origin never sees a complete body (R-39)")
    func refusesMalformedChunks() throws {
        for bad in [
            "5x\r\nhello\r\n", "+5\r\nhello\r\n", "5 \r\nhello\r\n", "-1\r\n", "5\nhello\r\n",
            "0\r\nContent-Length: 5\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n",
        ] {
            let fixture = try Fixture { connection in
                while !(try connection.readSome(within: .seconds(30)).isEmpty) {}
            }
            let client = try fixture.gateway.connect()
            try client.send(request("POST", "/users", ["Transfer-Encoding: chunked"]) + bad)
            try client.send("0\r\n\r\n")
            let response = try client.readResponse()
            #expect(response.status == 400, "\(bad)")
            #expect(client.isClosedByPeer(), "\(bad)")
            #expect(!fixture.origin.receivedText.contains("\r\n0\r\n\r\n"), "\(bad)")
        }
    }

    @Test("A malformed request is in the log with its reason")
    func logsMalformedRequests() throws {
        let fixture = try Fixture.echoing()
        #expect(try fixture.gateway.exchange(request("GET", "/a//b")).status == 400)
        let entry = try fixture.gateway.waitForLogEntry { $0.status == 400 }
        #expect(entry.method == "GET")
        #expect(entry.reason == "malformed_request")
        #expect(entry.detail == "empty_segment")
    }
}
