import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// What a person and a program see of mistakes.
@Suite struct DiagnosticTests {
    @Test("the report shows place, code, line, caret and hint")
    func rendersForPeople() throws {
        let text = """
            methodwall: 1
            paths:
              /users: GETT POST
              /users/{id}: GET
              /users/{name}: PUT
            unlistd: forward
            """
        let report = try diagnostics(of: text).map { $0.rendered() }.joined(separator: "\n")
        #expect(
            report == """
                shop.yaml:3:11: error[unknown-method]: GETT is not a known method
                    3 |   /users: GETT POST
                      |           ^~~~
                   hint: did you mean GET?
                shop.yaml:5:3: error[duplicate-pattern]: \
                /users/{name} matches the same paths as /users/{id}
                    5 |   /users/{name}: PUT
                      |   ^~~~~~~~~~~~~
                   see: shop.yaml:4
                   hint: join the two rules
                shop.yaml:6:1: error[unknown-key]: a policy has no key `unlistd`
                    6 | unlistd: forward
                      | ^~~~~~~
                   hint: did you mean `unlisted`?
                """
        )
    }

    @Test("a quoted word is underlined whole, and a tab does not move the caret")
    func underlinesQuotedWords() throws {
        let text = "methodwall: 1\nhosts: [\"a b.example\"]\t# x\npaths: { /a: GET }\n"
        let report = try #require(try diagnostics(of: text).first).rendered()
        let lines = report.split(separator: "\n").map(String.init)
        #expect(lines[1] == "    2 | hosts: [\"a b.example\"] # x")
        #expect(lines[2] == "      |         ^~~~~~~~~~~~~")
    }

    @Test("a long line is shown around the place only, and controls are spelled out")
    func boundsWhatIsShown() {
        let line = String(repeating: "x", count: 1_000_000) + "\u{1B}[2J HERE"
        let diagnostic = Diagnostic(
            code: "test",
            message: "an \u{1B}[31m escape",
            location: SourceLocation(file: "a\nb.yaml", line: 123_456, column: 1_000_006),
            sourceLine: line
        )
        let report = diagnostic.rendered()
        #expect(report.utf8.count < 500)
        #expect(
            report.hasPrefix("a\\u{a}b.yaml:123456:1000006: error[test]: an \\u{1b}[31m escape\n")
        )
        #expect(!report.unicodeScalars.contains("\u{1B}"))
        let lines = report.split(separator: "\n")
        let caret = lines[2].prefix { $0 != "^" }.count
        #expect(lines[1].dropFirst(caret).hasPrefix("HERE"))
    }

    @Test("a mistake of a whole file shows no line")
    func rendersWholeFiles() throws {
        let report = try PolicyFixture().load().map { $0.rendered() }
        #expect(
            report == [
                """
                .: error[no-policy-files]: the folder holds no policy
                   hint: a policy's file name ends in .yaml or .yml
                """
            ]
        )
    }

    @Test("the JSON form has every part and is one line")
    func rendersForPrograms() throws {
        let text = "methodwall: 1\npaths: { /a: \"GET\\u2028\" }\n"
        let found = try #require(try diagnostics(of: text).first)
        let json = found.json()
        #expect(!json.contains("\n"))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: any Sendable]
        )
        #expect(object["severity"] as? String == "error")
        #expect(object["code"] as? String == found.code)
        #expect(object["file"] as? String == "shop.yaml")
        #expect(object["line"] as? Int == 2)
        #expect(object["column"] as? Int == found.location.column)
        #expect(object["message"] as? String == found.message)
        #expect(object["source"] as? String == found.sourceLine)
        let array = try JSONSerialization.jsonObject(
            with: Data(Diagnostic.json([found, found]).utf8)
        )
        #expect((array as? [[String: any Sendable]])?.count == 2)
        #expect(Diagnostic.json([]) == "[]")
    }

    @Test("JSON text survives a round trip whatever it holds", arguments: 0..<32)
    func escapesJSON(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let scalars = (0..<200).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &generator))
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        let json = JSONValue.array([.string(String(text))]).text()
        let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String]
        #expect(
            parsed?.first?.unicodeScalars.elementsEqual(text) == true,
            "seed \(seed)"
        )
    }

    @Test("all mistakes of all files come in one report, by file and place")
    func reportsEverythingAtOnce() throws {
        let fixture = try PolicyFixture()
        try fixture.folder.write(
            """
            methodwall: 1
            hosts: [a.example]
            upstream: legcy
            cors: { origins: ["https://a.example/", "*"], credentials: true }
            paths:
              /a: GOT
              /a/{x}: GET
              /a/{y}: GET
              users: GET
              /b/../c: GET
              /d: TRACE
            """,
            to: "a.yaml"
        )
        try fixture.folder.write("methodwall: 1\n\tx: y\n", to: "b.yaml")
        try fixture.folder.write(
            "methodwall: 1\npolicy: a\nhosts: [a.example]\npaths: { /a: GET }\n",
            to: "c.yaml"
        )
        let found = fixture.load().map { "\($0.location.file):\($0.location.line) \($0.code)" }
        #expect(
            found == [
                "a.yaml:3 unknown-upstream", "a.yaml:4 invalid-origin",
                "a.yaml:4 credentials-with-any-origin", "a.yaml:4 wildcard-origin-not-alone",
                "a.yaml:6 unknown-method",
                "a.yaml:8 duplicate-pattern", "a.yaml:9 invalid-pattern",
                "a.yaml:10 unreachable-pattern", "a.yaml:11 prohibited-method",
                "b.yaml:2 yaml-tab", "c.yaml:1 duplicate-policy-name", "c.yaml:3 duplicate-host",
            ]
        )
    }

    @Test("a report has an end")
    func boundsReports() throws {
        var fixture = try PolicyFixture(
            "methodwall: 1\npaths:\n" + (0..<300).map { "  /p\($0): GOT\n" }.joined()
        )
        fixture.options.diagnosticsMax = 100
        let found = fixture.load()
        #expect(found.count == 101)
        #expect(found.last?.code == "too-many-diagnostics")
        #expect(found.last?.message == "200 more are not shown")
    }
}
