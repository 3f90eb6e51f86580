import TestKit
import Testing

/// How content travels to the gateway.
enum ContentFraming: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case length, chunked, octetByOctet, chunkByOctet

    var testDescription: String { rawValue }

    /// The field line that frames `body`.
    func field(for body: [UInt8]) -> String {
        switch self {
        case .length, .octetByOctet: "Content-Length: \(body.count)"
        case .chunked, .chunkByOctet: "Transfer-Encoding: chunked"
        }
    }

    /// What is sent behind the head, in pieces.
    func pieces(of body: [UInt8]) -> [[UInt8]] {
        switch self {
        case .length: [body]
        case .octetByOctet: body.map { [$0] }
        case .chunked:
            [Array("\(String(body.count, radix: 16))\r\n".utf8), body, Array("\r\n0\r\n\r\n".utf8)]
        case .chunkByOctet:
            body.map { Array("1\r\n".utf8) + [$0, 13, 10] } + [Array("0\r\n\r\n".utf8)]
        }
    }
}

/// Content and what becomes of it before `/items`, which has no DELETE.
struct ContentCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// The values of the Content-Type lines.
    let types: [String]
    let fields: [String]
    let body: [UInt8]

    init(_ types: [String], _ body: String) { self.init(types, [], body) }

    init(_ types: [String], _ fields: [String], _ body: String) {
        let shown = "\(types.joined(separator: " + ")) \(fields.joined(separator: " "))"
        self.init("\(shown) \(body.prefix(60))", types, fields, body)
    }

    init(_ name: String, _ types: [String], _ body: String) { self.init(name, types, [], body) }

    init(_ name: String, _ types: [String], _ fields: [String], _ body: String) {
        self.name = name
        self.types = types
        self.fields = fields
        self.body = Array(body.utf8)
    }

    var testDescription: String { name }

    static func form(_ body: String) -> ContentCase {
        ContentCase(["application/x-www-form-urlencoded"], body)
    }

    static func typed(_ type: String?, _ body: String = "_method=DELETE") -> ContentCase {
        ContentCase(type.map { [$0] } ?? [], body)
    }

    /// Sends the content in one framing.
    func send(
        to gateway: WitnessedGateway,
        _ framing: ContentFraming,
        target: String = "/items"
    ) throws -> WitnessedGateway.Outcome {
        let lines = types.map { $0.isEmpty ? "Content-Type:" : "Content-Type: \($0)" }
        let head = request("POST", target, lines + fields + [framing.field(for: body)])
        return try gateway.send(
            "POST",
            head: head.dropLastLineEnd,
            content: framing.pieces(of: body)
        )
    }
}

extension ContentCase {
    private static let padding = String(repeating: "pad=0123456789abcdef&", count: 10_000)

    /// Keys and values as frameworks read them.
    static let claims: [ContentCase] = [
        .form("_method=DELETE"), .form("a=b&_method=DELETE"), .form("a=b;_method=DELETE;c=d"),
        .form("_method=DELETE&a=b"), .form("%5fmethod=%64elete"), .form("_METHOD=DELETE"),
        .form("+_method=DELETE"), .form(".method=DELETE"), .form("[method=DELETE"),
        .form("_method[]=DELETE"), .form("_method%00x=DELETE"), .form("_method=+DELETE%0D%0A"),
        .form("_method=PUT&_method=DELETE"), .form("_method=put,delete"),
        .form("x-http-method-override=DELETE"), .form("X_HTTP_METHOD=DELETE"),
        .form("_method=BREW"), .form("_method=TRACE"), .form("\r\n_method=DELETE"),
        .form("a&b&&;_method=DELETE"),
        .form(String(repeating: "%20", count: 200) + "_method=DELETE"),
    ]

    /// Content types that some framework takes for a form's.
    static let types: [ContentCase] = [
        .typed(nil), .typed(""), .typed("APPLICATION/X-WWW-Form-URLEncoded"),
        .typed("application/x-www-form-urlencoded; charset=utf-8"),
        .typed("application/x-www-form-urlencoded;charset=\"ISO-8859-1\""),
        .typed("application/x-www-form-urlencoded,text/plain"),
        .typed("application/x-www-form-urlencoded text/plain"),
    ]

    static let padded: [ContentCase] = [
        .init("behind 200 KiB", ["application/x-www-form-urlencoded"], padding + "_method=DELETE"),
        .init("before 200 KiB", ["application/x-www-form-urlencoded"], "_method=DELETE&" + padding),
        .init("an untyped one behind 200 KiB", [], padding + "_method=DELETE"),
    ]

