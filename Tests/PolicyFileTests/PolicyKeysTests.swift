import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// The keys with which a policy is rolled out and restricted to some clients.
@Suite struct PolicyKeysTests {
    @Test("mode, override, tolerances and silenced codes are read, of files and of rules")
    func readsModes() throws {
        let policy = try definition(
            """
            mode: report
            override:
              mode: strip
              fields: [X-Verb, X-Real-Method]
              parameters: __method
            tolerate: [semicolon, underscores]
            silence: [unsafe-rest, shadowed-rule]
            paths:
              /a: GET
              /b: { allow: GET, mode: enforce, override: ignore, silence: post-on-item }
            """
        )
        #expect(policy.mode == .report)
        #expect(policy.override.mode == .strip)
        #expect(policy.override.fields == ["X-Verb", "X-Real-Method"])
        #expect(policy.override.fieldLocations.map(\.column) == [12, 20])
        #expect(policy.override.parameters == ["__method"])
        #expect(policy.override.parameterLocations.map { [$0.line, $0.column] } == [[6, 15]])
        #expect(policy.override.location.line == 4)
        #expect(policy.tolerances == [.semicolon, .underscores])
        #expect(policy.silenced == ["unsafe-rest", "shadowed-rule"])
        #expect(policy.rules.map(\.mode) == [nil, .enforce])
        #expect(policy.rules.map(\.override) == [nil, .ignore])
        #expect(policy.rules.map(\.silenced) == [[], ["post-on-item"]])
    }

    @Test("override may be one word, and what is not written has the documented default")
    func readsDefaults() throws {
        for mode in OverrideMode.allCases {
            let policy = try definition("override: \(mode.rawValue)\npaths: { /a: GET }")
            #expect(policy.override.mode == mode)
        }
        let policy = try definition("paths: { /a: GET }")
        #expect(policy.mode == .enforce && policy.override.mode == .judge)
        #expect(policy.override.fields == [] && policy.override.parameters == [])
        #expect(policy.tolerances == [] && policy.silenced == [])
        let rule = try #require(policy.rules.first)
        #expect(rule.mode == nil && rule.override == nil && rule.only == [] && rule.silenced == [])
    }

