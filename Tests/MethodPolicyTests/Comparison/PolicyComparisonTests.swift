import MethodPolicy
import Testing

@Suite("Comparing policies")
struct PolicyComparisonTests {
    private func lines(
        _ old: PolicyDefinition,
        _ new: PolicyDefinition
    ) throws -> [String] {
        try lines([old], [new])
    }

    private func lines(
        _ old: [PolicyDefinition],
        _ new: [PolicyDefinition]
    ) throws -> [String] {
        let comparison = PolicyComparison(old: try snapshot(old), new: try snapshot(new))
        #expect(comparison.isComplete)
        return comparison.differences.map(\.description)
    }

    @Test("a policy does not differ from itself")
    func sameIsSame() throws {
        let rules = [rule("/users/{id}", "GET"), rule("/img-*", "any"), rule("/a/**", "POST")]
        #expect(try lines(policy(rules), policy(rules)).isEmpty)
        #expect(try lines(policy(rules), policy(rules.reversed())).isEmpty)
    }

    @Test("a method that becomes allowed is a widening, with both rules and a path")
    func widening() throws {
        let old = policy([rule("/users/{id}", "GET", line: 12)])
        let new = policy([rule("/users/{id}", "GET DELETE", line: 14)])
        let line = "/users/{id}  refused 405 -> allowed  (old demo.yaml:12, new demo.yaml:14)"
        #expect(try lines(old, new) == ["+ DELETE  \(line)  e.g. /users/x"])
        let back = "/users/{id}  allowed -> refused 405  (old demo.yaml:14, new demo.yaml:12)"
        #expect(try lines(new, old) == ["- DELETE  \(back)  e.g. /users/x"])
    }

    @Test("a narrow rule that hides part of a wide one is named by its own pattern")
    func narrowRule() throws {
        let old = policy([rule("/users/**", "GET POST", line: 1)])
        let new = policy([
            rule("/users/**", "GET POST", line: 1), rule("/users/me", "GET", line: 2),
        ])
        let line = "/users/me  allowed -> refused 405  (old demo.yaml:1, new demo.yaml:2)"
        #expect(try lines(old, new) == ["- POST  \(line)"])
    }

    @Test("unlisted paths and report mode count")
    func unlistedAndMode() throws {
        let refusing = policy([rule("/a", "GET")])
        var reporting = refusing
        reporting.mode = .report
        let found = try lines(refusing, reporting)
        #expect(found.contains { $0.hasPrefix("+ ") && $0.contains("refused 404 -> reported 404") })
        #expect(found.contains { $0.contains("/a  refused 405 -> reported 405") })
        let back = try lines(reporting, refusing)
        #expect(back.allSatisfy { $0.hasPrefix("- ") || $0.hasPrefix("~ ") })
        let forwarding = policy([rule("/a", "GET")], unlisted: .forward)
        let opened = try lines(refusing, forwarding)
        #expect(opened.contains { $0.contains("paths that no rule matches") })
    }

