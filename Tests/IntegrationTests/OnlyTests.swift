import TestKit
import Testing

@Suite("Methods that only some clients may use", .blocking)
struct OnlyTests {
    private static let policy = """
        methodwall: 1
        policy: shop
        cors:
          origins: ["https://app.example.com"]
          headers: [Content-Type]
        paths:
          /admin:
            allow: GET POST PUT DELETE
            only:
              DELETE: { clients: [198.51.100.0/24, "2001:db8::/32"] }
              POST PUT: { clients: [198.51.100.7] }
          /secret:
            allow: GET POST
            only:
              GET: { clients: [198.51.100.0/24] }
          /open: GET
          /dav/**:
            allow: GET PUT COPY
            only:
              PUT: { clients: [198.51.100.7] }
          /files/**: GET COPY
        """
    static let shared = SharedWitness(
        policy,
        configuration: ["trusted_proxies: [127.0.0.1]"]
    )

    private func send(
        _ method: String,
        _ target: String,
        from client: String?,
        _ fields: [String] = [],
        body: String? = nil
    ) throws -> WitnessedGateway.Outcome {
        let chain = client.map { ["X-Forwarded-For: \($0)"] } ?? []
        return try Self.shared.get().send(method, target, chain + fields, body: body)
    }

    /// Clients, and what each may do at `/admin`.
    static let clients: [(client: String?, allow: String)] = [
        ("198.51.100.7", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        ("198.51.100.8", "GET, HEAD, DELETE, OPTIONS"),
        ("2001:db8::1", "GET, HEAD, DELETE, OPTIONS"),
        ("::ffff:198.51.100.7", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        ("203.0.113.1", "GET, HEAD, OPTIONS"),
        ("2001:db9::1", "GET, HEAD, OPTIONS"),
        ("198.51.100.7, 203.0.113.1", "GET, HEAD, OPTIONS"),
        ("nonsense", "GET, HEAD, OPTIONS"),
        (nil, "GET, HEAD, OPTIONS"),
    ]

    @Test(
        "B-42: Allow of 403, 405 and OPTIONS lists what this client may do, and that is what works",
        arguments: clients.map(\.client)
    )
    func tellsEachClient(_ client: String?) throws {
        let allow = try #require(Self.clients.first { $0.client == client }?.allow)
        let allowed = allow.split(separator: ", ").map(String.init)
        let options = try send("OPTIONS", "/admin", from: client)
        #expect(options.status == 204)
        #expect(options.allow == allow)
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
            let outcome = try send(method, "/admin", from: client)
            #expect(outcome.isForwarded == allowed.contains(method), "\(method)")
            guard !outcome.isForwarded else { continue }
            #expect(outcome.status == 403, "\(method)")
            #expect(outcome.allow == allow, "\(method)")
            #expect(!outcome.hasReachedOrigin, "\(method)")
            if method != "HEAD" {
                let reason = try problem(outcome.response)["reason"] as? String
                #expect(reason == "client_not_allowed")
            }
        }
        let patch = try send("PATCH", "/admin", from: client)
        #expect(patch.status == 405)
        #expect(patch.allow == allow)
    }

    @Test("Restricting GET restricts HEAD with it")
    func restrictsHead() throws {
        for method in ["GET", "HEAD"] {
            #expect(try send(method, "/secret", from: "198.51.100.8").isForwarded)
            let refused = try send(method, "/secret", from: "203.0.113.1")
            #expect(refused.status == 403)
            #expect(refused.allow == "POST, OPTIONS")
            #expect(!refused.hasReachedOrigin)
        }
        #expect(try send("POST", "/secret", from: "203.0.113.1", body: "").isForwarded)
    }

    @Test("A preflight learns what this client may do")
    func answersPreflights() throws {
        func preflight(_ client: String, asking method: String) throws -> RawResponse {
            try send(
                "OPTIONS",
                "/admin",
                from: client,
                ["Origin: https://app.example.com", "Access-Control-Request-Method: \(method)"]
            ).response
        }
        let allowed = try preflight("198.51.100.8", asking: "DELETE")
        #expect(allowed.status == 204)
        #expect(allowed["Access-Control-Allow-Origin"] == "https://app.example.com")
        #expect(allowed.members("Access-Control-Allow-Methods").contains("DELETE"))
        #expect(!allowed.members("Access-Control-Allow-Methods").contains("PUT"))
        let refused = try preflight("203.0.113.1", asking: "DELETE")
        #expect(refused.status == 204)
        #expect(!refused.members("Access-Control-Allow-Methods").contains("DELETE"))
        #expect(refused["Allow"] == "GET, HEAD, OPTIONS")
        let entry = try Self.shared.get().gateway.waitForLogEntry {
            $0.reason == "cors_method_not_allowed"
        }
        #expect(entry["client.address"] == "203.0.113.1")
    }

    @Test("OPTIONS * lists what works somewhere for this client")
    func answersServerWideOptions() throws {
        let few = try send("OPTIONS", "*", from: "203.0.113.1")
        #expect(few.status == 204)
        #expect(few.allow == "GET, HEAD, POST, OPTIONS, COPY")
        let many = try send("OPTIONS", "*", from: "198.51.100.7")
        #expect(many.allow == "GET, HEAD, POST, PUT, DELETE, OPTIONS, COPY")
    }

    @Test("B-02: a claimed method is judged for this client")
    func judgesClaims() throws {
        let field = ["X-HTTP-Method-Override: DELETE"]
        #expect(try send("GET", "/admin", from: "198.51.100.8", field).isForwarded)
        let refused = try send("GET", "/admin", from: "203.0.113.1", field)
        #expect(refused.status == 405)
        #expect(refused.allow == "GET, HEAD, OPTIONS")
        #expect(!refused.hasReachedOrigin)
        let form = try send("POST", "/admin", from: "198.51.100.7", body: "_method=DELETE")
        #expect(form.isForwarded)
        let secret = try send("POST", "/secret", from: "203.0.113.1", body: "_method=GET")
        #expect(secret.status == 405)
        #expect(secret.allow == "POST, OPTIONS")
        #expect(secret.seen == nil)
    }

    @Test("R-78: a destination is judged for this client")
    func judgesDestinations() throws {
        let field = ["Destination: /dav/b"]
        #expect(try send("COPY", "/files/a", from: "198.51.100.7", field).isForwarded)
        let refused = try send("COPY", "/files/a", from: "198.51.100.8", field)
        #expect(refused.status == 403)
        #expect(try problem(refused.response)["reason"] as? String == "destination_not_allowed")
        #expect(!refused.hasReachedOrigin)
    }

    @Test("The log says who was refused, and what the client may do")
    func logsTheClient() throws {
        #expect(try send("DELETE", "/admin", from: "6.6.6.6, 203.0.113.77").status == 403)
        let entry = try Self.shared.get().gateway.waitForLogEntry {
            $0["client.address"] == "203.0.113.77"
        }
        #expect(entry.reason == "client_not_allowed")
        #expect(entry.status == 403)
        #expect(entry["methodwall.allow"] == "GET, HEAD, OPTIONS")
        #expect(entry["methodwall.rule"] == "/admin")
    }

    @Test("B-42: without trusted proxies the connection's address is the client's")
    func judgesThePeer() throws {
        let policy = """
            methodwall: 1
            paths:
              /near:
                allow: GET DELETE
                only:
                  DELETE: { clients: [127.0.0.0/8] }
              /far:
                allow: GET DELETE
                only:
                  DELETE: { clients: [198.51.100.7] }
            """
        let witnessed = try WitnessedGateway(policy: policy)
        #expect(try witnessed.send("DELETE", "/near").isForwarded)
        let spoofs = [
            "X-Forwarded-For: 198.51.100.7", "Forwarded: for=198.51.100.7",
            "X-Real-IP: 198.51.100.7", "True-Client-IP: 198.51.100.7",
        ]
        for spoof in spoofs {
            #expect(try witnessed.send("DELETE", "/far", [spoof]).status == 403, "\(spoof)")
        }
        #expect(try witnessed.send("DELETE", "/near", spoofs).isForwarded)
    }
}
