import TestKit
import Testing

@Suite("Fields that say who a client is (B-32 B-41 to B-46)", .blocking)
struct IdentityFieldTests {
    private static let policy = """
        methodwall: 1
        policy: shop
        paths:
          /items: GET POST
        """
    static let direct = SharedWitness(policy)

    private func seen(
        _ gateway: WitnessedGateway,
        _ lines: [String]
    ) throws -> WitnessedRequest {
        let outcome = try gateway.send("GET", "/items", lines)
        #expect(outcome.isForwarded)
        return try #require(outcome.seen)
    }

    /// Whether any field line of the request has `text` in it.
    private func holds(_ request: WitnessedRequest, _ text: String) -> Bool {
        String(latin1: request.head.octets).contains(text)
    }

    @Test(
        "B-32 B-44 B-45 B-46: what origin servers take for a proxy's word no client may send",
        arguments: [
            // B-32
            "X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Prefix",
            "X-Forwarded-Path", "X-Forwarded-URI", "X-Original-Host", "X-Forwarded-Server",
            // B-42
            "X-Real-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP",
            "CF-Connecting-IP", "Fastly-Client-IP", "Forwarded", "X-Forwarded-Port",
            "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Proto", "X-Forwarded-Host",
            "X-Forwarded-By",
            // B-44
            "Proxy",
            // B-45
            "Remote-User", "X-Remote-User", "X-Remote-Groups", "Remote-Email",
            "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Client-Cert",
            "X-Auth-Request-User", "X-SSL-Client-Cert", "X-SSL-Client-Verify", "SSL-Client-Cert",
            "X-Client-Cert", "Client-Cert", "X-ARR-ClientCert", "X-Goog-IAP-JWT-Assertion",
            "X-MS-Client-Principal", "X-Amzn-OIDC-Data", "X-WebAuth-User",
            // B-46
            "X-Middleware-Subrequest", "Translate",
        ]
    )
    func dropsIdentityFields(_ name: String) throws {
        let spellings = [
            name, name.lowercased(), name.uppercased(), name.replacing("-", with: "_"),
            name.replacing("-", with: "."),
        ]
        let lines = spellings.map { "\($0): forged" } + ["Connection: \(name)", "X-Kept: 1"]
        let request = try seen(Self.direct.get(), lines)
        #expect(!holds(request, "forged"))
        #expect(request["X-Kept"] == "1")
    }

    @Test(
        "B-43: field names that CGI reads as others are dropped",
        arguments: [
            "Content_Type", "X_Kept", "_", "Host_", "X-A_B", "Authorization_", "Content_Length",
            "Transfer_Encoding", "X_Forwarded_For",
        ]
    )
    func dropsUnderscores(_ name: String) throws {
        let request = try seen(Self.direct.get(), ["\(name): forged", "X-Kept: 1"])
        #expect(!holds(request, "forged"))
        #expect(request["X-Kept"] == "1")
    }

    @Test("B-42: a client's own forwarding fields are replaced by what the connection says")
    func replacesForwardingFields() throws {
        let request = try seen(
            Self.direct.get(),
            [
                "X-Forwarded-For: 6.6.6.6, 10.0.0.1", "x-forwarded-for: 7.7.7.7",
                "Forwarded: for=6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test",
            ]
        )
        #expect(request.head.values("X-Forwarded-For") == ["127.0.0.1"])
        #expect(request.head.values("X-Forwarded-Proto") == ["http"])
        #expect(request.head.values("X-Forwarded-Host") == ["shop.test"])
        #expect(request.head.values("Forwarded").isEmpty)
    }

    @Test("B-41: Connection cannot name away what the gateway adds, nor Host")
    func keepsOwnFields() throws {
        for gateway in [try Self.direct.get(), try Self.trusting.get()] {
            let request = try seen(
                gateway,
                [
                    "Connection: X-Forwarded-For, x-forwarded-proto, X-FORWARDED-HOST, Via, Host",
                    "Connection: Forwarded, X_Forwarded_For", "X-Forwarded-For: 203.0.113.9",
                ]
            )
            #expect(request["Host"] == "shop.test")
            #expect(request["X-Forwarded-For"]?.hasSuffix("127.0.0.1") == true)
            #expect(request["X-Forwarded-Proto"] == "http")
            #expect(request["X-Forwarded-Host"] == "shop.test")
            #expect(request["Via"] != nil)
        }
    }

