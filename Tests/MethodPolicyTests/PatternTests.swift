import MethodPolicy
import Testing

@Suite("Patterns")
struct PatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let matching: [String]
        let others: [String]

        var testDescription: String { pattern }
    }

    static let uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"

    static let cases: [Case] = [
        Case(pattern: "/", matching: ["/"], others: ["", "/a", "//", "*", "a"]),
        Case(
            pattern: "/users",
            matching: ["/users"],
            others: ["/users/", "/user", "/Users", "/users/1"]
        ),
        Case(
            pattern: "/users/",
            matching: ["/users/"],
            others: ["/users", "/users/1", "/users//"]
        ),
        Case(
            pattern: "/users/{id}",
            matching: ["/users/1", "/users/%20", "/users/*"],
            others: ["/users/", "/users", "/users/1/", "/users/1/2"]
        ),
        Case(pattern: "/users/*", matching: ["/users/x"], others: ["/users/", "/users/x/y"]),
        Case(
            pattern: "/n/{n:int}",
            matching: ["/n/0", "/n/007", "/n/99999999999999999999999"],
            others: ["/n/", "/n/-1", "/n/1a", "/n/a1", "/n/%31", "/n/1/"]
        ),
        Case(
            pattern: "/u/{u:uuid}/x",
            matching: ["/u/\(uuid)/x", "/u/6F9619FF-8B86-D011-B42D-00CF4FC964FF/x"],
            others: [
                "/u/\(uuid)", "/u/\(uuid)0/x", "/u/6f9619ff8b86d011b42d00cf4fc964ff/x",
                "/u/6f9619fg-8b86-d011-b42d-00cf4fc964ff/x", "/u//x",
            ]
        ),
        Case(
            pattern: "/r/*.php",
            matching: ["/r/a.php", "/r/.php.php", "/r/%20.php"],
            others: ["/r/.php", "/r/a.phpx", "/r/a.PHP", "/r/a", "/r/a.php/x"]
        ),
        Case(
            pattern: "/r/img-*",
            matching: ["/r/img-1", "/r/img--"],
            others: ["/r/img-", "/r/xmg-1"]
        ),
        Case(
            pattern: "/r/a*z",
            matching: ["/r/abz", "/r/azz", "/r/aaz"],
            others: ["/r/az", "/r/a", "/r/z", "/r/abz/"]
        ),
        Case(pattern: "/r/a*a", matching: ["/r/aaa", "/r/aba"], others: ["/r/a", "/r/aa"]),
        Case(
            pattern: "/e/*0",
            matching: ["/e/a0", "/e/00", "/e/%200"],
            // The star stands for whole escapes: `%20` is a space, not something before a 0.
            others: ["/e/%20", "/e/0", "/e/%00"]
        ),
        Case(pattern: "/e/*20", matching: ["/e/x20"], others: ["/e/%20", "/e/a%20"]),
        Case(
            pattern: "/assets/**",
            matching: ["/assets", "/assets/", "/assets/x", "/assets/x/y/", "/assets//"],
            others: ["/asset", "/assetsx", "/", ""]
        ),
        Case(pattern: "/**", matching: ["/", "/a", "/a/b/c", "//"], others: ["", "a", "*"]),
        Case(
            pattern: "/caf\u{E9}/%7euser/%c3%a9",
            matching: ["/caf%C3%A9/~user/%C3%A9"],
            others: ["/caf%c3%a9/~user/%C3%A9", "/cafe/~user/%C3%A9"]
        ),
        Case(pattern: "/a%2Db/%41", matching: ["/a-b/A"], others: ["/a%2Db/A", "/a-b/a"]),
        // Patterns and the paths they are compared with have visible ASCII plain.
        Case(pattern: "/x%3Fy", matching: ["/x?y"], others: ["/x", "/x%3Fy", "/xzy"]),
        Case(pattern: "/%23/*%3f", matching: ["/#/a?"], others: ["/#/?", "/%23/a%3F"]),
        Case(pattern: "/%2A/%7Bid%7d", matching: ["/*/{id}"], others: ["/a/{id}", "/*/1"]),
        Case(pattern: "/%25/%20", matching: ["/%25/%20"], others: ["/%/ ", "/%/%20"]),
        Case(pattern: "/a:b@c!$&'()+,=", matching: ["/a:b@c!$&'()+,="], others: ["/a:b@c"]),
        Case(
            pattern: "/abcdefgh/abcdefghijklmnop/abcdefghijklmnopq",
            matching: ["/abcdefgh/abcdefghijklmnop/abcdefghijklmnopq"],
            others: [
                "/abcdefg/abcdefghijklmnop/abcdefghijklmnopq",
                "/abcdefgh/abcdefghijklmno/abcdefghijklmnopq",
                "/abcdefgh/abcdefghijklmnop/abcdefghijklmnopr",
                "/abcdefgh/abcdefghijklmnop/abcdefghijklmnop",
                "/abcdefgi/abcdefghijklmnop/abcdefghijklmnopq",
                "/abcdefgh/abcdefghijklmnoq/abcdefghijklmnopq",
            ]
        ),
    ]

    @Test("a pattern matches what section 1 says and nothing else", arguments: cases)
    func matchesWhatItSays(_ example: Case) throws {
        let snapshot = try snapshot(policy([rule(example.pattern)]))
        for path in example.matching {
            #expect(snapshot.outcome("GET", path) == .forward(pattern: example.pattern), "\(path)")
        }
        for path in example.others {
            #expect(
                snapshot.outcome("GET", path) == .refuse(status: 404, .noRuleForPath, allow: nil),
                "\(path)"
            )
        }
    }

    /// Each list from the most specific to the least, with a path that all of them match.
    static let orders: [(path: String, patterns: [String])] = [
        ("/v/12", ["/v/12", "/v/{n:int}", "/v/1*", "/v/{id}", "/v/**"]),
        ("/v/img-1.php", ["/v/img-1.php", "/v/img-*.php", "/v/img-*", "/v/i*", "/v/*", "/**"]),
        ("/v/\(uuid)", ["/v/{u:uuid}", "/v/6*", "/v/{id}", "/v/**", "/{x}/{y:uuid}", "/**"]),
        (
            "/a/b/c",
            ["/a/b/c", "/a/b/{x}", "/a/b/**", "/a/{x}/c", "/a/{x}/{y}", "/a/**", "/{x}/b/c"]
        ),
        ("/a", ["/a", "/a/**", "/{x}", "/{x}/**", "/**"]),
        ("/a/", ["/a/", "/a/**", "/{x}/", "/{x}/**", "/**"]),
        ("/a/x1/q", ["/a/*1/q", "/a/x*/{y}", "/a/{x}/q"]),
    ]

    @Test("the most specific rule wins, whatever the order of the file", arguments: orders)
    func prefersTheMostSpecific(_ order: (path: String, patterns: [String])) throws {
        for start in order.patterns.indices {
            let present = Array(order.patterns[start...])
            for rules in [present, present.reversed(), rotated(present)] {
                let snapshot = try snapshot(policy(rules.map { rule($0) }))
                #expect(snapshot.outcome("GET", order.path) == .forward(pattern: present[0]))
                let candidates = candidates(snapshot, order.path)
                #expect(candidates == present)
            }
        }
    }

    private func rotated(_ list: [String]) -> [String] {
        Array(list[(list.count / 2)...] + list[..<(list.count / 2)])
    }

    private func candidates(_ snapshot: PolicySnapshot, _ path: String) -> [String] {
        let (path, host) = (Array(path.utf8), Array("example.com".utf8))
        return snapshot.candidates(path: path.span, host: host.span).map(\.pattern)
    }

    static let backtracking: [(rules: [String], path: String, winner: String?)] = [
        (["/users/me", "/users/{id}/edit"], "/users/me/edit", "/users/{id}/edit"),
        (["/users/me", "/users/{id}/edit"], "/users/me", "/users/me"),
        (["/users/me", "/users/{id}/edit"], "/users/you", nil),
        (["/a/{n:int}/x", "/a/{id}/y"], "/a/1/y", "/a/{id}/y"),
        (["/a/img-*/x", "/a/i*/y", "/a/**"], "/a/img-1/y", "/a/i*/y"),
        (["/a/img-*/x", "/a/i*/y", "/a/**"], "/a/img-1/z", "/a/**"),
        (["/a/b/c/d", "/a/b/**", "/**"], "/a/b/c/e", "/a/b/**"),
        (["/a/b/c/d", "/a/{x}/c/e", "/**"], "/a/b/c/e", "/a/{x}/c/e"),
        (["/a/b/c/d", "/a/{x}/c/e", "/**"], "/a/b/c/f", "/**"),
        (["/a/x*/{id}/z", "/a/*y/q/w"], "/a/xy/q/z", "/a/x*/{id}/z"),
        // Equally long literals are equally specific: what follows decides.
        (["/a/x*/{id}", "/a/*y/q"], "/a/xy/q", "/a/*y/q"),
        (["/a/x*/q", "/a/*y/{id}"], "/a/xy/q", "/a/x*/q"),
    ]

    @Test("matching backs up", arguments: backtracking)
    func backsUp(_ example: (rules: [String], path: String, winner: String?)) throws {
        let snapshot = try snapshot(policy(example.rules.map { rule($0) }))
        let expected: Outcome =
            example.winner.map { .forward(pattern: $0) }
            ?? .refuse(status: 404, .noRuleForPath, allow: nil)
        #expect(snapshot.outcome("GET", example.path) == expected)
    }

    @Test("B-28: case: insensitive folds ASCII letters and nothing else")
    func ignoresCaseWhereAsked() throws {
        let rules = [
            rule("/Users/{id}"), rule("/IMG-*.PHP"), rule("/k/%25X"), rule("/abcdefghijklmnopqr"),
        ]
        let snapshot = try snapshot(policy(rules, caseInsensitive: true))
        #expect(snapshot.outcome("GET", "/uSERS/Ab") == .forward(pattern: "/Users/{id}"))
        #expect(snapshot.outcome("GET", "/img-1.pHp") == .forward(pattern: "/IMG-*.PHP"))
        #expect(snapshot.outcome("GET", "/K/%25x") == .forward(pattern: "/k/%25X"))
        #expect(
            snapshot.outcome("GET", "/ABCDEFGHIJKLMNOPQR")
                == .forward(pattern: "/abcdefghijklmnopqr")
        )
        #expect(snapshot.outcome("GET", "/abcdefghijklmnopq%52").isRefused)
        #expect(
            snapshot.outcome("get", "/users/1") == .refuse(status: 501, .unknownMethod, allow: nil)
        )
    }

    @Test("B-28: with case: insensitive a path with an octet beyond ASCII is refused as ambiguous")
    func refusesNonASCIIWithoutCase() throws {
        let rules = [rule("/**"), rule("/keys", "none")]
        let ambiguous = Outcome.refuse(status: 400, .ambiguousPath, allow: nil)
        let folding = try snapshot(
            policy(rules, unlisted: .forward, caseInsensitive: true)
        )
        // U+212A folds to k on some servers, U+017F to s.
        for path in [
            "/%C3%9Cber", "/%C3%BCber/x", "/%E2%84%AAeys", "/key%C5%BF", "/a/%c3%9c", "/%80",
        ] {
            for method in ["GET", "DELETE", "OPTIONS"] {
                #expect(folding.outcome(method, path) == ambiguous, "\(method) \(path)")
            }
        }
        let host = Array("example.com".utf8)
        for octet in UInt8(0x80)...0xFF {
            let escape = Array("/a%\(String(octet, radix: 16, uppercase: true))".utf8)
            #expect(folding.outcome(Array("GET".utf8), escape, host) == ambiguous)
            #expect(folding.outcome(Array("GET".utf8), [0x2F, octet], host) == ambiguous)
        }
        // Other escapes, and what is none, stay as they are.
        for path in ["/%20a", "/a%25", "/%7F", "/a%C", "/a%", "/%8", "/%8g", "/%C%33"] {
            #expect(folding.outcome("GET", path) == .forward(pattern: "/**"), "\(path)")
        }
        let exact = try snapshot(policy(rules))
        #expect(exact.outcome("GET", "/%C3%9Cber") == .forward(pattern: "/**"))
    }

    @Test("B-29: with case: insensitive a segment must not end with a dot or a space")
    func refusesAmbiguousEnds() throws {
        let rules = [rule("/**"), rule("/admin", "none")]
        let ambiguous = Outcome.refuse(status: 400, .ambiguousPath, allow: nil)
        let windows = try snapshot(policy(rules, caseInsensitive: true))
        for path in ["/admin.", "/admin%20", "/a./b", "/a%20/b", "/..."] {
            #expect(windows.outcome("GET", path) == ambiguous, "\(path)")
        }
        #expect(windows.outcome("GET", "/a.b/%20c") == .forward(pattern: "/**"))
        let exact = try snapshot(policy(rules))
        #expect(exact.outcome("GET", "/admin.") == .forward(pattern: "/**"))
    }

    @Test(
        "B-29, B-31: with case: insensitive streams, short names and sessions are refused",
        arguments: [
            "/admin.asp::$DATA", "/c:", "/a:b/c", "/admini~1", "/a/ADMINI~12.TXT", "/~0",
            "/(S(x))", "/(s(lit3py55t21z5v55vlm25s55))/admin", "/a/(A(x)F(y))", "/(x())",
            "/a/(S(x))/b",
        ]
    )
    func refusesWhatWindowsReadsOtherwise(_ path: String) throws {
        let rules = [rule("/**"), rule("/admin/**", "none")]
        let ambiguous = Outcome.refuse(status: 400, .ambiguousPath, allow: nil)
        for (mode, unlisted) in [(PolicyMode.enforce, Unlisted.refuse), (.report, .forward)] {
            var definition = policy(rules, unlisted: unlisted, caseInsensitive: true)
            definition.mode = mode
            #expect(try snapshot(definition).outcome("GET", path) == ambiguous)
        }
        #expect(try snapshot(policy(rules)).outcome("GET", path) == .forward(pattern: "/**"))
    }

    @Test(
        "B-29, B-31: what only resembles them is judged",
        arguments: [
            "/~", "/~user", "/a~b1", "/1~", "/(S)", "/(S(x)", "/S(x))", "/(1(x))", "/(SS(x))",
            "/a(S(x))", "/(S(x))b", "/((x))", "/(S)(x))", "/()",
        ]
    )
    func letsResemblingPathsPass(_ path: String) throws {
        let windows = try snapshot(policy([rule("/**")], caseInsensitive: true))
        #expect(windows.outcome("GET", path) == .forward(pattern: "/**"))
    }

    @Test("B-29: trailing_slash: ignore makes /a and /a/ the same")
    func ignoresTrailingSlashWhereAsked() throws {
        let rules = [rule("/a"), rule("/b/"), rule("/c/{id}/"), rule("/d/**"), rule("/")]
        let snapshot = try snapshot(policy(rules, ignoresTrailingSlash: true))
        for path in ["/a", "/a/"] {
            #expect(snapshot.outcome("GET", path) == .forward(pattern: "/a"))
        }
        for path in ["/b", "/b/"] {
            #expect(snapshot.outcome("GET", path) == .forward(pattern: "/b/"))
        }
        for path in ["/c/1", "/c/1/"] {
            #expect(snapshot.outcome("GET", path) == .forward(pattern: "/c/{id}/"))
        }
        for path in ["/d", "/d/", "/d/x", "/d/x/"] {
            #expect(snapshot.outcome("GET", path) == .forward(pattern: "/d/**"))
        }
        #expect(snapshot.outcome("GET", "/") == .forward(pattern: "/"))
        for path in ["/a//", "/c/", "/c", "/a/b"] {
            #expect(snapshot.outcome("GET", path).isRefused, "\(path)")
        }
    }

    @Test("two patterns are equal if they match the same paths")
    func comparesWithoutParameterNames() throws {
        #expect(try PathPattern("/a/{id}") == PathPattern("/a/*"))
        #expect(try PathPattern("/a/%41") == PathPattern("/a/A"))
        #expect(try PathPattern("/a%3Ab") == PathPattern("/a:b"))
        #expect(try PathPattern("/x%2A%7b") != PathPattern("/x*"))
        #expect(try PathPattern("/%25") != PathPattern("/%20"))
        #expect(try PathPattern("/a/{id}") != PathPattern("/a/{id:int}"))
        #expect(
            try PathPattern("/A", caseInsensitive: true) == PathPattern("/a", caseInsensitive: true)
        )
        #expect(
            try PathPattern("/a/", ignoresTrailingSlash: true)
                == PathPattern("/a", ignoresTrailingSlash: true)
        )
    }
}
