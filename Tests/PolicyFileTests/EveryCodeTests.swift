import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// Every code that the catalogue has can be reached, and says where and what to do.
@Suite struct EveryCodeTests {
    /// A policy text for each code that a text alone can cause.
    private static let texts: [(Diagnostic.Code, String)] = [
        (.emptyFile, "# nothing\n"),
        (.invalidCharacter, "methodwall: 1\u{7}\n"),
        (.yamlSyntax, "methodwall: 1\npaths: [unclosed\n"),
        (.yamlTab, "paths:\n\t/a: GET\n"),
        (.yamlAnchor, "paths: &a { /a: GET }\n"),
        (.yamlAlias, "hosts: [*a]\n"),
        (.yamlTag, "policy: !!str a\n"),
        (.yamlMergeKey, "<<: x\n"),
        (.yamlComplexKey, "? a\n: b\n"),
        (.yamlSeveralDocuments, "a: b\n---\nc: d\n"),
        (.yamlTooDeep, String(repeating: "[", count: 20) + String(repeating: "]", count: 20)),
        (.duplicateKey, "policy: a\npolicy: b\n"),
        (.unknownKey, "path: {}\n"),
        (.missingKey, "methodwall: 1\n"),
        (.misplacedKey, "only: { GET: { clients: 10.0.0.1 } }\n"),
        (.unsupportedValue, "methodwall: 2\n"),
        (.wrongType, "policy: 12\n"),
        (.invalidValue, "unlisted: maybe\n"),
        (.invalidDuration, "cors: { origins: \"*\", max_age: 10 }\n"),
        (.invalidMethod, "paths: { /a: \"(GET)\" }\n"),
        (.unknownMethod, "paths: { /a: GETT }\n"),
        (.prohibitedMethod, "paths: { /a: TRACE }\n"),
        (.duplicateMethod, "paths: { /a: GET GET }\n"),
        (.invalidUpstream, "upstream: http://\n"),
        (.unknownUpstream, "upstream: nobody\n"),
        (
            .invalidNetwork,
            "paths: { /a: { allow: GET, only: { GET: { clients: 10.0.0.1/8 } } } }\n"
        ),
        (
            .invalidCertificateName,
            "paths: { /a: { allow: GET, only: { GET: { certificates: deploy } } } }\n"
        ),
        (.invalidTest, "tests: [GET /a]\n"),
        (.testFailed, "methodwall: 1\npaths: { /a: GET }\ntests: [POST /a -> forward]\n"),
    ]

    /// A configuration text for each code that only methodwall.yaml can cause.
    private static let configurations: [(Diagnostic.Code, String)] = [
        (.invalidSize, "limits: { head: 32 }\n"),
        (.invalidAddress, "listen: 8080\n"),
        (.invalidFieldName, "identity_fields: { strip: \"X-*-User\" }\n"),
    ]

    /// The codes that take more than a text, each with its own test in this target.
    private static let others: [Diagnostic.Code] = [
        .folderUnreadable, .noPolicyFiles, .fileUnreadable, .notARegularFile, .fileTooLarge,
        .insecurePermissions, .invalidUTF8, .duplicatePolicyName, .tooManyDiagnostics,
        .noClientCertificates, .tooManyTests,
    ]

    @Test("a policy text can cause it", arguments: texts)
    func isReached(_ code: Diagnostic.Code, _ text: String) throws {
        let found = try diagnostics(of: text)
        let diagnostic = try #require(found.first { $0.code == code.rawValue })
        #expect(!diagnostic.message.isEmpty && !diagnostic.message.hasSuffix("."))
        #expect(diagnostic.message.utf8.count <= 300)
        #expect(try PolicyFixture(text).loadAll().snapshot == nil)
    }

    @Test("a configuration text can cause it", arguments: configurations)
    func isReachedByConfiguration(_ code: Diagnostic.Code, _ text: String) {
        let load = GatewayDocument.read(bytes: Array(text.utf8), file: "methodwall.yaml")
        #expect(load.document == nil)
        #expect(load.diagnostics.map(\.code) == [code.rawValue])
    }

    @Test("no code is left out, and each is in kebab-case")
    func coversTheCatalogue() {
        let covered = Self.texts.map(\.0) + Self.configurations.map(\.0) + Self.others
        #expect(covered.count == Set(covered).count)
        #expect(Set(covered) == Set(Diagnostic.Code.allCases))
        for code in Diagnostic.Code.allCases {
            #expect(
                code.rawValue.utf8.allSatisfy {
                    $0 == 0x2D || $0 >= 0x61 && $0 <= 0x7A || $0 == 0x38
                }
            )
        }
    }

    @Test(
        "the compiler's mistakes are reported with their line (F-09)",
        arguments: [
            ("paths: { a: GET }", "invalid-pattern 2:10"),
            ("paths: { /a/../b: GET }", "unreachable-pattern"),
            ("paths: { \"/{a}\": GET, \"/{b}\": PUT }", "duplicate-pattern 2:24"),
            ("hosts: [\"a b\"]\npaths: { /a: GET }", "invalid-host 2:9"),
            ("hosts: [a.example, a.example]\npaths: { /a: GET }", "duplicate-host 2:20"),
            (
                "cors: { origins: \"*\", credentials: true }\npaths: { /a: GET }",
                "credentials-with-any-origin"
            ),
            ("cors: { origins: [null] }\npaths: { /a: GET }", "wrong-type 2:19"),
            ("cors: { origins: [\"https://a/\"] }\npaths: { /a: GET }", "invalid-origin 2:19"),
            ("override: { fields: [a b] }\npaths: { /a: GET }", "invalid-field-name 2:22"),
            ("override: { parameters: [a&b] }\npaths: { /a: GET }", "invalid-parameter-name 2:26"),
            (
                "paths: { /a: { allow: GET, only: { PUT: { clients: 10.0.0.1 } } } }",
                "restricted-method-not-allowed 2:36"
            ),
            (
                "paths: { /a: { allow: GET, only: { OPTIONS: { clients: 10.0.0.1 } } } }",
                "unrestrictable-method 2:36"
            ),
            (
                "paths: { /a: { allow: GET, only: { GET: { clients: [] } } } }",
                "empty-restriction 2:36"
            ),
            (
                "paths: { /a: { allow: any, only: { GET PUT: { clients: 10.0.0.1 }, "
                    + "PUT POST: { clients: 10.0.0.2 } } } }",
                "duplicate-restriction 2:68"
            ),
        ]
    )
    func reportsFaults(_ lines: String, _ place: String) throws {
        let found = try diagnostics(of: "methodwall: 1\n\(lines)\n")
        let places = found.map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(places.count == 1 && places.allSatisfy { $0.hasPrefix(place) }, "\(places)")
        #expect(found.first?.sourceLine?.isEmpty == false)
    }

    @Test("a file without upstream needs a default one")
    func reportsMissingUpstream() throws {
        var fixture = try PolicyFixture("methodwall: 1\npaths: { /a: GET }\n")
        #expect(fixture.load() == [])
        fixture.options.defaultUpstream = nil
        #expect(fixture.load().map(\.code) == ["missing-upstream"])
    }
}
