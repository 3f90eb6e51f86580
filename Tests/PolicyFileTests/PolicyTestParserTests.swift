import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// The language of a policy's own tests.
@Suite struct PolicyTestParserTests {
    @Test("every clause of a test is read")
    func readsEveryClause() throws {
        let test = try parsed(
            "OPTIONS /users/7?a=1 at shop.example.com:8443 from https://app.example.com asking PUT"
                + " asking-fields A,B by fd00::1 overriding DELETE to /b -> report 405,"
                + " Allow GET HEAD, reason method_not_allowed"
        )
        var request = TestRequest()
        request.method = "OPTIONS"
        request.target = "/users/7?a=1"
        request.host = "shop.example.com:8443"
        request.origin = "https://app.example.com"
        request.asking = "PUT"
        request.askingFields = "A,B"
        request.address = NetworkAddress("fd00::1")
        request.overriding = "DELETE"
        request.destination = "/b"
        #expect(test.request == request)
        #expect(test.expectation.result == .report(status: 405))
        #expect(test.expectation.allow == ["GET", "HEAD"])
        #expect(test.expectation.reason == "method_not_allowed")
    }

    @Test(
        "results",
        arguments: [
            ("forward", TestExpectation.Result.forward(upstream: nil)),
            ("forward to legacy", .forward(upstream: "legacy")),
            ("forward to http://127.0.0.1:9000", .forward(upstream: "http://127.0.0.1:9000")),
            ("405", .answer(status: 405)), ("204", .answer(status: 204)),
            ("report 501", .report(status: 501)), ("400, reason dot_segment", .answer(status: 400)),
        ]
    )
    func readsResults(_ text: String, _ result: TestExpectation.Result) throws {
        #expect(try parsed("GET /a -> \(text)").expectation.result == result)
    }

    @Test(
        "Allow may be written with commas or without, anywhere after the result",
        arguments: [
            "405, Allow GET HEAD, reason method_not_allowed",
            "405, Allow GET, HEAD, reason method_not_allowed",
            "405 Allow GET,HEAD reason method_not_allowed",
            "405 , reason method_not_allowed , Allow HEAD GET",
        ]
    )
    func readsAllow(_ text: String) throws {
        let expectation = try parsed("PUT /a -> \(text)").expectation
        #expect(expectation.allow?.sorted() == ["GET", "HEAD"])
        #expect(expectation.reason == "method_not_allowed")
    }

    @Test(
        "what is wrong is said at the word itself",
        arguments: [
            ("GET", 3, "the path is missing"), ("-> 405", 3, "the method is missing"),
            ("GET /a", 7, "does not say what must come out"),
            ("GET -> 405", 7, "the path is missing"), ("GET a -> 405", 7, "a is not a path"),
            ("GET * -> 405", 7, "* is not a path"), ("G(T /a -> 405", 3, "cannot be a method"),
            ("CONNECT /a -> 405", 3, "always refused"),
            ("GET /a form b -> 405", 10, "knows no form"),
            ("GET /a from -> 405", 15, "what belongs after `from` is missing"),
            ("GET /a from null from c -> 405", 20, "`from` stands twice"),
            ("GET /a from b -> 405", 15, "b is not an origin"),
            ("GET /a from https:// -> 405", 15, "is not an origin"),
            ("GET /a from https://a.example/ -> 405", 15, "is not an origin"),
            ("GET /a from https://a.example:x -> 405", 15, "is not an origin"),
            ("GET /a from 1://a -> 405", 15, "is not an origin"),
            ("GET /a by nobody -> 405", 13, "nobody is not an address"),
            ("GET /a by 10.0.0.0/8 -> 405", 13, "is not an address"),
            ("GET /a overriding P@T -> 405", 21, "cannot be a method"),
            ("MOVE /a to b -> 405", 14, "b is not a destination"),
            ("GET /a ->", 10, "the result is missing"), ("GET /a -> 40", 13, "cannot come out"),
            ("GET /a -> 200", 13, "never decides on 200"),
            ("GET /a -> 418", 13, "never decides on 418"),
            ("GET /a -> forwarded", 13, "forwarded cannot come out"),
            ("GET /a -> report", 13, "the status code after `report` is missing"),
            ("GET /a -> report, reason x", 21, "the status code after `report` is missing"),
            ("GET /a -> forward to", 21, "the upstream is missing"),
            ("GET /a -> 405, Allow", 18, "`Allow` names no method"),
            ("GET /a -> 405, Allow GET GET", 28, "GET stands twice"),
            ("GET /a -> 405, Alow GET", 18, "a result knows no Alow"),
            ("GET /a -> 405, reason", 18, "the code is missing"),
            ("GET /a -> 405, reason nothing", 25, "nothing is not a reason"),
            ("GET /a asking PUT -> 204", 10, "`asking` is for OPTIONS"),
            ("OPTIONS /a asking PUT -> 204", 14, "`asking` is for OPTIONS"),
            ("OPTIONS /a asking-fields A -> 204", 14, "`asking-fields` is for `asking`"),
            ("GET /a -> forward, reason method_not_allowed", 22, "has no reason"),
            ("GET /a -> forward, Allow GET", 22, "has no Allow"),
        ]
    )
    func reportsFaults(_ text: String, _ column: Int, _ message: String) throws {
        let found = try diagnostics(
            of: "methodwall: 1\npaths: { /a: GET }\ntests:\n- \(text)\n"
        )
        #expect(found.map(\.code) == ["invalid-test"])
        #expect(found.map(\.location.line) == [4])
        #expect(found.map(\.location.column) == [column])
        #expect(found.first?.message.contains(message) == true, "\(found.first?.message ?? "")")
    }

