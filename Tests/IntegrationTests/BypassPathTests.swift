import Foundation
import TestKit
import Testing

@Suite("Ways round by the path (B-20 to B-27, B-30, B-33 to B-36)", .blocking)
struct BypassPathTests {
    static let open = SharedFixture { try Fixture.echoing(policy: Policies.nearlyOpen) }

    @Test(
        "B-20: dot segments, plain, encoded and mixed",
        arguments: [
            "/x/../admin/evil", "/x/./evil", "/./evil", "/../evil", "/evil/.", "/evil/..",
            "/%2e%2e/evil", "/x/%2E%2e/admin/evil", "/x/.%2e/evil", "/x/%2e./evil", "/%2e/evil",
            "/x/..?evil", "/status/../evil", "http://shop.test/x/../evil", "/x/..%2fevil",
        ].map { BypassCase.target($0, "dot_segment") }
    )
    func refusesDotSegments(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-21: path parameters, plain and encoded",
        arguments: [
            "/admin;x/evil", "/x;jsessionid=1/evil", "/evil;", "/;/evil", "/%3bevil", "/x%3Bevil",
            "/status;/evil", "/evil;a=b;c=d",
        ].map { BypassCase.target($0, "path_parameter") }
            + ["/..;/evil", "/x/..;/admin/evil", "/x/..;a=b/evil", "/x/.;/evil", "/x/..%3b/evil"]
            .map { BypassCase.target($0, "dot_segment") }
    )
    func refusesPathParameters(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-22: empty segments, wherever they stand",
        arguments: [
            "//evil", "//admin/evil", "/x//evil", "/evil//", "///evil", "//shop.test/evil",
            "/x///evil", "http://shop.test//evil",
        ].map { BypassCase.target($0, "empty_segment") }
    )
    func refusesEmptySegments(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-23: slashes in disguise",
        arguments: [
            "/admin%2fevil", "/x%2Fevil", "/%2fevil", "/evil%2f", "/%2f%2fevil",
        ].map { BypassCase.target($0, "encoded_slash") }
            + ["/x%5cevil", "/x%5Cevil", "/x\\evil", "/..\\evil", "/\\evil", "\\evil"].map {
                BypassCase.target($0, $0.hasPrefix("/") ? "backslash" : "invalid_target")
            }
    )
    func refusesDisguisedSlashes(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-24: what is encoded twice",
        arguments: [
            "/%252e%252e/evil", "/x%252fevil", "/%2561dmin/evil", "/x%25%32%66evil", "/evil%2525",
            "/x%25%36%31evil", "/evil%25252e",
        ].map { BypassCase.target($0, "double_encoding") }
    )
    func refusesDoubleEncoding(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-25: NUL, controls and line ends",
        arguments: [
            "/evil%00", "/status%00evil", "/evil%0d%0aX-Admin:%20y", "/evil%0a", "/evil%09",
            "/evil%1b[2J", "/evil%7f", "/evil%c2%85", "/evil%c2%9b", "/evil%e2%80%a8",
            "/evil%E2%80%A9",
        ].map { BypassCase.target($0, "encoded_nul_or_control") }
            + ["/evil\0", "/evil\u{7f}", "/evil\u{1b}", "/evil\u{b}"].map {
                BypassCase.target($0, "invalid_target")
            }
    )
    func refusesControls(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-26: overlong, split and foreign encodings",
        arguments: [
            "/evil%c0%af", "/%c0%ae%c0%ae/evil", "/evil%e0%80%af", "/evil%f0%80%80%af",
            "/evil%ed%a0%80", "/evil%f4%90%80%80", "/evil%ff", "/evil%c3", "/evil%e9x",
        ].map { BypassCase.target($0, "invalid_utf8") }
            + ["/%u002e%u002e/evil", "/evil%U002e", "/evil%uFF0F"].map {
                BypassCase.target($0, "invalid_escape")
            }
            + [[0xc0, 0xaf], [0xe9], [0xff], [0xc3, 0xa9]].map { (octets: [UInt8]) in
                BypassCase.malformed(
                    octets: Array("GET /evil".utf8) + octets
                        + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
                    "invalid_target"
                )
            }
    )
    func refusesInvalidUTF8(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-27: a percent sign without two hexadecimal digits",
        arguments: [
            "/evil%zz", "/evil%2", "/evil%", "/%/evil", "/%%32evil", "/evil%+2", "/evil%0g",
        ]
        .map { BypassCase.target($0, "invalid_escape") }
    )
    func refusesInvalidEscapes(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test("B-30: what stands behind a script's name falls under no rule; the query chooses none")
    func keepsFrontControllersClosed() throws {
        let fixture = try Fixture.echoing(
            policy: """
                methodwall: 1
                paths:
                  /status: GET
                  /index.php: GET
                  /users: GET
                  /users/{id:int}: DELETE
                """
        )
        let gateway = fixture.gateway
        for (method, target, status) in [
            ("GET", "/index.php/evil", 404), ("GET", "/index.php/", 404),
            ("POST", "/index.php/evil", 404), ("GET", "/index.php%2fevil", 400),
            ("GET", "/index.php;/evil", 400), ("POST", "/index.php?/evil", 405),
            ("DELETE", "/users?/users/7&evil", 405), ("DELETE", "/users?rest_route=/evil", 405),
            ("DELETE", "?/users/7evil", 400),
        ] {
            let response = try gateway.exchange(request(method, target))
            #expect(response.status == status, "\(method) \(target)")
        }
        try fixture.expectNoEvil()
        // The query is the service's: it passes as it was sent, where the method is allowed.
        let response = try gateway.exchange(request("GET", "/index.php?/admin&rest_route=%2Fx"))
        #expect(response.text == "origin saw GET /index.php?/admin&rest_route=%2Fx")
    }

    @Test(
        "B-33: no target form leads elsewhere",
        arguments: [
            BypassCase.target("http://other.test/evil", "authority_mismatch"),
            .target("http://shop.test:81/evil", "authority_mismatch"),
            .target("http://shop.test.evil/evil", "authority_mismatch"),
            .target("http://evil@shop.test/evil", "userinfo_in_target"),
            .target("http://shop.test@other.test/evil", "userinfo_in_target"),
            .target("ftp://shop.test/evil", "invalid_target"),
            .target("file:///evil", "invalid_target"),
            .target("ws://shop.test/evil", "invalid_target"),
            .target("http:/evil", "invalid_target"), .target("http:evil", "invalid_target"),
            .target("http:///evil", "invalid_target"), .target("evil", "invalid_target"),
            .target("@other.test/evil", "invalid_target"),
            .target("shop.test:80", "invalid_target"),
            .target("?evil", "invalid_target"), .target("*", "invalid_target"),
            .target("/evil#x", "fragment_in_target"),
            .target("/status?a#evil", "fragment_in_target"),
            .target("/status#/../evil", "fragment_in_target"),
        ]
    )
    func refusesOtherTargets(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-34: an escaped letter is the letter",
        arguments: [
            "/%61dmin/evil", "/a%64min/evil", "/adm%69n/evil", "/%61%64%6d%69%6e/evil",
            "/admin/%65vil", "http://shop.test/%61dmin/evil",
        ].map { BypassCase.method("GET", $0, [], 405, "method_not_allowed") }
    )
    func judgesEscapedLetters(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test("B-35: patterns are anchored at both ends")
    func anchorsPatterns() throws {
        let fixture = try Fixture.echoing(
            policy: """
                methodwall: 1
                paths:
                  /status: GET
                  /api/users: GET
                  /img/*.png: GET
                  /v/{id:int}: GET
                """
        )
        for target in [
            "/evil/status", "/statusevil", "/status/evil", "/api/usersevil", "/api/users/evil",
            "/evil/api/users", "/img/evil.pngx", "/img/evil/x.png", "/img/.png?evil", "/v/7evil",
            "/v/-7?evil", "/v/7/evil", "/v/?evil", "/evil/v/7", "/apievil/users", "/api.users?evil",
        ] {
            #expect(try fixture.gateway.exchange(request("GET", target)).status == 404, "\(target)")
        }
        try fixture.expectNoEvil()
    }

    @Test("B-35: a path that makes matching back up as often as it can is decided all the same")
    func survivesBacktracking() throws {
        // Literal or parameter at each of seven places: every prefix has two ways to go on.
        let rules = (0..<128).map { bits in
            let places = (0..<7).map { bits >> $0 & 1 == 0 ? "/a" : "/{p}" }
            return "  \(places.joined())/end: GET\n"
        }
        let policy = "methodwall: 1\npaths:\n  /status: GET\n" + rules.joined()
        let fixture = try Fixture.echoing(policy: policy)
        let seven = String(repeating: "/a", count: 7)
        #expect(try fixture.gateway.exchange(request("GET", seven + "/end")).status == 200)
        for target in [
            seven + "/evil", seven + "/end/evil", String(repeating: "/a", count: 4000) + "/evil",
            "/" + String(repeating: "a", count: 8000),
        ] {
            let response = try fixture.gateway.exchange(request("GET", target), within: .seconds(5))
            #expect(response.status == 404, "\(target.prefix(20))")
        }
        try fixture.expectNoEvil()
    }

    @Test("B-36: rule, preflight and log see one form of the path")
    func usesOneForm() throws {
        let gateway = try Fixture.echoing(policy: Policies.cors).gateway
        let preflight = [
            "Origin: https://app.example.com", "Access-Control-Request-Method: DELETE",
        ]
        for target in ["/users/7", "/%75sers/7", "/users/%37", "/%75%73%65%72%73/7"] {
            let granted = try gateway.exchange(request("OPTIONS", target, preflight))
            let methods = granted.members("Access-Control-Allow-Methods")
            #expect(Set(methods) == ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"], "\(target)")
            #expect(try gateway.exchange(request("POST", target)).status == 405, "\(target)")
        }
        // What was refused under four spellings was one path to the log.
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        let refused = gateway.logEntries().filter { $0.status == 405 }
        #expect(refused.allSatisfy { $0["methodwall.rule"] == "/users/{id:int}" })
        #expect(refused.reduce(0) { $0 + $1.attempts } == 4)
    }

    @Test(
        "B-36: what was judged is what was forwarded: the origin's target is canonical",
        arguments: [11, 12] as [UInt64]
    )
    func forwardsFixedPoints(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "/", "/a", "/b", ".", "..", "%2e", "%2F", "%61", "%4A", "%3a", ":", ";", "%25",
            "%c3%a9",
            "%20", "~", "%7e", "+", "@", "//", "\\", "%00", "%", "=", "(", "%E2%82%AC",
        ]
        let fixture = try Fixture.echoing(policy: Policies.nearlyOpen)
        var forwarded = 0
        for _ in 0..<300 {
            var path = "/"
            for _ in 0..<random.below(6) { path += random.pick(pieces) }
            let first = try fixture.gateway.exchange(request("GET", path))
            guard first["X-Origin"] != nil else { continue }
            forwarded += 1
            let target = String(first.text.dropFirst("origin saw GET ".count))
            let second = try fixture.gateway.exchange(request("GET", target))
            #expect(second.text == "origin saw GET \(target)", "seed \(seed): \(path)")
        }
        #expect(forwarded > 20, "seed \(seed): \(forwarded)")
    }
}
