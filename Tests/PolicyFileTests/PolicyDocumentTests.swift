import MethodPolicy
import Testing

@testable import PolicyFile

/// The language of a policy file.
@Suite struct PolicyDocumentTests {
    @Test("every key of the format is read")
    func readsEveryKey() throws {
        let document = try document(
            """
            methodwall: 1
            policy: shop
            hosts: [shop.example.com, "*.shop.example.com"]
            upstream: legacy
            mode: enforce
            unlisted: forward
            methods: [PURGE, BREW]
            case: insensitive
            trailing_slash: ignore
            cors:
              origins: ["https://app.example.com", "https://*.example.com"]
              headers: [Content-Type]
              expose: X-Total-Count
              credentials: true
              max_age: 10m
            paths:
              /a: GET
              /b:
                allow: PURGE BREW
                options: forward
                cors: off
                upstream: https://10.0.0.5:8443
                reason: because
                mode: enforce
              /c:
                allow: any
                cors: { origins: "*", max_age: 2h }
            """
        )
        let policy = try #require(document.definition)
        #expect(document.diagnostics == [])
        #expect(policy.name == "shop")
        #expect(policy.hosts.map(\.name) == ["shop.example.com", "*.shop.example.com"])
        #expect(policy.hosts.map(\.location.column) == [9, 27])
        #expect(policy.upstream == "legacy")
        #expect(policy.unlisted == .forward)
        #expect(policy.extensionMethods.map(\.name) == ["PURGE", "BREW"])
        #expect(policy.extensionMethodLocations.map(\.column) == [11, 18])
        #expect(policy.caseInsensitive)
        #expect(policy.ignoresTrailingSlash)
        #expect(policy.cors?.origins == ["https://app.example.com", "https://*.example.com"])
        #expect(policy.cors?.originLocations.map(\.column) == [13, 40])
        #expect(policy.cors?.headers == ["Content-Type"])
        #expect(policy.cors?.expose == ["X-Total-Count"])
        #expect(policy.cors?.credentials == true)
        #expect(policy.cors?.maxAgeSeconds == 600)
        #expect(policy.rules.map(\.pattern) == ["/a", "/b", "/c"])
        #expect(policy.rules.map(\.location.line) == [17, 18, 25])
        let rule = policy.rules[1]
        #expect(rule.allow == .methods(["PURGE", "BREW"].compactMap { Method($0) }))
        #expect(rule.methodLocations.map(\.column) == [12, 18])
        #expect(rule.options == .forward)
        #expect(rule.cors == .off)
        #expect(rule.upstream == "https://10.0.0.5:8443")
        #expect(rule.reason == "because")
        #expect(policy.rules[0].cors == .inherited)
        guard case .defined(let cors) = policy.rules[2].cors else {
            Issue.record("the rule's own block is missing")
            return
        }
        #expect(cors.origins == ["*"] && cors.maxAgeSeconds == 7_200)
    }