    /// Forms that cannot be looked through.
    static let unscannable: [(ContentCase, String)] = [
        (
            .init(["application/x-www-form-urlencoded"], ["Content-Encoding: gzip"], "a=b"),
            "content_coding"
        ),
        (
            .init(["application/x-www-form-urlencoded"], ["Content-Encoding: br"], "a=b"),
            "content_coding"
        ),
        (
            .init(
                ["application/x-www-form-urlencoded"],
                ["Content-Encoding: identity, gzip"],
                "a=b"
            ),
            "content_coding"
        ),
        (.init("untyped deflate", [], ["Content-Encoding: deflate"], "a=b"), "content_coding"),
        (
            .init(["multipart/form-data; boundary=XX"], ["Content-Encoding: gzip"], "--XX--\r\n"),
            "content_coding"
        ),
        (.typed("application/x-www-form-urlencoded; charset=utf-16", "a=b"), "content_charset"),
        (.typed("application/x-www-form-urlencoded; charset=utf-7", "a=b"), "content_charset"),
        (.typed("application/x-www-form-urlencoded; charset=\"IBM037\"", "a=b"), "content_charset"),
        (
            .typed("multipart/form-data; boundary=XX; charset=utf-32", "--XX--\r\n"),
            "content_charset"
        ),
    ]
}

@Suite("Method override in urlencoded content (B-04)", .blocking)
struct OverrideContentTests {
    static let shared = SharedWitness(OverridePolicy.judged)

    private func expectRefusal(_ outcome: WitnessedGateway.Outcome) throws {
        #expect(outcome.status == 405)
        #expect(outcome.allow == OverridePolicy.allow)
        #expect(outcome.response.head.members("Connection").contains("close"))
        let problem = try problem(outcome.response)
        #expect(problem["reason"] as? String == "override_not_allowed")
        // A framework acts on complete content.
        #expect(outcome.seen == nil, "the origin got all of it")
        #expect(!outcome.isForwarded)
    }

    @Test(
        "B-04: a refused override in a form cuts the upload, however it is framed and split",
        arguments: ContentCase.claims + ContentCase.types,
        ContentFraming.allCases
    )
    func cutsUploads(_ content: ContentCase, _ framing: ContentFraming) throws {
        let outcome = try content.send(to: Self.shared.get(), framing)
        try expectRefusal(outcome)
        let arrived = String(latin1: outcome.received).uppercased()
        #expect(!arrived.contains("DELETE"), "the claimed method got out")
        #expect(!arrived.hasSuffix("0\r\n\r\n"))
    }

    @Test(
        "B-04: a refused override in big content cuts the upload",
        arguments: ContentCase.padded,
        [ContentFraming.length, .chunked]
    )
    func cutsBigUploads(_ content: ContentCase, _ framing: ContentFraming) throws {
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        let outcome = try content.send(to: witnessed, framing)
        try expectRefusal(outcome)
        #expect(!String(latin1: outcome.received).contains("DELETE"))
    }

    @Test("B-04: an override in the very last octets is seen before they go out")
    func judgesTheLastOctets() throws {
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        let padding = [UInt8](repeating: 0x61, count: 5000)
        let body = Array("x=".utf8) + padding + Array("&_method=DELET".utf8)
        let client = try witnessed.gateway.connect()
        let mark = Witness.mark()
        let type = "Content-Type: application/x-www-form-urlencoded"
        let length = "Content-Length: \(body.count + 1)"
        try client.send(request("POST", "/items", [mark.line, type, length]))
        try client.send(body)
        // The origin gets what is settled, and waits for the rest.
        #expect(eventually { witnessed.origin.receivedText.contains("aaaa") })
        #expect(!witnessed.witness.hasSettled(mark))
        try client.send("E")
        #expect(try client.readResponse().status == 405)
        #expect(eventually { witnessed.witness.hasSettled(mark) })
        #expect(witnessed.witness.request(mark) == nil)
    }

    @Test(
        "B-04: a client that stops behind the claimed method gets none of it through",
        arguments: [
            ("application/x-www-form-urlencoded", "x=", "&_method=DELETE"),
            (
                "multipart/form-data; boundary=XX",
                "--XX\r\nContent-Disposition: form-data; name=x\r\n\r\n",
                "\r\n--XX\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE"
            ),
            (
                "multipart/form-data; boundary=XX",
                "--XX\r\nContent-Disposition: form-data; name=x\r\n\r\n",
                "\r\n--XX\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--X"
            ),
        ]
    )
    func withholdsUndecidedValues(type: String, start: String, end: String) throws {
        // Some servers act on what they got of content that is cut (PHP below Apache, for one).
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        let padding = String(repeating: "y", count: 16_384)
        let client = try witnessed.gateway.connect()
        let mark = Witness.mark()
        try client.send(
            request(
                "POST",
                "/items",
                [mark.line, "Content-Type: \(type)", "Content-Length: 90000"]
            ) + start + padding + end
        )
        #expect(eventually { witnessed.origin.receivedText.contains("yyyy") })
        client.finishSending()
        #expect(eventually { witnessed.witness.hasSettled(mark) })
        #expect(witnessed.witness.request(mark) == nil)
        #expect(!witnessed.origin.receivedText.contains("DELETE"))
    }

