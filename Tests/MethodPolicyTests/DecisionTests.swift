import MethodPolicy
import TestKit
import Testing

@Suite("The decision")
struct DecisionTests {
    static let shop = policy(
        [
            rule("/users", "GET POST"),
            rule("/users/{id}", "GET PUT DELETE"),
            rule("/closed", "none"),
            rule("/head", "HEAD"),
            rule("/dav/**", "GET PROPFIND", options: .forward),
            rule("/open", "GET", cors: .defined(cors(["https://app.test"]))),
            rule("/dav-cors", "GET", options: .forward, cors: .defined(cors(["https://app.test"]))),
        ],
        hosts: ["example.com"],
        extensions: "PURGE"
    )

    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        var host = "example.com"
        var isPreflight = false
        let outcome: Outcome

        var testDescription: String {
            "\(method) \(path) of \(host)\(isPreflight ? " as preflight" : "")"
        }
    }

    static let users = "GET, HEAD, POST, OPTIONS"
    static let unknown = Outcome.refuse(status: 501, .unknownMethod, allow: nil)

    static let rows: [Row] = [
        // Row 2, R-05, B-10, B-11: an unknown method is 501 whatever the host and the path.
        Row(method: "BREW", path: "/users", outcome: unknown),
        Row(method: "BREW", path: "/nowhere", outcome: unknown),
        Row(method: "BREW", path: "/users", host: "other.test", outcome: unknown),
        Row(method: "BREW", path: "*", outcome: unknown),
        Row(method: "get", path: "/users", outcome: unknown),
        Row(method: "Get", path: "/users", outcome: unknown),
        Row(method: "GET ", path: "/users", outcome: unknown),
        Row(method: "GETT", path: "/users", outcome: unknown),
        Row(method: "GE", path: "/users", outcome: unknown),
        Row(method: "", path: "/users", outcome: unknown),
        Row(method: "\0GET", path: "/users", outcome: unknown),
        Row(method: "GET\0", path: "/users", outcome: unknown),
        Row(method: "PRI", path: "*", outcome: unknown),
        Row(method: "*", path: "/users", outcome: unknown),
        Row(method: "TRACK", path: "/users", outcome: unknown),
        Row(method: String(repeating: "G", count: 5000), path: "/users", outcome: unknown),
        // Row 3: no policy for the host.
        Row(
            method: "GET",
            path: "/users",
            host: "other.test",
            outcome: .refuse(status: 421, .noPolicyForHost, allow: nil)
        ),
        Row(
            method: "TRACE",
            path: "/users",
            host: "",
            outcome: .refuse(status: 421, .noPolicyForHost, allow: nil)
        ),
        Row(
            method: "OPTIONS",
            path: "*",
            host: "other.test",
            outcome: .refuse(status: 421, .noPolicyForHost, allow: nil)
        ),
        // Row 4: no rule for the path.
        Row(
            method: "GET",
            path: "/nowhere",
            outcome: .refuse(status: 404, .noRuleForPath, allow: nil)
        ),
        Row(
            method: "OPTIONS",
            path: "/nowhere",
            isPreflight: true,
            outcome: .refuse(status: 404, .noRuleForPath, allow: nil)
        ),
        Row(
            method: "TRACE",
            path: "/nowhere",
            outcome: .refuse(status: 404, .noRuleForPath, allow: nil)
        ),
        Row(method: "GET", path: "*", outcome: .refuse(status: 404, .noRuleForPath, allow: nil)),
        Row(method: "GET", path: "", outcome: .refuse(status: 404, .noRuleForPath, allow: nil)),
        Row(
            method: "GET",
            path: "users",
            outcome: .refuse(status: 404, .noRuleForPath, allow: nil)
        ),
        // Row 5: preflights, R-80.
        Row(
            method: "OPTIONS",
            path: "/open",
            isPreflight: true,
            outcome: .preflight(pattern: "/open")
        ),
        Row(
            method: "OPTIONS",
            path: "/dav-cors",
            isPreflight: true,
            outcome: .preflight(pattern: "/dav-cors")
        ),
        Row(
            method: "OPTIONS",
            path: "/users",
            isPreflight: true,
            outcome: .options(allow: "GET, HEAD, POST, OPTIONS")
        ),
        Row(
            method: "OPTIONS",
            path: "/dav/x",
            isPreflight: true,
            outcome: .forward(pattern: "/dav/**")
        ),
        Row(method: "GET", path: "/open", isPreflight: true, outcome: .forward(pattern: "/open")),
        // Row 6: OPTIONS, R-08, R-09.
        Row(method: "OPTIONS", path: "/users", outcome: .options(allow: users)),
        Row(method: "OPTIONS", path: "/open", outcome: .options(allow: "GET, HEAD, OPTIONS")),
        Row(method: "OPTIONS", path: "/closed", outcome: .options(allow: "OPTIONS")),
        Row(method: "OPTIONS", path: "/dav/x", outcome: .forward(pattern: "/dav/**")),
        Row(
            method: "OPTIONS",
            path: "*",
            outcome: .options(allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PROPFIND")
        ),
        // Row 7, R-01, R-02, R-03: not in the rule, always with Allow.
        Row(
            method: "DELETE",
            path: "/users",
            outcome: .refuse(status: 405, .methodNotAllowed, allow: users)
        ),
        Row(
            method: "PURGE",
            path: "/users",
            outcome: .refuse(status: 405, .methodNotAllowed, allow: users)
        ),
        Row(
            method: "GET",
            path: "/closed",
            outcome: .refuse(status: 405, .methodNotAllowed, allow: "OPTIONS")
        ),
        Row(
            method: "GET",
            path: "/head",
            outcome: .refuse(status: 405, .methodNotAllowed, allow: "HEAD, OPTIONS")
        ),
        // R-11, R-12, B-13: TRACE and CONNECT are known and never allowed.
        Row(
            method: "TRACE",
            path: "/users",
            outcome: .refuse(status: 405, .methodNotAllowed, allow: users)
        ),
        Row(
            method: "CONNECT",
            path: "/users",
            outcome: .refuse(
                status: 405,
                .connectRefused,
                allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PROPFIND"
            )
        ),
        Row(
            method: "CONNECT",
            path: "",
            outcome: .refuse(
                status: 405,
                .connectRefused,
                allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PROPFIND"
            )
        ),
        // Row 9: forward; GET brings HEAD along.
        Row(method: "GET", path: "/users", outcome: .forward(pattern: "/users")),
        Row(method: "HEAD", path: "/users", outcome: .forward(pattern: "/users")),
        Row(method: "POST", path: "/users", outcome: .forward(pattern: "/users")),
        Row(method: "DELETE", path: "/users/7", outcome: .forward(pattern: "/users/{id}")),
        Row(method: "HEAD", path: "/head", outcome: .forward(pattern: "/head")),
        Row(method: "PROPFIND", path: "/dav", outcome: .forward(pattern: "/dav/**")),
    ]

    @Test("the rows of section 2, in their order", arguments: rows)
    func decides(_ row: Row) throws {
        let snapshot = try snapshot(Self.shop)
        let outcome = snapshot.outcome(
            row.method,
            row.path,
            host: row.host,
            isPreflight: row.isPreflight
        )
        #expect(outcome == row.outcome)
    }

    @Test("an unlisted path has the file's upstream, a rule may have its own")
    func choosesTheUpstream() throws {
        let definition = policy(
            [rule("/a"), rule("/b", upstream: "crm"), rule("/c", upstream: "http://x:1")],
            upstream: "legacy",
            unlisted: .forward
        )
        let other = policy([rule("/a")], name: "other", hosts: ["other.test"], upstream: nil)
        let result = PolicySnapshot.compile(
            [definition, other],
            version: "v7",
            defaultUpstream: "http://x:1"
        )
        let snapshot = try result.get()
        #expect(snapshot.version == "v7")
        #expect(snapshot.upstreams.sorted() == ["crm", "http://x:1", "legacy"])
        #expect(snapshot.upstream("GET", "/a") == "legacy")
        #expect(snapshot.upstream("GET", "/b") == "crm")
        #expect(snapshot.upstream("GET", "/c") == "http://x:1")
        #expect(snapshot.upstream("GET", "/unlisted") == "legacy")
        #expect(snapshot.upstream("GET", "/a", host: "other.test") == "http://x:1")
        #expect(snapshot.upstream("PUT", "/a") == nil)
    }

    @Test func aRuleKnowsWhereItComesFrom() throws {
        let snapshot = try snapshot(Self.shop)
        let rule = try #require(snapshot.policies.first?.rules.first)
        #expect(rule.pattern == "/users")
        #expect(rule.index == 0)
        #expect(rule.policyIndex == 0)
        #expect(rule.locationText == "demo.yaml:10")
        #expect(rule.location.description == "demo.yaml:10:3")
        #expect(text(rule.allow) == Self.users)
        #expect(rule.methodNames == ["GET", "HEAD", "POST", "OPTIONS"])
    }

    @Test("no octets make a decision trap")
    func survivesAnyOctets() throws {
        let seed: UInt64 = 0x5EED_0001
        var generator = SeededGenerator(seed: seed)
        let shop = try snapshot([
            Self.shop,
            policy(
                [rule("/a*b/**"), rule("/{u:uuid}/*.x"), rule("/{n:int}"), rule("/*0/q")],
                name: "folded",
                unlisted: .forward,
                caseInsensitive: true,
                ignoresTrailingSlash: true
            ),
            policy([rule("/**")], name: "wild", hosts: ["*.example.com", "*.b.example.com"]),
            policy([rule("/**")], name: "address", hosts: ["[::1]", "[::ffff:1.2.3.4]"]),
        ])
        let interesting: [UInt8] = Array("/.%*aA0\u{0}-".utf8) + [0xFF, 0x80, 0x0D, 0x0A]
        for round in 0..<20_000 {
            let octets = { (count: Int, generator: inout SeededGenerator) -> [UInt8] in
                (0..<Int.random(in: 0...count, using: &generator)).map { _ in
                    Bool.random(using: &generator)
                        ? interesting.randomElement(using: &generator) ?? 0
                        : UInt8.random(in: 0...255, using: &generator)
                }
            }
            let isMethodKnown = Bool.random(using: &generator)
            let method = isMethodKnown ? Array("GET".utf8) : octets(70, &generator)
            let path = octets(40, &generator)
            let slashed = Bool.random(using: &generator) ? [0x2F] + path : path
            let address = String(
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    ":::..01f".randomElement(using: &generator) ?? ":"
                }
            )
            let hosts = [
                "example.com", ".example.com", "a.B.example.com.", ".", "[::1]", "[\(address)]",
            ].map {
                Array($0.utf8)
            }
            let host =
                Bool.random(using: &generator)
                ? octets(20, &generator) : hosts.randomElement(using: &generator) ?? []
            let outcome = shop.outcome(method, slashed, host)
            if slashed.first != 0x2F, !outcome.isRefused {
                Issue.record("seed \(seed), round \(round): \(slashed) gives \(outcome)")
            }
        }
    }

    @Test("very long and very deep paths are decided")
    func survivesLongPaths() throws {
        let snapshot = try snapshot(policy([rule("/a/**"), rule("/{x}/{y}/z")]))
        let deep = "/a" + String(repeating: "/b", count: 100_000)
        #expect(snapshot.outcome("GET", deep) == .forward(pattern: "/a/**"))
        #expect(snapshot.outcome("GET", "/b" + deep).isRefused)
        let long = "/" + String(repeating: "x", count: 1_000_000) + "/y/z"
        #expect(snapshot.outcome("GET", long) == .forward(pattern: "/{x}/{y}/z"))
    }

    @Test("the values that pass through every request stay small")
    func staysSmall() {
        #expect(MemoryLayout<Permit>.size == 32)
        #expect(MemoryLayout<Refusal>.size == 40)
        #expect(MemoryLayout<OptionsAnswer>.size == 32)
        #expect(MemoryLayout<PreflightAnswer>.size == 32)
        #expect(MemoryLayout<Decision>.size <= 41)
        #expect(MemoryLayout<MethodSet>.size == 8)
    }

    @Test("every reason has a status that goes with it, and a raw value for logs")
    func namesReasons() {
        for reason in RefusalReason.allCases {
            let isLogName = reason.rawValue.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || $0 == 0x5F
            }
            #expect(isLogName, "\(reason)")
            #expect((204...599).contains(reason.status), "\(reason)")
            #expect(reason.rawValue.hasPrefix("cors_") == (reason.status == 204), "\(reason)")
        }
    }
}
