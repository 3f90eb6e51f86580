import TestKit
import Testing

@Suite("Report mode: logged, counted, forwarded", .blocking)
struct ReportModeTests {
    static let reported = SharedWitness(
        """
        methodwall: 1
        policy: shop
        mode: report
        methods: [PURGE]
        cors:
          origins: ["https://app.example.com"]
          headers: [Content-Type]
        paths:
          /items: GET POST
          /admin:
            allow: GET DELETE
            only:
              DELETE: { clients: [198.51.100.7] }
          /dav/**: GET PUT COPY
          /public/**: GET
          /plain:
            allow: GET
            cors: off
          /refuse:
            allow: GET POST
            override: refuse
          /strip:
            allow: GET POST
            override: strip
          /strict:
            allow: GET POST
            mode: enforce
        """
    )

    /// A request that would be refused, and how.
    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        var fields: [String] = []
        var body: String?
        let status: Int
        let reason: String

        var testDescription: String { "\(method) \(target) \(fields.joined(separator: " "))" }

        init(
            _ method: String,
            _ target: String,
            fields: [String] = [],
            body: String? = nil,
            _ status: Int,
            _ reason: String
        ) {
            self.method = method
            self.target = target
            self.fields = fields
            self.body = body
            self.status = status
            self.reason = reason
        }
    }

    private static let form = "Content-Type: application/x-www-form-urlencoded"
    private static let preflight = [
        "Origin: https://app.example.com", "Access-Control-Request-Method: DELETE",
    ]

    static let cases: [Case] = [
        .init("DELETE", "/items", 405, "method_not_allowed"),
        .init("PATCH", "/items?a=%zz", body: "x\u{0}y", 405, "method_not_allowed"),
        .init("PURGE", "/items", 405, "method_not_allowed"),
        .init("HEAD", "/nowhere/%7e", 404, "no_rule_for_path"),
        .init("GET", "/nowhere", 404, "no_rule_for_path"),
        .init("POST", "/nowhere", body: "a=b", 404, "no_rule_for_path"),
        .init("BREW", "/items", 501, "unknown_method"),
        .init("get", "/items", 501, "unknown_method"),
        .init("BREW", "/nowhere", body: "tea", 501, "unknown_method"),
        .init("DELETE", "/admin", 403, "client_not_allowed"),
        .init(
            "POST",
            "/items",
            fields: ["X-HTTP-Method-Override: DELETE"],
            405,
            "override_not_allowed"
        ),
        .init("POST", "/items?_method=DELETE", 405, "override_not_allowed"),
        .init("GET", "/items?a;%5fmethod=delete", 405, "override_not_allowed"),
        .init(
            "POST",
            "/items",
            fields: [form],
            body: "a=b&_method=DELETE",
            405,
            "override_not_allowed"
        ),
        .init(
            "POST",
            "/items",
            fields: ["Content-Type: \(Multipart.type)"],
            body: Multipart.field("\"_method\"", "DELETE") + Multipart.file("x") + Multipart.end,
            405,
            "override_not_allowed"
        ),
        .init("POST", "/refuse", fields: ["X-HTTP-Method: GET"], 405, "override_not_allowed"),
        .init(
            "POST",
            "/strip",
            fields: [form],
            body: "_method=DELETE",
            405,
            "override_not_allowed"
        ),
        .init(
            "COPY",
            "/dav/a",
            fields: ["Destination: http://shop.test/public/%62"],
            403,
            "destination_not_allowed"
        ),
        .init(
            "POST",
            "/items",
            fields: [form, "Content-Encoding: gzip"],
            body: "zz",
            415,
            "unscannable_content"
        ),
        .init(
            "POST",
            "/items",
            fields: ["Content-Type: multipart/form-data"],
            body: "zz",
            400,
            "ambiguous_content"
        ),
        .init(
            "POST",
            "/items",
            fields: ["Content-Type: \(Multipart.type)"],
            body: "--XX\n\n_method\n--XX--",
            400,
            "ambiguous_content"
        ),
        .init("OPTIONS", "/items", fields: preflight, 204, "cors_method_not_allowed"),
        .init("OPTIONS", "/plain", fields: preflight, 204, "cors_not_configured"),
        .init(
            "OPTIONS",
            "/items",
            fields: ["Origin: https://evil.test", "Access-Control-Request-Method: GET"],
            204,
            "cors_origin_not_allowed"
        ),
    ]

    @Test(
        "What would be refused arrives as it was sent, and is logged as it would be",
        arguments: cases
    )
    func forwardsWhatItReports(_ row: Case) throws {
        let shared = try Self.reported.get()
        let fields = row.fields + ["X-Order: 1", "x-order: 2"]
        let outcome = try shared.send(row.method, row.target, fields, body: row.body)
        #expect(outcome.isForwarded)
        #expect(outcome.response["Proxy-Status"] == nil)
        let seen = try #require(outcome.seen)
        let target = row.target.replacing("%7e", with: "~")
        #expect(seen.head.startLine == "\(row.method) \(target) HTTP/1.1")
        #expect(seen.body == Array((row.body ?? "").utf8))
        // Every line as it was sent and in its order, between the gateway's own.
        let head = String(latin1: seen.head.octets)
        #expect(head.contains("\r\n" + fields.joined(separator: "\r\n") + "\r\n"))
        let entry = try shared.gateway.waitForLogEntry {
            $0["methodwall.decision"] == "would_refuse" && $0.reason == row.reason
                && $0.method == row.method && $0.status == row.status
        }
        #expect(entry["client.address"] == "127.0.0.1")
    }

    @Test("What is allowed leaves no line")
    func leavesAllowedRequestsOut() throws {
        let witnessed = try WitnessedGateway(
            policy: "methodwall: 1\nmode: report\npaths:\n  /items: GET POST\n"
        )
        #expect(try witnessed.send("GET", "/items?_method=POST").isForwarded)
        #expect(try witnessed.send("POST", "/items", body: "_method=GET").isForwarded)
        #expect(try witnessed.send("OPTIONS", "/items").isForwarded)
        #expect(try witnessed.send("DELETE", "/items").isForwarded)
        _ = try witnessed.gateway.waitForLogEntry { $0.method == "DELETE" }
        #expect(witnessed.gateway.logEntries().count == 1)
    }

    @Test("OPTIONS is the origin's to answer, and OPTIONS * the gateway's")
    func forwardsOptions() throws {
        let shared = try Self.reported.get()
        #expect(try shared.send("OPTIONS", "/items").isForwarded)
        #expect(try shared.send("OPTIONS", "/nowhere").isForwarded)
        let server = try shared.send("OPTIONS", "*")
        #expect(server.status == 204)
        #expect(!server.hasReachedOrigin)
    }

    @Test("A preflight that the policy allows is answered from its cors block")
    func answersAllowedPreflights() throws {
        let fields = ["Origin: https://app.example.com", "Access-Control-Request-Method: GET"]
        let outcome = try Self.reported.get().send("OPTIONS", "/items", fields)
        #expect(outcome.status == 204)
        #expect(outcome.response["Access-Control-Allow-Origin"] == "https://app.example.com")
        #expect(!outcome.hasReachedOrigin)
    }

    @Test(
        "B-13 B-20: what servers read in different ways, and TRACE, are refused in any mode",
        arguments: [
            ("GET", "/items/../admin", [], 400), ("GET", "/items%2Fa", [], 400),
            ("GET", "//items", [], 400), ("GET", "/items;x", [], 400),
            ("GET", "/items", ["Bad Name: x"], 400),
            ("POST", "/items", ["Content-Length: 1", "Transfer-Encoding: chunked"], 400),
            ("COPY", "/dav/a", ["Destination: /dav/../b"], 400),
            ("COPY", "/dav/a", ["Destination: /dav/b", "Destination: /dav/b"], 400),
            ("TRACE", "/items", [], 405), ("trace", "/items", [], 501),
            ("TRACK", "/items", [], 501),
            ("TRACE", "/nowhere", [], 404), ("CONNECT", "shop.test:80", [], 405),
            ("Connect", "/items", [], 501), ("pri", "/items", [], 501),
            ("POST", "/strict?_method=DELETE", [], 405), ("DELETE", "/strict", [], 405),
            ("BREW", "/strict", [], 501),
        ] as [(String, String, [String], Int)]
    )
    func refusesWhatNoModeForwards(
        method: String,
        target: String,
        fields: [String],
        status: Int
    ) throws {
        let host = method == "CONNECT" ? "shop.test:80" : "shop.test"
        let outcome = try Self.reported.get().send(method, target, fields, host: host)
        #expect(outcome.status == status)
        #expect(!outcome.hasReachedOrigin)
        #expect(!outcome.isForwarded)
    }

    @Test("B-13: an override that claims TRACE is reported like any other")
    func reportsClaimedTrace() throws {
        let outcome = try Self.reported.get().send("POST", "/items", ["X-HTTP-Method: TRACE"])
        #expect(outcome.isForwarded)
        #expect(outcome.seen?["X-HTTP-Method"] == "TRACE")
    }

    @Test("A rule's own mode stands before the file's")
    func rulesDecide() throws {
        let witnessed = try WitnessedGateway(
            policy: """
                methodwall: 1
                policy: shop
                paths:
                  /items: GET
                  /trial:
                    allow: GET POST
                    mode: report
                """
        )
        #expect(try witnessed.send("DELETE", "/items").status == 405)
        #expect(try witnessed.send("GET", "/nowhere").status == 404)
        #expect(try witnessed.send("OPTIONS", "/items").status == 204)
        #expect(try witnessed.send("DELETE", "/trial").isForwarded)
        #expect(try witnessed.send("BREW", "/trial").isForwarded)
        #expect(try witnessed.send("POST", "/trial", body: "_method=DELETE").isForwarded)
        #expect(try witnessed.send("OPTIONS", "/trial").isForwarded)
        let reported = try witnessed.gateway.waitForLogEntry {
            $0.method == "DELETE" && $0.path == "/trial"
        }
        #expect(reported["methodwall.decision"] == "would_refuse")
        #expect(reported["methodwall.rule"] == "/trial")
        #expect(reported["methodwall.allow"] == "GET, HEAD, POST, OPTIONS")
        let refused = try witnessed.gateway.waitForLogEntry { $0.path == "/items" }
        #expect(refused["methodwall.decision"] == "refused")
    }

    @Test("B-01: strip leaves what it would take away where the mode is report")
    func stripsNothing() throws {
        let shared = try Self.reported.get()
        let fields = ["X-HTTP-Method-Override: DELETE", "X_Http_Method: PUT"]
        let outcome = try shared.send("POST", "/strip?_method=DELETE&a=b", fields, body: "")
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.target == "/strip?_method=DELETE&a=b")
        #expect(outcome.seen?["X-HTTP-Method-Override"] == "DELETE")
    }

    @Test("A claim in content is reported while the content streams, and all of it arrives")
    func reportsStreamedClaims() throws {
        let witnessed = try WitnessedGateway(
            policy: "methodwall: 1\nmode: report\npaths:\n  /items: GET POST\n"
        )
        let padding = String(repeating: "a=b&", count: 20_000)
        let content = ContentCase.form("\(padding)_method=DELETE&\(padding)_method=PUT")
        for framing in [ContentFraming.length, .chunked] {
            let outcome = try content.send(to: witnessed, framing)
            #expect(outcome.isForwarded)
            #expect(outcome.seen?.body == content.body)
        }
        let entry = try witnessed.gateway.waitForLogEntry {
            $0["methodwall.override_carrier"] == "content _method"
        }
        #expect(entry["methodwall.decision"] == "would_refuse")
        #expect(entry["methodwall.effective_method"] == "DELETE")
        #expect(entry.status == 405)
    }
}
