import MethodPolicy
import Testing

@Suite("Destinations of COPY and MOVE")
struct DestinationTests {
    private static let rules = [
        rule("/dav/**", "GET COPY MOVE", line: 10), rule("/write/{x}", "PUT", line: 11),
        rule("/read/{x}", "GET", line: 12), rule("/plain", "POST", line: 13),
        rule("/own/**", "PUT COPY", line: 14, only: [only("PUT", "10.0.0.0/8")]),
    ]

    struct Row: Sendable {
        let method: String
        let path: String
        let destination: String
        var claims: [MethodClaim] = []
        var address = "192.0.2.7"
        let isLetThrough: Bool
    }

    @Test(
        "R-78: the destination's rule has PUT for the client",
        arguments: [
            Row(method: "COPY", path: "/dav/a", destination: "", isLetThrough: true),
            // To move within a tree is to write there.
            Row(method: "COPY", path: "/dav/a", destination: "/dav/b", isLetThrough: false),
            Row(method: "MOVE", path: "/dav/a", destination: "/write/b", isLetThrough: true),
            Row(method: "COPY", path: "/dav/a", destination: "/read/b", isLetThrough: false),
            Row(method: "MOVE", path: "/dav/a", destination: "/unlisted", isLetThrough: false),
            Row(method: "MOVE", path: "/dav/a", destination: "elsewhere", isLetThrough: false),
            // Content may yet claim COPY here, and there it cannot.
            Row(method: "GET", path: "/dav/a", destination: "/read/b", isLetThrough: false),
            Row(method: "POST", path: "/plain", destination: "/read/b", isLetThrough: true),
            Row(method: "COPY", path: "/dav/a", destination: "/own/b", isLetThrough: false),
            Row(
                method: "COPY",
                path: "/dav/a",
                destination: "/own/b",
                address: "10.0.0.1",
                isLetThrough: true
            ),
            Row(method: "COPY", path: "/own/a", destination: "/own/b", isLetThrough: false),
        ]
    )
    func judges(_ row: Row) throws {
        let snapshot = try snapshot(policy(Self.rules))
        let outcome = snapshot.outcome(
            row.method,
            row.path,
            claims: row.claims,
            destination: row.destination,
            client: client(row.address)
        )
        if row.isLetThrough {
            #expect(!outcome.isRefused, "\(outcome)")
        } else {
            #expect(outcome == .refuse(status: 403, .destinationNotAllowed, allow: nil))
        }
    }

    @Test("R-78: a claimed COPY has a destination too, whatever the claim's mode")
    func judgesClaims() throws {
        let snapshot = try snapshot(
            policy([rule("/a", "POST", override: .ignore), rule("/read/{x}", "GET")])
        )
        #expect(
            snapshot.outcome("POST", "/a", claims: [claim("COPY")], destination: "/read/b")
                == .refuse(status: 403, .destinationNotAllowed, allow: nil)
        )
        #expect(
            !snapshot.outcome("POST", "/a", claims: [claim("PUT")], destination: "/b").isRefused
        )
    }

    @Test("R-78: where unlisted paths are forwarded they may be written to")
    func forwardsUnlisted() throws {
        let snapshot = try snapshot(policy(Self.rules, unlisted: .forward))
        #expect(!snapshot.outcome("COPY", "/dav/a", destination: "/unlisted").isRefused)
        #expect(!snapshot.outcome("COPY", "/from", destination: "/to").isRefused)
        #expect(!snapshot.outcome("COPY", "/from", destination: "/write/x").isRefused)
        for method in ["COPY", "MOVE", "POST"] {
            #expect(snapshot.outcome(method, "/from", destination: "/read/b").isRefused)
        }
        #expect(snapshot.outcome("COPY", "/dav/a", destination: "elsewhere").isRefused)
    }

    @Test("B-29, R-78: an ambiguous destination is refused, in report mode too")
    func refusesAmbiguousDestinations() throws {
        for mode in [PolicyMode.enforce, .report] {
            let snapshot = try snapshot(policy(Self.rules, caseInsensitive: true, mode: mode))
            for path in ["/dav/a.", "/dav/a:b", "/dav/%C3%9C"] {
                #expect(
                    snapshot.outcome("COPY", "/dav/a", destination: path)
                        == .refuse(status: 400, .ambiguousPath, allow: nil)
                )
            }
        }
    }

    @Test("R-78: the rule of the destination is told, and the rule of the path stays")
    func namesBothRules() throws {
        let snapshot = try snapshot(policy(Self.rules))
        let (method, path) = (Array("MOVE".utf8), Array("/dav/a".utf8))
        let destination = Array("/read/b".utf8)
        let request = PolicyRequest(
            method: method.span,
            path: path.span,
            destination: destination.span
        )
        guard case .refuse(let refusal) = snapshot.decide(request, host: [UInt8]().span) else {
            Issue.record("let through")
            return
        }
        #expect(refusal.rule?.pattern == "/dav/**")
        #expect(refusal.destinationRule?.pattern == "/read/{x}")
    }
}