    @Test(
        "B-04: a form that cannot be looked through gets 415",
        arguments: ContentCase.unscannable.map(\.0),
        [ContentFraming.length, .chunked]
    )
    func refusesUnscannableForms(_ content: ContentCase, _ framing: ContentFraming) throws {
        let outcome = try content.send(to: Self.shared.get(), framing)
        #expect(outcome.status == 415)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "unscannable_content")
    }

    @Test("B-04: the log says why a form cannot be looked through")
    func logsUnscannableForms() throws {
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        for detail in ["content_coding", "content_charset"] {
            for (content, code) in ContentCase.unscannable where code == detail {
                _ = try content.send(to: witnessed, .length)
            }
            let entry = try witnessed.gateway.waitForLogEntry { $0.detail == detail }
            #expect(entry.status == 415)
            #expect(entry.reason == "unscannable_content")
        }
    }

    @Test(
        "B-04: content that claims nothing, or what is allowed, arrives octet for octet",
        arguments: [
            .form("_method=PUT"), .form("a=b&_method=put&c=d"), .form("_method=&a=b"),
            .form("_methods=DELETE"), .form("q=_method%3DDELETE"), .form("a=b"), .form("="),
            .form("&&&"), .form("q=_method=DELETE"), .form("%"), .form("_method"),
            .typed(nil, "_method=PUT"), .typed(nil, "\u{0}\u{1}\u{ff}{\"a\":1}"),
            .typed("application/json", "{\"_method\":\"DELETE\"}"),
            .typed("text/plain", "_method=DELETE"), .typed("application/octet-stream"),
            .init(["application/json"], ["Content-Encoding: gzip"], "zzzz"),
        ] as [ContentCase],
        ContentFraming.allCases
    )
    func forwardsOtherContent(_ content: ContentCase, _ framing: ContentFraming) throws {
        let outcome = try content.send(to: Self.shared.get(), framing)
        #expect(outcome.isForwarded)
        let seen = try #require(outcome.seen)
        #expect(seen.body == content.body)
        #expect(seen.head.values("Content-Type") == content.types)
    }

    @Test("B-04: a line of the log names the form field, and nothing else of the content")
    func logsContentClaims() throws {
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        _ = try ContentCase.form("secret=1&_method=patch").send(to: witnessed, .length)
        let entry = try witnessed.gateway.waitForLogEntry { $0.status == 405 }
        #expect(entry["methodwall.effective_method"] == "PATCH")
        #expect(entry["methodwall.override_carrier"] == "content _method")
        #expect(entry.reason == "override_not_allowed")
        #expect(entry.method == "POST")
        #expect(entry.path == "/items")
        #expect(entry["methodwall.rule"] == "/items")
        #expect(!entry.line.contains("secret"))
    }

    @Test("B-04: a client that waited for 100 Continue gets its 405 in the midst of the content")
    func cutsAwaitedContent() throws {
        let shared = try Self.shared.get()
        let client = try shared.gateway.connect()
        let mark = Witness.mark()
        let body = "a=b&_method=DELETE"
        let fields = [
            mark.line, "Expect: 100-continue", "Content-Length: \(body.utf8.count)",
            "Content-Type: application/x-www-form-urlencoded",
        ]
        try client.send(request("POST", "/items", fields))
        let interim = try client.readHead()
        #expect(interim.startLine.hasPrefix("HTTP/1.1 100"))
        try client.send(body)
        let response = try client.readResponse()
        #expect(response.status == 405)
        #expect(client.isClosedByPeer())
        #expect(eventually { shared.witness.hasSettled(mark) })
        #expect(shared.witness.request(mark) == nil)
    }

    @Test("B-02 B-04: content is judged whatever the method of the request line")
    func judgesContentOfEveryMethod() throws {
        let shared = try Self.shared.get()
        for method in ["GET", "PUT", "PATCH", "PURGE", "QUERY", "PROPFIND"] {
            let type = "Content-Type: application/x-www-form-urlencoded"
            let refused = try shared.send(method, "/most", [type], body: "_method=DELETE")
            #expect(refused.status == 405, "\(method)")
            #expect(refused.seen == nil, "\(method)")
            let allowed = try shared.send(method, "/most", [type], body: "_method=LOCK")
            #expect(allowed.isForwarded, "\(method)")
        }
    }

    @Test("B-04: nothing behind refused content is ever a request")
    func closesBehindRefusedContent() throws {
        let shared = try Self.shared.get()
        let client = try shared.gateway.connect()
        let mark = Witness.mark()
        let body = "_method=DELETE&x=y"
        let type = "Content-Type: application/x-www-form-urlencoded"
        try client.send(
            request("POST", "/items", [type], body: body) + request("GET", "/items", [mark.line])
        )
        #expect(try client.readResponse().status == 405)
        #expect(client.isClosedByPeer())
        #expect(try shared.send("GET", "/items").isForwarded)
        #expect(!shared.origin.receivedText.contains(mark.line))
    }
}