    @Test(
        "origins are taken as browsers and attackers write them",
        arguments: ["null", "http://a", "https://a.example:8443", "http://[::1]:80", "app+x://A"]
    )
    func readsOrigins(_ origin: String) throws {
        #expect(try parsed("GET /a from \(origin) -> forward").request.origin == origin)
    }

    @Test("a misspelt word gets the nearest one as a hint")
    func suggests() throws {
        func hint(_ text: String) throws -> String? {
            try diagnostics(of: "methodwall: 1\npaths: { /a: GET }\ntests: [\"\(text)\"]\n")
                .first?.hint
        }
        #expect(try hint("GET /a form b -> 405") == "did you mean from?")
        #expect(
            try hint("GET /a -> 405, reason method_not_alowed")
                == "did you mean method_not_allowed?"
        )
        #expect(try hint("GET /a -> 200")?.contains("write forward") == true)
    }

    @Test("a colon after Allow, which makes YAML see a mapping, is explained")
    func explainsMappings() throws {
        let found = try diagnostics(
            of: "methodwall: 1\npaths: { /a: GET }\ntests:\n- PUT /a -> 405, Allow: GET\n"
        )
        #expect(found.map(\.code) == ["invalid-test"])
        #expect(found.first?.hint?.contains("no colon") == true)
    }

    @Test("a test is bounded, and random words never stop the reader")
    func survivesAnything() throws {
        let long = "GET /" + String(repeating: "a", count: 2_048) + " -> forward"
        #expect(try places(of: file(tests: [long])) == ["invalid-test 4:3"])
        let words = [
            "GET", "/a", "*", "->", "at", "from", "to", "by", "asking", "overriding", "forward",
            "report", "405", "405,", ",", "Allow", "reason", "x", "10.0.0.1", "OPTIONS",
        ]
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...12, using: &random)
            let chosen = (0..<count).map { _ in
                PlacedText(
                    text: words.randomElement(using: &random) ?? "",
                    position: SourcePosition(line: 1, column: 1)
                )
            }
            let draft = TestDraft(
                text: "",
                position: SourcePosition(line: 1, column: 1),
                words: chosen
            )
            var parser = PolicyTestParser(draft)
            if case .success(let test) = parser.parse() {
                #expect(!test.request.method.isEmpty && !test.request.target.isEmpty, "\(seed)")
                #expect(chosen.contains { $0.text == "->" }, "\(seed)")
            }
        }
    }

    private func file(tests: [String]) -> String {
        "methodwall: 1\npaths: { /a: GET }\ntests:\n"
            + tests.map { "- \($0)\n" }.joined()
    }

    private func parsed(_ text: String) throws -> PolicyTest {
        let source = SourceText.checked(file: "a.yaml", bytes: Array(file(tests: [text]).utf8))
        let document = PolicyDocument(source.source, options: LoadOptions())
        #expect(document.diagnostics == [])
        return try #require(document.tests.first)
    }
}
