import TestKit
import Testing

@Suite("Ways round through CORS (B-60 to B-62)", .blocking)
struct BypassCORSTests {
    static let shared = SharedFixture { try Fixture.echoing(policy: Policies.cors) }

    /// Origins that a prefix, a suffix, an unanchored pattern or a kind parser would let in.
    static let foreign = [
        "https://evil.test", "https://app.example.com.evil.test", "https://evilapp.example.com",
        "https://app-example.com", "https://appXexample.com", "http://app.example.com",
        "https://app.example.com:8443", "https://app.example.com:", "https://app.example.com/",
        "https://app.example.com?", "https://app.example.com#", "https://app.example.com@evil.test",
        "https://evil.test/https://app.example.com", "https://a.b.example.org",
        "https://example.org", "https://.example.org", "https://evil.test.example.org.",
        "https://evilexample.org", "https://*.example.org", "https://evil_.test#.example.org",
        "null", "NULL", "", "*", "app.example.com", "//app.example.com", "file://",
        "https://app.example.com https://evil.test", "https://app.example.com, https://evil.test",
        "https://app.example.com`.evil.test", "https://app.example.com%60.evil.test",
        "https://app.example.com%00.evil.test", "https://[::1]",
    ]

    @Test("B-60: an origin is compared whole, and none is reflected", arguments: foreign)
    func grantsNoForeignOrigin(_ origin: String) throws {
        let fixture = try Self.shared.get()
        let fields = ["Origin: \(origin)", "Access-Control-Request-Method: GET", "X-C: evil"]
        for text in [
            request("OPTIONS", "/users?evil", fields),
            request("DELETE", "/users?evil", ["Origin: \(origin)"]),
        ] {
            let response = try fixture.gateway.exchange(text)
            for name in ["Origin", "Methods", "Headers", "Credentials"] {
                #expect(response["Access-Control-Allow-\(name)"] == nil, "\(name)")
            }
            // On preflights and refusals alike, a cache must not take the answer for another's.
            #expect(response.members("Vary").contains { $0.lowercased() == "origin" })
        }
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("B-60: two Origin fields are no origin")
    func grantsNoSecondOrigin() throws {
        let fixture = try Self.shared.get()
        let fields = [
            "Origin: https://app.example.com", "Origin: https://evil.test",
            "Access-Control-Request-Method: GET",
        ]
        let response = try fixture.gateway.exchange(request("OPTIONS", "/users?evil", fields))
        #expect(response["Access-Control-Allow-Origin"] == nil)
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("B-61: one Access-Control-Allow-Origin and one Vary, whatever the origin adds")
    func mergesTheOriginsFields() throws {
        let fixture = try Fixture(policy: Policies.cors) { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
                        + "access-control-allow-origin: https://evil.test\r\nVary: Accept\r\n"
                        + "Access-Control-Allow-Credentials: true\r\nContent-Length: 0\r\n\r\n"
                )
            }
        }
        let app = "https://app.example.com"
        let granted = try fixture.gateway.exchange(request("GET", "/users", ["Origin: \(app)"]))
        #expect(granted.head.values("Access-Control-Allow-Origin") == [app])
        for fields in [[], ["Origin: https://evil.test"]] {
            let response = try fixture.gateway.exchange(request("GET", "/users", fields))
            #expect(response.head.values("Access-Control-Allow-Origin").isEmpty)
            #expect(response["Access-Control-Allow-Credentials"] == nil)
            #expect(Set(response.members("Vary").map { $0.lowercased() }) == ["accept", "origin"])
        }
        #expect(fixture.countAtOrigin("GET /users HTTP/1.1\r\n") == 3)
    }

    @Test(
        "B-62: a preflight's answer is the policy's and reflects nothing of the question",
        arguments: [
            ("EVIL", "content-type"), ("GET", "x-evil"), ("PATCH, EVIL", "*"), ("delete", "x-evil"),
            ("TRACE", "x-http-method-override"), ("CONNECT", "authorization, x-evil"),
            ("GET\t", "x-evil\u{e9}"), ("*", "*"),
        ]
    )
    func reflectsNothing(method: String, fields: String) throws {
        let fixture = try Self.shared.get()
        let response = try fixture.gateway.exchange(
            request(
                "OPTIONS",
                "/users?evil",
                [
                    "Origin: https://app.example.com", "Access-Control-Request-Method: \(method)",
                    "Access-Control-Request-Headers: \(fields)",
                ]
            )
        )
        let methods = Set(response.members("Access-Control-Allow-Methods"))
        #expect(methods.isSubset(of: ["GET", "HEAD", "POST", "OPTIONS"]))
        let names = Set(response.members("Access-Control-Allow-Headers").map { $0.lowercased() })
        #expect(names.isSubset(of: ["content-type", "authorization"]))
        #expect(!String(latin1: response.head.octets).lowercased().contains("evil"))
        #expect(!fixture.origin.receivedText.contains("evil"))
    }
}
