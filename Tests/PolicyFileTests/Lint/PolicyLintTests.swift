import MethodPolicy
import PolicyFile
import Testing

@Suite("Lint")
struct PolicyLintTests {
    /// A code, a policy that has it, one that does not, and one that silences it.
    struct Case: Sendable, CustomTestStringConvertible {
        let code: LintCode
        let bad: String
        let good: String
        let silenced: String
        var testDescription: String { code.rawValue }

        /// A case about one rule, whose pattern is the last of `bad` and `good`.
        static func rule(
            _ code: LintCode,
            _ pattern: String,
            _ bad: String,
            good: String,
            beside: String = "",
            file: String = "",
            extra: String = ""
        ) -> Case {
            let head = "methodwall: 1\nupstream: legacy\n" + file + "paths:\n" + beside
            let long = "  \(pattern): { allow: \(bad)\(extra)"
            return Case(
                code: code,
                bad: head + long + " }\n",
                good: head + "  \(pattern): \(good)\n",
                silenced: head + long + ", silence: [\(code.rawValue)] }\n"
            )
        }

        /// A case about the whole file.
        static func file(_ code: LintCode, _ bad: String, good: String = "") -> Case {
            let rest = "paths:\n  /a: GET\n"
            let head = "methodwall: 1\nupstream: legacy\n"
            return Case(
                code: code,
                bad: head + bad + "\n" + rest,
                good: head + good + "\n" + rest,
                silenced: head + bad + "\nsilence: [\(code.rawValue)]\n" + rest
            )
        }
    }

    static let cases: [Case] = [
        .rule(
            .collectionDelete,
            "/users",
            "GET DELETE",
            good: "GET",
            beside: "  /users/{id}: GET\n"
        ),
        .rule(.collectionPut, "/users", "GET PUT", good: "GET", beside: "  /users/{id}: GET\n"),
        .rule(.itemPost, "/users/{id}", "GET POST", good: "GET PUT", beside: "  /users: GET\n"),
        .rule(.unsafeOnStatus, "/healthz", "GET POST", good: "GET"),
        .rule(.reportMode, "/a", "GET", good: "GET", extra: ", mode: report"),
        .rule(.unsafeRest, "/files/**", "GET DELETE", good: "GET"),
        .rule(
            .shadowedRule,
            "/a/**",
            "GET",
            good: "POST",
            beside: "  /a: POST\n  /a/: POST\n  /a/*: POST\n  /a/*/**: POST\n"
        ),
        .rule(.redundantRule, "/a/b", "GET", good: "GET POST", beside: "  /a/{x}: GET\n"),
        .rule(.overrideIgnored, "/a", "POST", good: "POST", extra: ", override: ignore"),
        .rule(.batchEndpoint, "/graphql", "POST", good: "GET"),
        .rule(.anyMethod, "/a", "any", good: "GET"),
        .file(.overrideIgnored, "override: ignore"),
        .file(.reportMode, "mode: report"),
        .file(.tolerance, "tolerate: [semicolon]"),
        .file(.lowerCaseMethod, "methods: [purge]", good: "methods: [PURGE]"),
        .file(.forwardsUnlisted, "unlisted: forward"),
    ]

    private func codes(_ text: String) throws -> [LintCode] {
        PolicyLint.findings(in: try snapshot(of: text)).map(\.code)
    }

    @Test(
        "finds what it is named for, not what is sound, and nothing that is silenced",
        arguments: cases
    )
    func finds(_ tested: Case) throws {
        // `/a/**` beside rules that leave one of its paths to it.
        var good = tested.good
        if tested.code == .shadowedRule {
            good = good.replacing("  /a/*/**: POST\n", with: "").replacing(
                "/**: POST",
                with: "/**: GET"
            )
        }
        #expect(try codes(tested.bad).contains(tested.code), "\(tested.bad)")
        #expect(try !codes(good).contains(tested.code), "\(good)")
        #expect(try !codes(tested.silenced).contains(tested.code), "\(tested.silenced)")
    }

    @Test("every code but those about silence and size has a case")
    func everyCodeHasACase() {
        let tested = Set(Self.cases.map(\.code)).union([.unknownSilence, .notCompared])
        #expect(tested == Set(LintCode.allCases))
    }

    @Test("a code that no finding has is a finding itself, with the one that was meant")
    func unknownSilence() throws {
        let text =
            "methodwall: 1\nupstream: legacy\npaths:\n  /a: { allow: GET, silence: [unsafe-rst] }\n"
        let finding = try #require(PolicyLint.findings(in: try snapshot(of: text)).first)
        #expect(finding.code == .unknownSilence)
        #expect(finding.hint.contains("unsafe-rest"))
        #expect(finding.location.line == 4)
        let known = text.replacing("unsafe-rst", with: "unsafe-rest")
        #expect(try codes(known).isEmpty)
        let both = text.replacing("unsafe-rst", with: "unsafe-rst, unknown-silence")
        #expect(try codes(both).isEmpty)
    }

    @Test("a finding names its place, says how to silence it, and is a warning")
    func diagnostic() throws {
        let text = "methodwall: 1\nupstream: legacy\npaths:\n  /a: GET\n  /files/**: GET PUT\n"
        let finding = try #require(PolicyLint.findings(in: try snapshot(of: text)).first)
        #expect(finding.location.line == 5)
        #expect(finding.diagnostic.severity == .warning)
        #expect(finding.diagnostic.hint?.contains("silence: [unsafe-rest]") == true)
    }
}