    @Test("clients count: fewer are a narrowing, others a widening")
    func clients() throws {
        func restricted(_ networks: [String]) -> PolicyDefinition {
            var only = rule("/a", "GET DELETE", line: 3)
            only.only = [
                ClientRestriction(
                    methods: .methods([.delete]),
                    networks: networks.compactMap { NetworkPrefix($0) },
                    location: only.location
                )
            ]
            return policy([only])
        }
        let open = policy([rule("/a", "GET DELETE", line: 3)])
        let one = try lines(open, restricted(["10.0.0.0/8"]))
        #expect(one.first?.hasPrefix("- DELETE  /a  allowed -> allowed for 10.0.0.0/8") == true)
        #expect(
            try lines(restricted(["10.0.0.0/8"]), restricted(["10.1.0.0/16"])).first?.first == "-"
        )
        let wider = try lines(restricted(["10.0.0.0/8"]), restricted(["10.0.0.0/8", "fd00::/8"]))
        #expect(wider.first?.first == "+")
        #expect(try lines(restricted(["10.0.0.0/8"]), open).first?.first == "+")
        #expect(try lines(restricted(["10.0.0.0/8"]), restricted(["10.0.0.0/8"])).isEmpty)
    }

    @Test("hosts count: a new host is a widening on that host alone")
    func hosts() throws {
        let old = [policy([rule("/a")], name: "a", hosts: ["a.example"])]
        let new = [
            policy([rule("/a")], name: "a", hosts: ["a.example"]),
            policy([rule("/b")], name: "b", hosts: ["*.b.example"]),
        ]
        let found = try lines(old, new)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.contains("refused 421") && $0.hasSuffix("on *.b.example") })
        #expect(found.contains { $0.hasPrefix("+ GET HEAD  /b  refused 421 -> allowed") })
    }

    @Test("upstream, options and override are changes, and ignoring override is a widening")
    func otherKeys() throws {
        let old = policy([rule("/a", "GET", line: 1)])
        let moved = policy([
            rule("/a", "GET", line: 1, options: .forward, upstream: "http://b.example")
        ])
        let found = try lines(old, moved)
        #expect(
            found.contains { $0.hasPrefix("~ upstream  /a  http://127.0.0.1:9000 -> http://b") }
        )
        #expect(found.contains { $0.hasPrefix("~ OPTIONS  /a  answered 204 -> allowed") })
        var ignoring = old
        ignoring.rules[0].override = .ignore
        #expect(
            try lines(old, ignoring).first?.hasPrefix("+ override  /a  judge -> ignore") == true
        )
        var tolerant = old
        tolerant.tolerances = .semicolon
        #expect(
            try lines(old, tolerant).first?.hasPrefix("+ tolerate  all paths  none -> semi") == true
        )
    }

    @Test("extension methods of both sides are compared by name")
    func extensions() throws {
        let old = policy([rule("/a", "GET", line: 1)])
        let new = policy([rule("/a", "GET PURGE", line: 1)], extensions: "BAN PURGE")
        #expect(try lines(old, new).first?.hasPrefix("+ PURGE  /a  refused 501 -> allowed") == true)
        let swapped = policy([rule("/a", "GET PURGE", line: 1)], extensions: "PURGE BAN")
        #expect(try lines(new, swapped).isEmpty)
    }

    @Test("case and the last slash are compared in every spelling")
    func spellings() throws {
        let old = policy([rule("/Status", "GET", line: 1)])
        let new = policy([rule("/Status", "GET", line: 1)], caseInsensitive: true)
        let found = try lines(old, new)
        #expect(
            found.contains { $0.hasPrefix("+ GET HEAD  /Status") && $0.contains("404 -> allowed") }
        )
        let slash = policy([rule("/Status", "GET", line: 1)], ignoresTrailingSlash: true)
        let wider = try lines(old, slash)
        #expect(wider.contains { $0.hasPrefix("+ GET HEAD") && $0.contains("e.g. /Status/") })
    }

    @Test("100,000 rules with a few changes are compared in bounded steps")
    func large() throws {
        let rules = (0..<99_990).map {
            rule("/a\($0 % 1_000)/{id}/b\($0 / 1_000)", "GET", line: $0)
        }
        var changed = rules
        changed[77_777].allow = .methods([.get, .delete])
        changed.removeLast()
        let (old, new) = (try snapshot(policy(rules)), try snapshot(policy(changed)))
        let clock = ContinuousClock()
        let start = clock.now
        let comparison = PolicyComparison(old: old, new: new)
        #expect(comparison.isComplete)
        #expect(comparison.differences.count { $0.methods == ["DELETE"] } == 1)
        #expect(comparison.differences.filter(\.methods.isEmpty).isEmpty)
        #expect(clock.now - start < .seconds(60))
    }
}
