import MethodPolicy
import Testing

@Suite("Paths that no rule matches")
struct UnlistedTests {
    @Test func forwardsUnlistedPathsWhereAsked() throws {
        let snapshot = try snapshot(
            policy([rule("/users", "GET")], unlisted: .forward, extensions: "PURGE")
        )
        for method in ["GET", "DELETE", "OPTIONS", "PURGE", "VERSION-CONTROL"] {
            #expect(snapshot.outcome(method, "/x") == .forward(pattern: nil), "\(method)")
        }
        #expect(snapshot.outcome("OPTIONS", "/x", isPreflight: true) == .forward(pattern: nil))
        #expect(snapshot.outcome("BREW", "/x") == .refuse(status: 501, .unknownMethod, allow: nil))
        #expect(snapshot.outcome("DELETE", "/users").isRefused)
        // What is no path is not forwarded: the origin would be sent something else.
        #expect(snapshot.outcome("GET", "*") == .refuse(status: 404, .noRuleForPath, allow: nil))
        #expect(snapshot.outcome("GET", "") == .refuse(status: 404, .noRuleForPath, allow: nil))
        let known = (Method.registered + methods("PURGE")).sorted().map(\.name)
        let allow = known.joined(separator: ", ")
        #expect(
            snapshot.outcome("TRACE", "/x") == .refuse(status: 405, .methodNotAllowed, allow: allow)
        )
        #expect(
            snapshot.outcome("CONNECT", "") == .refuse(status: 405, .connectRefused, allow: allow)
        )
        #expect(snapshot.outcome("OPTIONS", "*") == .options(allow: allow))
    }

    @Test("R-80: a preflight on an unlisted path that is forwarded is answered here")
    func answersUnlistedPreflights() throws {
        let block = cors(["https://app.test"])
        let rules = [rule("/users", "GET"), rule("/off", "GET", options: .forward, cors: .off)]
        let snapshot = try snapshot(
            policy(rules, unlisted: .forward, extensions: "PURGE", cors: block)
        )
        #expect(snapshot.outcome("OPTIONS", "/x", isPreflight: true) == .preflight(pattern: nil))
        #expect(snapshot.outcome("OPTIONS", "/", isPreflight: true) == .preflight(pattern: nil))
        #expect(
            snapshot.outcome("OPTIONS", "/users", isPreflight: true)
                == .preflight(pattern: "/users")
        )
        // Neither other methods nor other OPTIONS are preflights, and a rule may switch CORS off.
        #expect(snapshot.outcome("GET", "/x", isPreflight: true) == .forward(pattern: nil))
        #expect(snapshot.outcome("OPTIONS", "/x") == .forward(pattern: nil))
        #expect(
            snapshot.outcome("OPTIONS", "/off", isPreflight: true) == .forward(pattern: "/off")
        )
        #expect(
            snapshot.outcome("TRACE", "/x", isPreflight: true)
                == .refuse(
                    status: 405,
                    .methodNotAllowed,
                    allow: text(try #require(snapshot.policies.first).allow)
                )
        )
        for path in ["*", ""] {
            let isPreflight = snapshot.outcome("OPTIONS", path, isPreflight: true)
            #expect(isPreflight != .preflight(pattern: nil), "\(path)")
        }
        // Where unlisted paths are refused, so are their preflights.
        let closed = try MethodPolicyTests.snapshot(policy(rules, cors: block))
        #expect(
            closed.outcome("OPTIONS", "/x", isPreflight: true)
                == .refuse(status: 404, .noRuleForPath, allow: nil)
        )
    }

    @Test("R-83: an unlisted preflight is granted the methods that are forwarded there, no others")
    func grantsWhatUnlistedPathsForward() throws {
        let snapshot = try snapshot(
            policy(
                [rule("/users", "GET")],
                unlisted: .forward,
                extensions: "PURGE",
                cors: cors(["https://app.test"])
            )
        )
        let (method, path, host) = (Array("OPTIONS".utf8), Array("/x".utf8), Array("a".utf8))
        let decision = snapshot.decide(
            method: method.span,
            path: path.span,
            host: host.span,
            isPreflight: true
        )
        guard case .preflight(let answer) = consume decision else {
            Issue.record("not a preflight")
            return
        }
        #expect(answer.rule == nil)
        #expect(answer.cors === answer.policy.cors)
        let known = (Method.registered + methods("PURGE")).sorted().map(\.name)
        let lines = text(answer.cors.preflightLines)
        #expect(
            lines.hasPrefix(
                "Access-Control-Allow-Methods: \(known.joined(separator: ", "))\r\n"
            )
        )
        let origin = Array("https://app.test".utf8)
        for name in known + ["TRACE", "CONNECT", "PRI", "purge", "BREW"] {
            let asked = Array(name.utf8)
            let verdict = answer.cors.preflight(
                origin: origin.span,
                requestMethod: asked.span,
                requestFields: [UInt8]().span
            )
            let isForwarded = snapshot.outcome(name, "/x") == .forward(pattern: nil)
            #expect(verdict.methodAllowed == isForwarded, "\(name)")
            #expect(verdict.methodAllowed == known.contains(name), "\(name)")
        }
    }
}
