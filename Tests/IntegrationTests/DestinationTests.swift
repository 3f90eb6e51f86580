import TestKit
import Testing

@Suite("The second path of COPY and MOVE (R-78)", .blocking)
struct DestinationTests {
    static let shared = SharedWitness(
        """
        methodwall: 1
        policy: dav
        paths:
          /dav/**: GET POST PUT DELETE COPY MOVE
          /archive/**: GET PUT
          /public/**: GET
          /trash/**: GET COPY MOVE
          /plain: GET POST
        """
    )

    private func copy(
        _ destination: String...,
        method: String = "COPY",
        from target: String = "/dav/a",
        host: String = "shop.test",
        fields: [String] = []
    ) throws -> WitnessedGateway.Outcome {
        let lines = destination.map { "Destination: \($0)" }
        return try Self.shared.get().send(method, target, lines + fields, host: host)
    }

    @Test(
        "R-78: a destination where the client may PUT is forwarded with its canonical path",
        arguments: [
            ("/archive/b", "/archive/b"), ("http://shop.test/archive/b", "/archive/b"),
            ("https://shop.test/archive/b", "/archive/b"),
            ("HTTP://SHOP.Test/archive/b", "/archive/b"),
            ("http://shop.test:80/archive/b", "/archive/b"),
            ("https://shop.test:443/archive/b", "/archive/b"),
            ("/%61rchive/%7eb%c3%a9", "/archive/~b%C3%A9"), ("/archive/b/", "/archive/b/"),
            ("http://shop.test/%61rchive/b", "/archive/b"), ("/archive/a%20b", "/archive/a%20b"),
        ],
        ["COPY", "MOVE"]
    )
    func forwardsAllowedDestinations(_ sent: (String, String), method: String) throws {
        let outcome = try copy(sent.0, method: method, fields: ["Overwrite: F"])
        #expect(outcome.isForwarded)
        let seen = try #require(outcome.seen)
        #expect(seen.head.startLine == "\(method) /dav/a HTTP/1.1")
        #expect(seen.head.values("Destination") == ["http://shop.test\(sent.1)"])
        #expect(seen["Overwrite"] == "F")
        #expect(seen["Host"] == "shop.test")
    }

    @Test(
        "R-78: a destination where the client may not PUT gets 403",
        arguments: [
            "/public/b", "http://shop.test/public/b", "/plain", "/nowhere", "/%70ublic/b", "/",
            "http://shop.test", "/trash/b",
        ],
        ["COPY", "MOVE"]
    )
    func refusesOtherDestinations(_ destination: String, method: String) throws {
        let shared = try Self.shared.get()
        let outcome = try copy(destination, method: method)
        #expect(outcome.status == 403)
        #expect(outcome.allow == nil)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "destination_not_allowed")
        let entry = try shared.gateway.waitForLogEntry { $0.reason == "destination_not_allowed" }
        #expect(entry.status == 403)
    }

    @Test(
        "R-78: a destination at another host gets 403",
        arguments: [
            ("http://evil.test/dav/b", "shop.test"),
            ("http://shop.test.evil.test/dav/b", "shop.test"),
            ("http://shop.test:8081/dav/b", "shop.test"),
            ("http://shop.test/dav/b", "shop.test:8081"),
            ("http://shop.test:443/dav/b", "shop.test"),
            ("https://shop.test:80/dav/b", "shop.test"),
            ("http://127.0.0.1/dav/b", "shop.test"),
        ]
    )
    func refusesForeignDestinations(destination: String, host: String) throws {
        let outcome = try copy(destination, host: host)
        #expect(outcome.status == 403)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "destination_not_allowed")
    }

    @Test("R-78: the destination's port is the request's")
    func comparesPorts() throws {
        #expect(try copy("http://shop.test:8081/dav/b", host: "shop.test:8081").isForwarded)
        #expect(try copy("http://[2001:DB8::1]/dav/b", host: "[2001:db8::1]").isForwarded)
        #expect(try copy("/dav/b", host: "shop.test:8081").isForwarded)
        let absolute = "http://shop.test/dav/a"
        #expect(try copy("http://shop.test:80/dav/b", from: absolute).isForwarded)
        #expect(try copy("https://shop.test/dav/b", from: absolute).status == 403)
    }