    @Test("B-45: identity_fields takes names into the list and out of it")
    func followsTheConfiguration() throws {
        let witnessed = try WitnessedGateway(
            policy: Self.policy,
            configuration: [
                "identity_fields:",
                "  strip: [X-Tenant, \"X-Acme-*\"]",
                "  keep: [Translate, Remote-User, \"X-SSL-*\"]",
            ]
        )
        let request = try seen(
            witnessed,
            [
                "X-Tenant: forged", "x_tenant: forged", "X.TENANT: forged", "X-Acme-Role: forged",
                "X-Acme-: forged", "X.ACME.Id: forged", "X-Remote-User: forged", "Translate: f",
                "Remote-User: ann", "X-SSL-Client-Cert: mine", "X-Tenants: 3", "X-Acme: 4",
            ]
        )
        #expect(!holds(request, "forged"))
        #expect(request["Translate"] == "f")
        #expect(request["Remote-User"] == "ann")
        #expect(request["X-SSL-Client-Cert"] == "mine")
        #expect(request["X-Tenants"] == "3")
        #expect(request["X-Acme"] == "4")
    }

    @Test("B-45: a trailer cannot bring an identity field")
    func dropsTrailers() throws {
        let names = ["Remote-User", "X_Remote_User", "X-Forwarded-For", "Proxy", "X-Original-URL"]
        let trailers = names.map { "\($0): forged\r\n" }.joined()
        let outcome = try Self.direct.get().send(
            "POST",
            head: request("POST", "/items", ["Transfer-Encoding: chunked"]).dropLastLineEnd,
            content: [Array("1\r\na\r\n0\r\n\(trailers)X-Kept: 1\r\n\r\n".utf8)]
        )
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.trailers.map(\.description) == ["X-Kept: 1"])
        #expect(!String(latin1: outcome.received).contains("forged"))
    }

    // MARK: Trusted proxies

    /// The tests' own connections are a trusted proxy's.
    static let trusting = SharedWitness(
        policy,
        configuration: ["trusted_proxies: [127.0.0.1, 10.0.0.0/8, \"fd00::/8\"]"]
    )

    struct Chain: Sendable, CustomTestStringConvertible {
        let lines: [String]
        /// What the origin gets.
        let forwarded: String
        /// Who the client is.
        let client: String
        var testDescription: String { lines.joined(separator: " + ") }

        init(_ lines: String..., forwarded: String, client: String) {
            self.lines = lines
            self.forwarded = forwarded
            self.client = client
        }
    }

    @Test(
        "B-42: X-Forwarded-For is read from the right as far as proxies are trusted",
        arguments: [
            Chain("203.0.113.7", forwarded: "203.0.113.7, 127.0.0.1", client: "203.0.113.7"),
            Chain(
                "6.6.6.6, 203.0.113.7",
                forwarded: "203.0.113.7, 127.0.0.1",
                client: "203.0.113.7"
            ),
            Chain(
                "6.6.6.6, 203.0.113.7, 10.1.2.3",
                forwarded: "203.0.113.7, 10.1.2.3, 127.0.0.1",
                client: "203.0.113.7"
            ),
            Chain(
                "6.6.6.6,203.0.113.7,10.1.2.3,10.9.9.9",
                forwarded: "203.0.113.7, 10.1.2.3, 10.9.9.9, 127.0.0.1",
                client: "203.0.113.7"
            ),
            Chain(
                "6.6.6.6",
                "203.0.113.7",
                "10.1.2.3",
                forwarded: "203.0.113.7, 10.1.2.3, 127.0.0.1",
                client: "203.0.113.7"
            ),
            Chain(
                "10.1.2.3, 6.6.6.6, 203.0.113.7",
                forwarded: "203.0.113.7, 127.0.0.1",
                client: "203.0.113.7"
            ),
            // What is no address stops the walk: what stands left of it is nobody's word.
            Chain(
                "203.0.113.7, unknown, 10.1.2.3",
                forwarded: "10.1.2.3, 127.0.0.1",
                client: "10.1.2.3"
            ),
            Chain(
                "203.0.113.7, 10.1.2.256, 10.1.2.3",
                forwarded: "10.1.2.3, 127.0.0.1",
                client: "10.1.2.3"
            ),
            Chain("203.0.113.7, garbage", forwarded: "127.0.0.1", client: "127.0.0.1"),
            Chain("<script>", forwarded: "127.0.0.1", client: "127.0.0.1"),
            Chain("", forwarded: "127.0.0.1", client: "127.0.0.1"),
            Chain("2001:db8::7", forwarded: "2001:db8::7, 127.0.0.1", client: "2001:db8::7"),
            Chain(
                "6.6.6.6, 2001:db8::7, fd00::1",
                forwarded: "2001:db8::7, fd00::1, 127.0.0.1",
                client: "2001:db8::7"
            ),
            // All of them trusted: the left-most is who asks.
            Chain(
                "10.1.2.3, 10.1.2.4",
                forwarded: "10.1.2.3, 10.1.2.4, 127.0.0.1",
                client: "10.1.2.3"
            ),
        ]
    )
    func walksTheChain(_ chain: Chain) throws {
        let witnessed = try WitnessedGateway(
            policy: Self.policy,
            configuration: ["trusted_proxies: [127.0.0.1, 10.0.0.0/8, \"fd00::/8\"]"]
        )
        let lines = chain.lines.map { "X-Forwarded-For: \($0)" }
        let request = try seen(witnessed, lines)
        let values = request.head.values("X-Forwarded-For")
        #expect(values.count == 1)
        #expect(Self.normalized(values.joined()) == Self.normalized(chain.forwarded))
        #expect(try witnessed.send("DELETE", "/items", lines).status == 405)
        let entry = try witnessed.gateway.waitForLogEntry { $0.method == "DELETE" }
        #expect(entry["client.address"] == chain.client)
    }

    @Test(
        "B-42: Forwarded is read from the right likewise (RFC 7239)",
        arguments: [
            Chain("for=203.0.113.7", forwarded: "for=203.0.113.7", client: "203.0.113.7"),
            Chain(
                "for=6.6.6.6, for=203.0.113.7;proto=https, FOR=\"10.1.2.3:80\"",
                forwarded: "for=203.0.113.7;proto=https, FOR=\"10.1.2.3:80\"",
                client: "203.0.113.7"
            ),
            Chain(
                "for=6.6.6.6",
                "for=\"[2001:db8::7]:4711\";by=10.0.0.1",
                forwarded: "for=\"[2001:db8::7]:4711\";by=10.0.0.1",
                client: "2001:db8::7"
            ),
            Chain(
                "for=203.0.113.7, for=_hidden, for=10.1.2.3",
                forwarded: "for=10.1.2.3",
                client: "10.1.2.3"
            ),
            Chain("for=203.0.113.7, for=unknown", forwarded: "", client: "127.0.0.1"),
            Chain(
                "for=\"6.6.6.6, for=203.0.113.7",
                forwarded: "for=203.0.113.7",
                client: "203.0.113.7"
            ),
            Chain(
                "for=\"6.6.6.6\\\", for=203.0.113.7\", for=203.0.113.8",
                forwarded: "for=203.0.113.8",
                client: "203.0.113.8"
            ),
        ]
    )
    func walksForwarded(_ chain: Chain) throws {
        let witnessed = try WitnessedGateway(
            policy: Self.policy,
            configuration: ["trusted_proxies: [127.0.0.1, 10.0.0.0/8]"]
        )
        let lines = chain.lines.map { "Forwarded: \($0)" }
        let request = try seen(witnessed, lines)
        let value = Self.normalized(request.head.values("Forwarded").joined(separator: ", "))
        let kept = Self.normalized(chain.forwarded)
        // The gateway's own element, of its peer, comes last.
        #expect(value.isEmpty || value.lowercased().contains("for=127.0.0.1"), "\(value)")
        #expect(value.hasPrefix(kept), "\(value)")
        #expect(!value.contains("6.6.6.6"), "\(value)")
        #expect(try witnessed.send("DELETE", "/items", lines).status == 405)
        let entry = try witnessed.gateway.waitForLogEntry { $0.method == "DELETE" }
        #expect(entry["client.address"] == chain.client)
    }

    @Test("B-42: a trusted proxy's word on scheme, host and identity goes on, if it is one word")
    func keepsTheWordOfTrustedProxies() throws {
        let request = try seen(
            Self.trusting.get(),
            [
                "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: www.shop.test", "X-Real-IP: 203.0.113.7", "Remote-User: ann",
            ]
        )
        #expect(request.head.values("X-Forwarded-Proto") == ["https"])
        #expect(request.head.values("X-Forwarded-Host") == ["www.shop.test"])
        #expect(request["Remote-User"] == "ann")
        let twice = try seen(
            Self.trusting.get(),
            ["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"]
        )
        #expect(twice.head.values("X-Forwarded-Proto") == ["http"])
        let always = try seen(
            Self.trusting.get(),
            ["X-Original-URL: /forged", "X-Rewrite-URL: /forged", "Proxy: forged"]
        )
        #expect(!holds(always, "forged"))
    }

    /// A list with one space behind each comma.
    private static func normalized(_ list: String) -> String {
        list.split(separator: ",").map {
            $0.drop { $0 == " " }.description
        }.joined(separator: ", ")
    }
}
