import HTTPMessage
import Judgement
import MethodPolicy
import TestKit
import Testing

@Suite("A request's head becomes a decision")
struct RequestJudgeTests {
    private static let copy = Method("COPY") ?? .get
    private static let move = Method("MOVE") ?? .get

    private static let shop = JudgedPolicy.policy([
        JudgedPolicy.rule("/status", [.get]),
        JudgedPolicy.rule("/users", [.get, .post]),
        JudgedPolicy.rule("/users/{id}", [.get, .put, .delete]),
        JudgedPolicy.rule("/free/**", [.get, .post]) { $0.override = .ignore },
        JudgedPolicy.rule("/bare/**", [.get, .post]) { $0.override = .strip },
        JudgedPolicy.rule("/none/**", [.get, .post]) { $0.override = .refuse },
        JudgedPolicy.rule("/trial/**", [.get]) { $0.mode = .report },
        JudgedPolicy.rule("/dav/**", [.get, .put, copy, move]),
        JudgedPolicy.rule("/archive/**", [.get, copy]),
    ])

    @Test(
        "B-01 B-02 B-03: the head's claims are judged by the rule's override mode",
        arguments: [
            (head("GET", "/status"), "forward"),
            (head("POST", "/status"), "refuse 405 method_not_allowed"),
            (head("POST", "/users"), "forward"),
            (head("POST", "/users?_method=DELETE"), "refuse 405 override_not_allowed"),
            (head("POST", "/users?a=1;%5Fmethod=delete"), "refuse 405 override_not_allowed"),
            (head("POST", "/users?_method=GET"), "forward"),
            (head("PUT", "/users/7?_method=DELETE"), "forward"),
            (
                head("GET", "/users", ["X-HTTP-Method-Override: DELETE"]),
                "refuse 405 override_not_allowed"
            ),
            (
                head("GET", "/users", ["x_http_method_override: DELETE"]),
                "refuse 405 override_not_allowed"
            ),
            (
                head("POST", "/users", ["X-HTTP-Method: POST", "Connection: x-http-method"]),
                "forward"
            ),
            (
                head("POST", "/users", ["X-HTTP-Method: PUT", "Connection: x-http-method"]),
                "refuse 405 override_not_allowed"
            ),
            (
                head("POST", "/users", ["X-Method-Override: TRACE"]),
                "refuse 405 override_not_allowed"
            ),
            (
                head("POST", "/users", ["X-Method-Override: OPTIONS"]),
                "refuse 405 override_not_allowed"
            ),
            (head("POST", "/free/x?_method=DELETE"), "forward"),
            (head("POST", "/bare/x?_method=DELETE", ["X-HTTP-Method: DELETE"]), "forward"),
            (head("POST", "/none/x?_method=POST"), "refuse 405 override_not_allowed"),
            (head("GET", "/trial/x?_method=DELETE"), "report 405 override_not_allowed"),
            (head("DELETE", "/trial/x"), "report 405 method_not_allowed"),
            (head("OPTIONS", "/users?_method=DELETE"), "options GET, HEAD, POST, OPTIONS"),
        ]
    )
    func judgesClaims(text: String, outcome: String) throws {
        #expect(try JudgedRequest(text, by: Self.shop).outcome == outcome)
    }

    @Test(
        "R-78: Destination is judged as the canonical path it names",
        arguments: [
            ("/dav/b", "forward", "/dav/b"),
            ("http://shop.test/dav/%62", "forward", "/dav/b"),
            ("/archive/b", "refuse 403 destination_not_allowed", "/archive/b"),
            ("/%61rchive/b", "refuse 403 destination_not_allowed", "/archive/b"),
            ("/nowhere", "refuse 403 destination_not_allowed", "/nowhere"),
            ("/dav/../archive/b", "malformed dot_segment", ""),
            ("/dav%2Fb", "malformed encoded_slash", ""),
            ("http://elsewhere.test/dav/b", "refuse 403 destination_not_allowed", ""),
            ("//shop.test/dav/b", "malformed invalid_destination", ""),
            ("dav/b", "malformed invalid_destination", ""),
        ]
    )
    func judgesDestination(text: String, outcome: String, path: String) throws {
        let request = head("MOVE", "/dav/a", ["Destination: \(text)"])
        let judged = try JudgedRequest(request, by: Self.shop)
        #expect(judged.outcome == outcome)
        if !path.isEmpty { #expect(judged.destination == path) }
    }

    @Test("R-78: an override cannot bring a Destination along that nobody judged")
    func judgesDestinationOfClaims() throws {
        let fields = ["Destination: /archive/b", "X-HTTP-Method-Override: MOVE"]
        let judged = try JudgedRequest(head("PUT", "/dav/a", fields), by: Self.shop)
        #expect(judged.outcome == "refuse 403 destination_not_allowed")
    }

    @Test("Destination is a field like any other where nothing can be copied or moved")
    func leavesDestination() throws {
        let policy = JudgedPolicy.policy([JudgedPolicy.rule("/trips", [.get])])
        let judged = try JudgedRequest(head("GET", "/trips", ["Destination: Oslo"]), by: policy)
        #expect(judged.outcome == "forward")
        #expect(judged.destination.isEmpty)
    }

    @Test(
        "B-21: a tolerated parameter is forwarded and not judged",
        arguments: [
            ("/users;v=1", "/users;v=1", "refuse 405 method_not_allowed"),
            ("/users/7;v=1", "/users/7;v=1", "forward"),
            ("/users;/7", "/users;/7", "forward"),
        ]
    )
    func toleratesParameters(path: String, canonical: String, outcome: String) throws {
        var policy = Self.shop
        policy.tolerances = [.semicolon]
        let judged = try JudgedRequest(head("DELETE", path), by: policy)
        #expect(judged.outcome == outcome)
        #expect(judged.path == canonical)
        #expect(
            try JudgedRequest(head("DELETE", path), by: Self.shop).outcome
                == "malformed path_parameter"
        )
    }

    @Test("B-36: judging what is forwarded again gives the same decision and the same path")
    func isIdempotent() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let parts = [
            "/", "users", "dav", "archive", "%61", "%41", "%3A", "%7e", "~", ":", ";", "%3B", "7",
            ".", "..", "%2E", "%2f", "//", "é", "%C3%A9", "%c3%a9", "trial", "+", "%20", "a",
        ]
        var policy = Self.shop
        policy.tolerances = [.semicolon, .encodedSlash]
        let snapshot = try PolicySnapshot.compile(
            [policy],
            version: "test",
            defaultUpstream: "http://127.0.0.1:1"
        ).get()
        let policies = JudgedPolicies(snapshot)
        var judgedPaths = 0
        for _ in 0..<3000 {
            let path =
                "/"
                + (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    parts.randomElement(using: &random) ?? ""
                }.joined()
            guard path.utf8.allSatisfy({ $0 < 0x80 }) else { continue }
            let first = try JudgedRequest(head("DELETE", path), by: policies)
            if first.outcome.hasPrefix("malformed") { continue }
            judgedPaths += 1
            let second = try JudgedRequest(head("DELETE", first.path), by: policies)
            #expect(second.outcome == first.outcome, "seed \(seed): \(path)")
            #expect(second.path == first.path, "seed \(seed): \(path)")
        }
        #expect(judgedPaths > 100)
    }
}