    @Test(
        "R-78: a destination that servers read in different ways gets 400",
        arguments: [
            "/dav/../public/b", "/dav/%2e%2e/public/b", "/dav/.", "/dav//b", "//evil.test/dav/b",
            "/dav/a%2Fb", "/dav/a%5Cb", "/dav\\b", "/dav/%00", "/dav/b%zz", "/dav/b;x=y",
            "/dav/%252e%252e/b", "/dav/%c0%af", "dav/b", "b", "", "*", "?", "/dav/b?x=y",
            "/dav/b#x", "http://u@shop.test/dav/b", "http://shop.test/dav/b?x",
            "ftp://shop.test/dav/b",
            "http:/dav/b", "http://shop.test/dav/../public", "/dav/b /dav/c", "</dav/b>",
            "http://shop.test@evil.test/dav/b", "http:///dav/b", "/dav/\u{e9}",
        ]
    )
    func refusesAmbiguousDestinations(_ destination: String) throws {
        let outcome = try copy(destination)
        #expect(outcome.status == 400)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "malformed_request")
    }

    @Test("R-78: two Destination lines get 400, equal ones too")
    func refusesTwoDestinations() throws {
        #expect(try copy("/dav/b", "/public/b").status == 400)
        #expect(try copy("/dav/b", "/dav/b").status == 400)
        #expect(try copy("/dav/b, /public/b").status != 200)
    }

    @Test("R-78: a rule that has MOVE and no PUT may be moved from, and not within")
    func judgesTheSameRule() throws {
        #expect(try copy("/trash/b", method: "MOVE", from: "/trash/a").status == 403)
        #expect(try copy("/dav/b", from: "/trash/a").isForwarded)
        #expect(try copy("/archive/b", from: "/trash/a").isForwarded)
        #expect(try copy("/public/b", from: "/trash/a").status == 403)
    }

    @Test("R-78 B-01: a request that claims to be a MOVE is judged as one")
    func judgesClaimedMoves() throws {
        let field = ["X-HTTP-Method-Override: MOVE"]
        let refused = try copy("/public/b", method: "POST", fields: field)
        #expect(refused.status == 403)
        #expect(!refused.hasReachedOrigin)
        #expect(try copy("/archive/b", method: "POST", fields: field).isForwarded)
        let query = try copy("/public/b", method: "POST", from: "/dav/a?_method=MOVE")
        #expect(query.status == 403)
        // The claim may yet come in the content, so the rule's having MOVE is enough.
        let form = try Self.shared.get().send(
            "POST",
            "/dav/a",
            ["Destination: /public/b"],
            body: "_method=MOVE"
        )
        #expect(form.status == 403)
        #expect(form.seen == nil)
    }

    @Test("R-78: a rule that lacks MOVE refuses it for the method, and Destination is only a field")
    func judgesTheMethodFirst() throws {
        let refused = try copy("/archive/b", method: "MOVE", from: "/archive/a")
        #expect(refused.status == 405)
        #expect(refused.allow == "GET, HEAD, PUT, OPTIONS")
        #expect(try copy("/public/b", method: "GET", from: "/plain").isForwarded)
    }

    @Test("R-78: Connection does not hide a destination")
    func judgesNamedDestinations() throws {
        let hidden = try copy("/public/b", fields: ["Connection: destination"])
        #expect(hidden.status == 403)
        #expect(!hidden.hasReachedOrigin)
    }

    @Test("R-78: unlisted: forward writes where no rule stands, never where one forbids it")
    func forwardsUnlistedDestinations() throws {
        let witnessed = try WitnessedGateway(
            policy: """
                methodwall: 1
                unlisted: forward
                paths:
                  /public/**: GET
                  /dav/**: GET COPY
                """
        )
        let free = try witnessed.send("COPY", "/dav/a", ["Destination: /free/%62"])
        #expect(free.isForwarded)
        #expect(free.seen?["Destination"] == "http://shop.test/free/b")
        #expect(try witnessed.send("COPY", "/dav/a", ["Destination: /public/b"]).status == 403)
        #expect(try witnessed.send("MOVE", "/free/a", ["Destination: /public/b"]).status == 403)
        #expect(try witnessed.send("MOVE", "/free/a", ["Destination: /free/b"]).isForwarded)
    }
}
