import MethodPolicy
import Testing

@Suite("Report mode")
struct ReportTests {
    private static let rules = [
        rule("/users", "GET POST", only: [only("POST", "10.0.0.0/8")]),
        rule("/enforced", "GET", mode: .enforce),
        rule("/dav/**", "GET COPY", options: .forward),
        rule("/cors", "GET", cors: .defined(cors(["https://app.test"]))),
        rule("/*", "none"),
    ]
    private static let file = policy(rules, mode: .report)

    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        var isPreflight = false
        var claims: [MethodClaim] = []
        var destination = ""
        let outcome: Outcome

        var testDescription: String { "\(method) \(path): \(outcome)" }
    }

    @Test(
        "what enforce mode refuses is forwarded and told of",
        arguments: [
            Row(method: "GET", path: "/users", outcome: .forward(pattern: "/users")),
            Row(
                method: "DELETE",
                path: "/users",
                outcome: .report(.methodNotAllowed, pattern: "/users")
            ),
            Row(
                method: "POST",
                path: "/users",
                outcome: .report(.clientNotAllowed, pattern: "/users")
            ),
            Row(
                method: "BREW",
                path: "/users",
                outcome: .report(.unknownMethod, pattern: "/users")
            ),
            Row(method: "BREW", path: "/no/rule", outcome: .report(.unknownMethod, pattern: nil)),
            Row(method: "GET", path: "/no/rule", outcome: .report(.noRuleForPath, pattern: nil)),
            Row(
                method: "OPTIONS",
                path: "/no/rule",
                outcome: .report(.noRuleForPath, pattern: nil)
            ),
            Row(
                method: "GET",
                path: "/users",
                claims: [claim("PUT")],
                outcome: .report(.overrideNotAllowed, pattern: "/users")
            ),
            Row(
                method: "COPY",
                path: "/dav/a",
                destination: "/users",
                outcome: .report(.destinationNotAllowed, pattern: "/dav/**")
            ),
            // A rule's own mode stands above the file's.
            Row(
                method: "PUT",
                path: "/enforced",
                outcome: .refuse(status: 405, .methodNotAllowed, allow: "GET, HEAD, OPTIONS")
            ),
            Row(
                method: "BREW",
                path: "/enforced",
                outcome: .refuse(status: 501, .unknownMethod, allow: nil)
            ),
            // The mode is that of the rule that would be got round.
            Row(
                method: "COPY",
                path: "/dav/a",
                destination: "/enforced",
                outcome: .refuse(status: 403, .destinationNotAllowed, allow: nil)
            ),
            // OPTIONS is not answered here, but for the server as a whole.
            Row(method: "OPTIONS", path: "/users", outcome: .forward(pattern: "/users")),
            Row(method: "OPTIONS", path: "/dav/a", outcome: .forward(pattern: "/dav/**")),
            Row(
                method: "OPTIONS",
                path: "/enforced",
                outcome: .options(allow: "GET, HEAD, OPTIONS")
            ),
            Row(method: "OPTIONS", path: "*", outcome: .options(allow: "GET, HEAD, OPTIONS, COPY")),
            Row(
                method: "OPTIONS",
                path: "/users",
                isPreflight: true,
                outcome: .report(.corsNotConfigured, pattern: "/users")
            ),
            Row(
                method: "OPTIONS",
                path: "/dav/a",
                isPreflight: true,
                outcome: .forward(pattern: "/dav/**")
            ),
            Row(
                method: "OPTIONS",
                path: "/cors",
                isPreflight: true,
                outcome: .preflight(pattern: "/cors")
            ),
        ]
    )
    func reports(_ row: Row) throws {
        let outcome = try snapshot(Self.file).outcome(
            row.method,
            row.path,
            isPreflight: row.isPreflight,
            claims: row.claims,
            destination: row.destination
        )
        #expect(outcome == row.outcome)
    }

    @Test(
        "B-13: what no policy can allow is refused in report mode too, in any case",
        arguments: [
            "TRACE", "CONNECT", "TRACK", "PRI", "trace", "Track", "connect", "pri", "TrAcE", "*",
        ]
    )
    func refusesProhibitedMethods(_ method: String) throws {
        for unlisted in [Unlisted.refuse, .forward] {
            let snapshot = try snapshot(policy(Self.rules, unlisted: unlisted, mode: .report))
            for path in ["/users", "/no/rule", "/cors", "*", ""] {
                #expect(snapshot.outcome(method, path).isRefused, "\(path)")
            }
        }
    }

    @Test("what is not a path is refused in report mode too", arguments: ["", "*", "a", "?"])
    func refusesWhatIsNoPath(_ path: String) throws {
        let snapshot = try snapshot(Self.file)
        for method in ["GET", "BREW", "DELETE"] {
            #expect(snapshot.outcome(method, path).isRefused, "\(method)")
        }
    }

    @Test("one rule in report mode leaves the others alone")
    func reportsByRule() throws {
        let snapshot = try snapshot(
            policy([rule("/a", "GET", mode: .report), rule("/b", "GET"), rule("/c", "COPY")])
        )
        #expect(snapshot.outcome("PUT", "/a") == .report(.methodNotAllowed, pattern: "/a"))
        #expect(snapshot.outcome("BREW", "/a") == .report(.unknownMethod, pattern: "/a"))
        #expect(snapshot.outcome("PUT", "/b").isRefused)
        #expect(snapshot.outcome("GET", "/x").isRefused)
        #expect(snapshot.outcome("BREW", "/x").isRefused)
        #expect(
            snapshot.outcome("COPY", "/c", destination: "/a")
                == .report(.destinationNotAllowed, pattern: "/c")
        )
        #expect(snapshot.outcome("COPY", "/c", destination: "/b").isRefused)
    }

    @Test("a preflight that the browser would take for a refusal is forwarded in report mode alone")
    func forwardsRefusedPreflights() throws {
        for mode in [PolicyMode.enforce, .report] {
            let snapshot = try snapshot(policy(Self.rules, mode: mode))
            let (method, path) = (Array("OPTIONS".utf8), Array("/cors".utf8))
            var request = PolicyRequest(method: method.span, path: path.span)
            request.isPreflight = true
            let decision = snapshot.decide(request, host: [UInt8]().span)
            guard case .preflight(let answer) = consume decision else {
                Issue.record("not a preflight")
                continue
            }
            guard let permit = answer.permit(reporting: .corsOriginNotAllowed) else {
                #expect(mode == .enforce)
                continue
            }
            #expect(mode == .report)
            let (refusal, rule, permitMode) = (permit.wouldRefuse, permit.rule, permit.mode)
            #expect(refusal?.reason == .corsOriginNotAllowed)
            #expect(refusal?.status == 204)
            #expect(rule?.pattern == "/cors")
            #expect(permitMode == .report)
        }
    }

    @Test("content is judged in report mode, but nothing is reported twice")
    func judgesContentOnce() throws {
        let snapshot = try snapshot(policy([rule("/a", "POST")], mode: .report))
        for (method, isReported) in [("POST", false), ("PUT", true)] {
            let (method, path) = (Array(method.utf8), Array("/a".utf8))
            let request = PolicyRequest(method: method.span, path: path.span)
            guard case .forward(let permit) = snapshot.decide(request, host: [UInt8]().span) else {
                Issue.record("refused")
                return
            }
            let (first, later) = (permit.wouldRefuse, permit.refusal(of: claim("DELETE", .content)))
            #expect((first != nil) == isReported)
            #expect((later == nil) == isReported)
        }
    }
}