    @Test("only: methods, clients and certificates are read with their places")
    func readsRestrictions() throws {
        let policy = try definition(
            """
            paths:
              /a:
                allow: any
                only:
                  DELETE: { clients: [10.0.0.0/8, "fd00::/8", 127.0.0.1] }
                  "PUT PATCH":
                    clients: 10.1.2.3
                    certificates: ["subject=CN=deploy,O=Example", dns=deploy.example.com]
              /b: { allow: GET, only: { any: { certificates: "uri=spiffe://example/x" } } }
            """
        )
        let only = policy.rules[0].only
        #expect(only.count == 2)
        #expect(only.first?.methods == .methods([.delete]))
        #expect(only.first?.methodLocations.map { [$0.line, $0.column] } == [[6, 7]])
        #expect(only.first?.networks.map(\.description) == ["10.0.0.0/8", "fd00::/8", "127.0.0.1"])
        #expect(only.first?.certificates == [])
        #expect(only.last?.methods == .methods([.put, .patch]))
        #expect(only.last?.methodLocations.map(\.column) == [8, 12])
        #expect(only.last?.location.line == 7)
        #expect(
            only.last?.certificates == [
                .subject("CN=deploy,O=Example"), .dns("deploy.example.com"),
            ]
        )
        #expect(policy.rules[1].only.map(\.methods) == [.any])
    }

    @Test("only decides by the client's address")
    func restricts() throws {
        let snapshot = try snapshot(
            of: "methodwall: 1\npaths:\n  /a:\n    allow: GET DELETE\n"
                + "    only: { DELETE: { clients: 10.0.0.0/8 } }\n"
        )
        let rule = try #require(snapshot.policies.first?.rules.first)
        let inside = Client(address: NetworkAddress("10.1.2.3"))
        let outside = Client(address: NetworkAddress("11.1.2.3"))
        #expect(rule.view(for: inside).methodNames == ["GET", "HEAD", "DELETE", "OPTIONS"])
        #expect(rule.view(for: outside).methodNames == ["GET", "HEAD", "OPTIONS"])
        #expect(rule.view(for: Client()).methodNames == ["GET", "HEAD", "OPTIONS"])
    }

    @Test("a condition on certificates that nobody can meet yet is a warning")
    func warnsOfCertificates() throws {
        let text =
            "methodwall: 1\npaths:\n  /a: { allow: GET, only: { GET: { certificates: dns=a } } }\n"
        var fixture = try PolicyFixture(text)
        let load = fixture.loadAll()
        #expect(load.isValid)
        #expect(load.diagnostics.map(\.code) == ["no-client-certificates"])
        #expect(load.diagnostics.map(\.severity) == [.warning])
        #expect(load.diagnostics.map(\.location.column) == [50])
        fixture.options.hasClientCertificates = true
        #expect(fixture.load() == [])
    }

    @Test(
        "a wrong value is reported where it stands",
        arguments: [
            ("mode: off", "invalid-value 2:7"), ("mode: reprot", "invalid-value 2:7"),
            ("mode: [report]", "wrong-type 2:7"),
            ("override: jugde", "invalid-value 2:11"), ("override: [judge]", "wrong-type 2:11"),
            ("override: {}", "invalid-value 2:11"),
            ("override: { mode: no }", "invalid-value 2:19"),
            ("override: { field: [X-A] }", "unknown-key 2:13"),
            ("override: { fields: [] }", "invalid-value 2:21"),
            ("override: { fields: [X-A, x-a] }", "invalid-value 2:27"),
            ("override: { parameters: { a: b } }", "wrong-type 2:25"),
            ("tolerate: semicolons", "invalid-value 2:11"), ("tolerate: []", "invalid-value 2:11"),
            ("tolerate: [semicolon, dots]", "invalid-value 2:23"),
            ("tolerate: [semicolon, semicolon]", "invalid-value 2:23"),
            ("tolerate: { semicolon: true }", "wrong-type 2:11"),
            ("silence: []", "invalid-value 2:10"), ("silence: No_Such", "invalid-value 2:10"),
            ("tests: []", "invalid-value 2:8"), ("tests: GET /a", "wrong-type 2:8"),
            ("only: { GET: { clients: 10.0.0.1 } }", "misplaced-key 2:1"),
            ("paths: { /b: { allow: GET, tolerate: semicolon } }", "misplaced-key 2:28"),
            ("paths: { /b: { allow: GET, tests: [GET /b] } }", "misplaced-key 2:28"),
            ("paths: { /b: { allow: GET, mode: on } }", "invalid-value 2:34"),
            ("paths: { /b: { allow: GET, override: { mode: judge } } }", "wrong-type 2:38"),
            ("paths: { /b: { allow: GET, only: GET } }", "wrong-type 2:34"),
            ("paths: { /b: { allow: GET, only: {} } }", "invalid-value 2:34"),
            ("paths: { /b: { allow: GET, only: { GET: {} } } }", "missing-key 2:41"),
            ("paths: { /b: { allow: GET, only: { GET: 10.0.0.1 } } }", "wrong-type 2:41"),
            (
                "paths: { /b: { allow: GET, only: { GET: { client: 10.0.0.1 } } } }",
                "unknown-key 2:43"
            ),
            (
                "paths: { /b: { allow: GET, only: { GETT: { clients: 10.0.0.1 } } } }",
                "unknown-method 2:36"
            ),
            (
                "paths: { /b: { allow: GET, only: { GET: { clients: [10.0.0.1, a.example] } } } }",
                "invalid-network 2:63"
            ),
            (
                "paths: { /b: { allow: GET, only: { GET: { certificates: CN=deploy } } } }",
                "invalid-certificate-name 2:57"
            ),
        ]
    )
    func reportsValues(_ line: String, _ place: String) throws {
        let paths = line.hasPrefix("paths") ? "" : "paths: { /a: GET }\n"
        let found = try diagnostics(of: "methodwall: 1\n\(line)\n\(paths)")
        #expect(
            found.filter { $0.severity == .error }
                .map { "\($0.code) \($0.location.line):\($0.location.column)" } == [place]
        )
    }

    @Test("a tolerance on a rule is told why it is per file")
    func explainsTolerances() throws {
        let found = try diagnostics(
            of: "methodwall: 1\npaths: { /b: { allow: GET, tolerate: semicolon } }\n"
        )
        #expect(found.first?.hint?.contains("before a rule is known") == true)
    }

    private func definition(_ lines: String) throws -> PolicyDefinition {
        let text = "methodwall: 1\n\(lines)\n"
        let checked = SourceText.checked(file: "shop.yaml", bytes: Array(text.utf8))
        var options = LoadOptions()
        options.hasClientCertificates = true
        let document = PolicyDocument(checked.source, options: options)
        #expect(document.diagnostics == [])
        return try #require(document.definition)
    }
}