    @Test("what is not written has the documented default")
    func readsDefaults() throws {
        let policy = try #require(
            document("methodwall: 1\npaths: { /a: GET }\n", file: "policies/old shop.yaml")
                .definition
        )
        #expect(policy.name == "old-shop")
        #expect(policy.hosts == [] && policy.upstream == nil && policy.unlisted == .refuse)
        #expect(policy.extensionMethods == [] && policy.cors == nil)
        #expect(!policy.caseInsensitive && !policy.ignoresTrailingSlash)
        let rule = try #require(policy.rules.first)
        #expect(rule.options == .local && rule.cors == .inherited)
        #expect(rule.upstream == nil && rule.reason == nil)
    }

    @Test(
        "the short form, the list and the long form say the same",
        arguments: [
            "GET POST", "[GET, POST]", "\"GET POST\"", "'GET POST'", "{ allow: GET POST }",
            "{ allow: [GET, POST] }", "\n    allow:\n      - GET\n      - POST", "GET  POST",
            "\n    GET\n    POST", ">-\n    GET\n    POST", "|\n    GET POST",
        ]
    )
    func readsEveryForm(_ value: String) throws {
        let read = try document("methodwall: 1\npaths:\n  /a: \(value)\n")
        #expect(read.diagnostics == [])
        #expect(read.definition?.rules.map(\.allow) == [.methods([.get, .post])])
    }

    @Test(
        "none allows nothing and any everything",
        arguments: [
            ("none", Allow.methods([])), ("any", .any), ("{ allow: none }", .methods([])),
            ("{ allow: any }", .any), ("\"any\"", .any),
        ]
    )
    func readsNoneAndAny(_ value: String, _ allow: Allow) throws {
        let read = try document("methodwall: 1\npaths:\n  /a: \(value)\n")
        #expect(read.diagnostics == [])
        #expect(read.definition?.rules.map(\.allow) == [allow])
    }

    @Test(
        "a rule may let connections change to WebSocket, in a word or a list",
        arguments: ["websocket", "[websocket]"]
    )
    func readsUpgrades(_ value: String) throws {
        let read = try document("methodwall: 1\npaths:\n  /a: { allow: GET, upgrade: \(value) }\n")
        #expect(read.diagnostics == [])
        #expect(read.definition?.rules.map(\.upgrades) == [.websocket])
        let plain = try document("methodwall: 1\npaths:\n  /a: { allow: GET }\n")
        #expect(plain.definition?.rules.map(\.upgrades) == [[]])
    }

    @Test(
        "a bad upgrade is reported where it stands",
        arguments: [
            ("/a: { allow: GET, upgrade: h2c }", "invalid-value 3:30", nil),
            ("/a: { allow: GET, upgrade: [websocket, tls] }", "invalid-value 3:42", nil),
            ("/a: { allow: GET, upgrade: { to: websocket } }", "wrong-type 3:30", nil),
            ("/a: { allow: POST, upgrade: websocket }", "invalid-value 3:31", "add GET to `allow`"),
        ]
    )
    func reportsUpgrades(_ rule: String, _ place: String, _ hint: String?) throws {
        let found = try diagnostics(of: "methodwall: 1\npaths:\n  \(rule)\n")
        #expect(found.map { "\($0.code) \($0.location.line):\($0.location.column)" } == [place])
        if let hint { #expect(found.first?.hint == hint) }
        // Of a file it cannot be said.
        let top = "methodwall: 1\nupgrade: websocket\npaths: { /a: GET }\n"
        #expect(try places(of: top) == ["misplaced-key 2:1"])
    }

    @Test(
        "a bad method is reported at the word itself",
        arguments: [
            ("GET GETT POST", "unknown-method 3:11", "did you mean GET?"),
            ("get", "unknown-method 3:7", "method names are case-sensitive: write GET"),
            ("GET, POST", "invalid-method 3:7", "put spaces between methods, no commas"),
            ("GET any", "unknown-method 3:11", "`any` stands alone, without other methods"),
            ("[GET, none]", "unknown-method 3:13", "`none` stands alone, without other methods"),
            ("off", "unknown-method 3:7", "write `none` to allow nothing"),
            ("PURGE", "unknown-method 3:7", "declare it at the top: `methods: [PURGE]`"),
            ("GET TRACE", "prohibited-method 3:11", nil),
            ("CONNECT", "prohibited-method 3:7", nil),
            ("PRI", "prohibited-method 3:7", nil),
            ("\"GET *\"", "prohibited-method 3:12", "`any` allows every known method"),
            ("[GET, \"*\"]", "prohibited-method 3:13", "`any` allows every known method"),
            ("GET (POST)", "invalid-method 3:11", nil),
            ("GET POST GET", "duplicate-method 3:16", nil),
            ("[GET POST]", "invalid-method 3:8", nil),
            ("", "wrong-type 3:6", "write the methods, or `none` to allow nothing"),
            ("[]", "invalid-value 3:7", "write `none` to allow nothing"),
            ("\"\"", "invalid-value 3:7", "write `none` to allow nothing"),
            ("[[GET]]", "wrong-type 3:8", nil),
        ]
    )
    func reportsMethods(_ value: String, _ place: String, _ hint: String?) throws {
        let found = try diagnostics(of: "methodwall: 1\npaths:\n  /a: \(value)\n")
        #expect(found.map { "\($0.code) \($0.location.line):\($0.location.column)" } == [place])
        if let hint { #expect(found.first?.hint == hint) }
    }

    @Test("a method declared after its use, or at the end of the file, is known")
    func knowsMethodsDeclaredLater() throws {
        #expect(try places(of: "methodwall: 1\npaths: { /a: BREW }\nmethods: BREW WHEN\n") == [])
    }

    @Test("declaring what is known already is a warning and no error")
    func warnsOfNeedlessDeclaration() throws {
        let fixture = try PolicyFixture("methodwall: 1\nmethods: [PATCH]\npaths: { /a: GET }\n")
        let load = fixture.loader.load()
        #expect(load.isValid)
        #expect(load.diagnostics.map(\.severity) == [.warning])
        #expect(load.diagnostics.map(\.code) == ["duplicate-method"])
    }

    @Test(
        "a wrong value is reported where it stands",
        arguments: [
            ("unlisted: refuze", "invalid-value 2:11"), ("case: sensitiv", "invalid-value 2:7"),
            ("trailing_slash: true", "invalid-value 2:17"), ("hosts: []", "invalid-value 2:8"),
            ("hosts: { a: b }", "wrong-type 2:8"), ("policy: a b", "invalid-value 2:9"),
            ("policy: [a]", "wrong-type 2:9"), ("upstream: legcy", "unknown-upstream 2:11"),
            ("upstream: http://a/b", "invalid-upstream 2:11"),
            ("upstream: http://u:p@a", "invalid-upstream 2:11"),
            ("upstream: unix:app.sock", "invalid-upstream 2:11"),
            ("upstream: ftp://a", "invalid-upstream 2:11"),
            ("upstream: http://a:99999", "invalid-upstream 2:11"),
            ("upstream: http://[::g]", "invalid-upstream 2:11"),
            ("cors: { origins: \"*\", credentials: yes }", "wrong-type 2:36"),
            ("cors: { origins: \"*\", max_age: 10 }", "invalid-duration 2:32"),
            ("cors: { origins: \"*\", max_age: 1500ms }", "invalid-duration 2:32"),
            ("cors: { headers: [A] }", "missing-key 2:7"),
            ("cors: { origins: \"*\", maxage: 1h }", "unknown-key 2:23"),
            ("cors: [a]", "wrong-type 2:7"),
        ]
    )
    func reportsValues(_ line: String, _ place: String) throws {
        #expect(try places(of: "methodwall: 1\n\(line)\npaths: { /a: GET }\n") == [place])
    }

    @Test(
        "upstreams may be known names or URLs",
        arguments: [
            "legacy", "http://a", "http://a:80/", "https://[::1]:8443", "unix:/run/a.sock",
            "http://10.0.0.1:9000",
        ]
    )
    func acceptsUpstreams(_ upstream: String) throws {
        let text = "methodwall: 1\nupstream: \(upstream)\npaths: { /a: GET }\n"
        #expect(try snapshot(of: text).upstreams == [upstream])
    }

    @Test(
        "the version line is required and is 1",
        arguments: [
            ("", "missing-key 1:1"), ("methodwall: 2\n", "unsupported-value 1:13"),
            ("methodwall: one\n", "wrong-type 1:13"), ("methodwall: \"1\"\n", "wrong-type 1:13"),
            ("methodwall: 0\n", "invalid-value 1:13"),
        ]
    )
    func requiresVersion(_ line: String, _ place: String) throws {
        #expect(try places(of: line + "paths: { /a: GET }\n") == [place])
    }

    @Test("paths are required, and hold rules")
    func requiresPaths() throws {
        #expect(try places(of: "methodwall: 1\n") == ["missing-key 1:1"])
        #expect(try places(of: "methodwall: 1\npaths: {}\n") == ["invalid-value 2:8"])
        #expect(try places(of: "methodwall: 1\npaths: [/a]\n") == ["wrong-type 2:8"])
        #expect(try places(of: "methodwall: 1\npaths:\n") == ["wrong-type 2:7"])
        #expect(try places(of: "- methodwall\n") == ["wrong-type 1:1"])
        #expect(try places(of: "just text\n") == ["wrong-type 1:1"])
    }

    @Test("a preflight's answer may be kept for no time at all")
    func acceptsNoAge() throws {
        let text = "methodwall: 1\ncors: { origins: \"*\", max_age: 0s }\npaths: { /a: GET }\n"
        #expect(try places(of: text) == [])
    }

    @Test("a reason is one line of bounded length")
    func boundsReasons() throws {
        let long = String(repeating: "x", count: 501)
        let text = "methodwall: 1\npaths:\n  /a: { allow: GET, reason: \(long) }\n"
        #expect(try places(of: text) == ["invalid-value 3:29"])
        let control = "methodwall: 1\npaths:\n  /a: { allow: GET, reason: \"a\\tb\" }\n"
        #expect(try places(of: control) == ["invalid-value 3:29"])
    }

    private func document(_ text: String, file: String = "shop.yaml") throws -> PolicyDocument {
        let checked = SourceText.checked(file: file, bytes: Array(text.utf8))
        #expect(checked.faults == [])
        return PolicyDocument(checked.source, options: LoadOptions(upstreamNames: ["legacy"]))
    }
}
