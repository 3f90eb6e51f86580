import MethodPolicy
import Testing

@Suite("Claimed methods")
struct ClaimTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let mode: OverrideMode
        let method: String
        let path: String
        let claims: [MethodClaim]
        let isLetThrough: Bool

        init(
            _ mode: OverrideMode = .judge,
            _ method: String = "POST",
            _ path: String = "/users",
            _ claims: MethodClaim...,
            passes isLetThrough: Bool
        ) {
            self.mode = mode
            self.method = method
            self.path = path
            self.claims = claims
            self.isLetThrough = isLetThrough
        }

        var testDescription: String {
            let texts = claims.map { "\($0.carrier) \(text($0.method))" }
            return "\(mode): \(method) \(path) claims \(texts.joined(separator: ", "))"
        }
    }

    private static let rows: [Row] = [
        Row(.judge, "POST", "/users", claim("PUT"), passes: true),
        Row(.judge, "POST", "/users", claim("DELETE"), passes: false),
        Row(.judge, "POST", "/users", claim("PUT"), claim("DELETE"), passes: false),
        Row(.judge, "POST", "/users", claim("HEAD"), passes: true),
        Row(.judge, "GET", "/users", claim("DELETE"), passes: false),
        Row(.judge, "GET", "/users", claim("DELETE", .query), passes: false),
        Row(.judge, "POST", "/users", claim("POST", .content), passes: true),
        Row(.judge, "POST", "/users", claim("BREW"), passes: false),
        Row(.judge, "POST", "/users", claim("PUT?"), passes: false),
        Row(.judge, "POST", "/users", claim(""), passes: false),
        Row(.judge, "POST", "/users", claim("TRACE"), passes: false),
        Row(.judge, "POST", "/users", claim("CONNECT"), passes: false),
        Row(.judge, "POST", "/users", claim("TRACK"), passes: false),
        Row(.judge, "POST", "/users", claim("PURGE"), passes: false),
        Row(.judge, "POST", "/users", claim("OPTIONS"), passes: false),
        Row(.judge, "GET", "/dav/x", claim("OPTIONS"), passes: true),
        Row(.judge, "OPTIONS", "/dav/x", claim("DELETE"), passes: false),
        Row(.judge, "OPTIONS", "/dav/x", claim("GET"), passes: true),
        Row(.judge, "POST", "/unlisted", claim("DELETE"), passes: true),
        Row(.judge, "POST", "/unlisted", claim("PURGE"), passes: true),
        Row(.judge, "POST", "/unlisted", claim("OPTIONS"), passes: true),
        Row(.judge, "POST", "/unlisted", claim("BREW"), passes: false),
        Row(.judge, "POST", "/unlisted", claim("TRACE"), passes: false),
        Row(.judge, "POST", "/unlisted", claim("CONNECT"), passes: false),
        Row(.refuse, "POST", "/users", claim("PUT"), passes: false),
        Row(.refuse, "POST", "/users", claim("POST", .content), passes: false),
        Row(.refuse, "POST", "/unlisted", claim("POST", .query), passes: false),
        Row(.strip, "POST", "/users", claim("DELETE"), passes: true),
        Row(.strip, "POST", "/users", claim("DELETE", .query), passes: true),
        Row(.strip, "POST", "/users", claim("DELETE", .content), passes: false),
        Row(.strip, "POST", "/users", claim("PUT", .content), passes: true),
        Row(.ignore, "POST", "/users", claim("DELETE", .content), passes: true),
        Row(.ignore, "POST", "/users", claim("BREW"), passes: true),
        // A rule's own word stands above the file's.
        Row(.ignore, "POST", "/judged", claim("DELETE"), passes: false),
        Row(.judge, "POST", "/ignored", claim("DELETE"), passes: true),
    ]

    private static func definition(_ mode: OverrideMode) -> PolicyDefinition {
        policy(
            [
                rule("/users", "GET POST PUT"), rule("/dav/**", "GET", options: .forward),
                rule("/judged", "POST", override: .judge),
                rule("/ignored", "POST", override: .ignore),
            ],
            unlisted: .forward,
            extensions: "PURGE",
            override: mode
        )
    }

    @Test(
        "B-01, B-02: each claimed method is judged beside the one of the request line",
        arguments: rows
    )
    func judges(_ row: Row) throws {
        let snapshot = try snapshot(Self.definition(row.mode))
        let rule = try #require(snapshot.policies.first).rules.first { $0.pattern == row.path }
        let pattern = row.path == "/dav/x" ? "/dav/**" : rule?.pattern
        let outcome = snapshot.outcome(row.method, row.path, claims: row.claims)
        if row.isLetThrough {
            #expect(outcome == .forward(pattern: pattern))
        } else {
            guard case .refuse(405, .overrideNotAllowed, let allow) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(allow?.contains("OPTIONS") == true)
        }
    }

    @Test("B-04: a claim that the content makes later is judged by the permit", arguments: rows)
    func judgesLater(_ row: Row) throws {
        let snapshot = try snapshot(Self.definition(row.mode))
        let (method, path) = (Array(row.method.utf8), Array(row.path.utf8))
        let request = PolicyRequest(method: method.span, path: path.span)
        guard case .forward(let permit) = snapshot.decide(request, host: [UInt8]().span) else {
            Issue.record("refused")
            return
        }
        let refusals = row.claims.compactMap { permit.refusal(of: $0) }
        #expect(refusals.isEmpty == row.isLetThrough)
        #expect(refusals.allSatisfy { $0.reason == .overrideNotAllowed && $0.claim != nil })
        let (overrides, rule) = (permit.overrides, permit.rule)
        #expect(overrides == rule?.overrides ?? row.mode)
    }

    @Test("B-01: the refusal names the first claim that is refused")
    func namesTheClaim() throws {
        let snapshot = try snapshot(Self.definition(.judge))
        let (method, path) = (Array("POST".utf8), Array("/users".utf8))
        var request = PolicyRequest(method: method.span, path: path.span)
        request.claims = [claim("PUT"), claim("DELETE", .query), claim("PATCH")]
        guard case .refuse(let refusal) = snapshot.decide(request, host: [UInt8]().span) else {
            Issue.record("let through")
            return
        }
        #expect(refusal.claim == claim("DELETE", .query))
        #expect(refusal.allow.map { text($0) } == "GET, HEAD, POST, PUT, OPTIONS")
        #expect(refusal.rule?.pattern == "/users")
        #expect(refusal.view === refusal.rule?.views.last)
    }

    @Test("a claim is judged for its client, now and later")
    func judgesForTheClient() throws {
        let snapshot = try snapshot(
            policy([rule("/a", "POST DELETE", only: [only("DELETE", "10.0.0.0/8")])])
        )
        let (method, path) = (Array("POST".utf8), Array("/a".utf8))
        for (address, isAllowed) in [("10.0.0.1", true), ("11.0.0.1", false)] {
            let client = client(address)
            #expect(
                snapshot.outcome("POST", "/a", claims: [claim("DELETE")], client: client)
                    == (isAllowed
                        ? .forward(pattern: "/a")
                        : .refuse(status: 405, .overrideNotAllowed, allow: "POST, OPTIONS"))
            )
            var request = PolicyRequest(method: method.span, path: path.span)
            request.client = client
            guard case .forward(let permit) = snapshot.decide(request, host: [UInt8]().span) else {
                Issue.record("refused")
                return
            }
            let refusal = permit.refusal(of: claim("DELETE", .content))
            #expect((refusal == nil) == isAllowed)
        }
    }

    @Test("claims on OPTIONS that is answered here do not matter")
    func ignoresClaimsOnLocalOptions() throws {
        let snapshot = try snapshot(Self.definition(.refuse))
        #expect(
            snapshot.outcome("OPTIONS", "/users", claims: [claim("DELETE")])
                == .options(allow: "GET, HEAD, POST, PUT, OPTIONS")
        )
        #expect(!snapshot.outcome("OPTIONS", "*", claims: [claim("DELETE")]).isRefused)
    }

    @Test("B-01, B-03: the names that carry a method are the known ones and the file's, each once")
    func completesTheNames() throws {
        var definition = policy([rule("/a")])
        definition.override.fields = ["X-Verb", "X-HTTP-Method", "x-verb"]
        definition.override.parameters = ["Action", "_METHOD"]
        let compiled = try #require(try snapshot(definition).policies.first)
        #expect(
            compiled.overrideFields == [
                "x-http-method-override", "x-http-method", "x-method-override",
                "x-tunneled-method", "x-requested-method", "x-original-method", "x-verb",
            ]
        )
        #expect(
            compiled.overrideParameters == [
                "_method", "x-http-method-override", "x-http-method", "x-method-override",
                "x-tunneled-method", "action",
            ]
        )
    }

    @Test("claims are looked for unless the file and every rule ignore them")
    func knowsWhetherClaimsMatter() throws {
        func judges(_ mode: OverrideMode, _ own: OverrideMode?) throws -> Bool {
            let compiled = try snapshot(policy([rule("/a", override: own)], override: mode))
            let policy = try #require(compiled.policies.first)
            return policy.judgesOverrides
        }
        #expect(try judges(.judge, nil))
        #expect(try judges(.judge, .ignore))
        #expect(try judges(.ignore, .strip))
        #expect(try !judges(.ignore, nil))
        #expect(try !judges(.ignore, .ignore))
    }
}
