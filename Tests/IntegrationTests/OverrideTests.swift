import TestKit
import Testing

/// Policies for requests that claim a method beside the one of their request line.
enum OverridePolicy {
    /// `/items` has neither DELETE nor PATCH, and PUT may be claimed there.
    static let judged = """
        methodwall: 1
        policy: shop
        methods: [PURGE]
        paths:
          /items: GET POST PUT
          /items/{id:int}: GET PUT DELETE
          /most: GET POST PUT PATCH PURGE PROPFIND REPORT LOCK QUERY MERGE VERSION-CONTROL
          /answered:
            allow: GET POST
            options: forward
        """

    static let allow = "GET, HEAD, POST, PUT, OPTIONS"
}

/// A request that is refused for the method it claims.
struct ClaimCase: Sendable, CustomTestStringConvertible {
    let name: String
    let target: String
    let fields: [String]
    /// The claimed method as the answer and the log name it.
    let claimed: String
    /// What carried it, as the log names it.
    let carrier: String

    init(
        _ name: String,
        target: String = "/items",
        fields: [String] = [],
        claimed: String = "DELETE",
        carrier: String
    ) {
        self.name = name
        self.target = target
        self.fields = fields
        self.claimed = claimed
        self.carrier = carrier
    }

    var testDescription: String { name }

    static func field(_ lines: String..., claimed: String = "DELETE", in carrier: String) -> Self {
        let name = lines.joined(separator: " + ")
        return ClaimCase(name, fields: lines, claimed: claimed, carrier: "field \(carrier)")
    }

    static func query(_ query: String, claimed: String = "DELETE", _ carrier: String) -> Self {
        let target = "/items?\(query)"
        return ClaimCase(query, target: target, claimed: claimed, carrier: "query \(carrier)")
    }
}

extension ClaimCase {
    static let defaultFields = [
        "x-http-method-override", "x-http-method", "x-method-override", "x-tunneled-method",
        "x-requested-method", "x-original-method",
    ]

    /// Each default name as frameworks and CGI spell it.
    static let spellings: [ClaimCase] = defaultFields.flatMap { name in
        variants(of: name).map { ClaimCase.field("\($0): DELETE", in: name) }
    }

    private static func variants(of name: String) -> [String] {
        let words = name.split(separator: "-").map {
            String($0.prefix(1).uppercased() + $0.dropFirst())
        }
        let hyphens = words.joined(separator: "-")
        let underscores = words.joined(separator: "_")
        let dots = words.joined(separator: ".")
        let mixed = dots.replacing("HTTP", with: "http").replacing(".Method", with: "_METHOD")
        return [
            name, name.uppercased(), hyphens, underscores, dots, underscores.uppercased(), mixed,
        ]
    }

    static let values: [ClaimCase] = [
        .field("X-HTTP-Method: delete", in: "x-http-method"),
        .field("X-HTTP-Method: DeLeTe", in: "x-http-method"),
        .field("X-HTTP-Method: \t DELETE \t", in: "x-http-method"),
        .field("X-HTTP-Method: PUT, DELETE", in: "x-http-method"),
        .field("X-HTTP-Method: ,, DELETE ,", in: "x-http-method"),
        .field("X-HTTP-Method: DELETE, PUT", in: "x-http-method"),
        .field("X-HTTP-Method: PUT", "X-HTTP-Method: DELETE", in: "x-http-method"),
        .field("X-HTTP-Method: DELETE", "X-HTTP-Method: PUT", in: "x-http-method"),
        .field(
            "X-HTTP-Method: PUT",
            "X-HTTP-Method-Override: DELETE",
            in: "x-http-method-override"
        ),
        .field("X-HTTP-Method:", "X-HTTP-Method: DELETE", in: "x-http-method"),
        .field("X-HTTP-Method: BREW", claimed: "BREW", in: "x-http-method"),
        .field("X-HTTP-Method: TRACE", claimed: "TRACE", in: "x-http-method"),
        .field("X-HTTP-Method: CONNECT", claimed: "CONNECT", in: "x-http-method"),
        .field("X-HTTP-Method: OPTIONS", claimed: "OPTIONS", in: "x-http-method"),
        .field("X-HTTP-Method: PUT;DELETE", claimed: "PUT;DELETE", in: "x-http-method"),
        .field("X-HTTP-Method: PUT DELETE", claimed: "PUT DELETE", in: "x-http-method"),
        .field("X-HTTP-Method: \"PUT\"", claimed: "\"PUT\"", in: "x-http-method"),
    ]

    static let named: [ClaimCase] = [
        .init(
            "Connection names it",
            fields: ["Connection: x-http-method", "X-HTTP-Method: DELETE"],
            carrier: "field x-http-method"
        ),
        .init(
            "Connection names another spelling",
            fields: ["Connection: close, X_HTTP_METHOD", "X_HTTP_METHOD: DELETE"],
            carrier: "field x-http-method"
        ),
    ]

    static let queries: [ClaimCase] = [
        .query("_method=DELETE", "_method"), .query("%5Fmethod=DELETE", "_method"),
        .query("%5fmetho%64=%44elete", "_method"), .query("_METHOD=delete", "_method"),
        .query("+_method=DELETE", "_method"), .query("%20%20_method=DELETE", "_method"),
        .query(".method=DELETE", "_method"), .query("%2Emethod=DELETE", "_method"),
        .query("[method=DELETE", "_method"), .query("%5Bmethod=DELETE", "_method"),
        .query("_method%00x=DELETE", "_method"), .query("_method[]=DELETE", "_method"),
        .query("_method%5B0%5D=DELETE", "_method"), .query("%u005Fmethod=DELETE", "_method"),
        .query("a=1&_method=DELETE", "_method"), .query("a=1;_method=DELETE", "_method"),
        .query("a;b;_method=DELETE;c", "_method"), .query("&&;_method=DELETE", "_method"),
        .query("_method=PUT&_method=DELETE", "_method"),
        .query("_method=DELETE&_method=PUT", "_method"),
        .query("_method=put,delete", "_method"), .query("_method=+DELETE+", "_method"),
        .query("_method=%0ADELETE%0D", "_method"), .query("_method=&_method=DELETE", "_method"),
        .query("_method=TRACE", claimed: "TRACE", "_method"),
        .query("_method=BREW", claimed: "BREW", "_method"),
        .query("_method==DELETE", claimed: "=DELETE", "_method"),
        .query("x-http-method-override=DELETE", "x-http-method-override"),
        .query("X-HTTP-Method-Override=DELETE", "x-http-method-override"),
        .query("X_HTTP_METHOD=DELETE", "x-http-method"),
        .query("x.http.method=DELETE", "x-http-method"),
        .query("x+method+override=DELETE", "x-method-override"),
        .query("x-tunneled-method=DELETE", "x-tunneled-method"),
    ]

    static let all = spellings + values + named + queries
}

@Suite("Method override in the head (B-01 B-02 B-03 B-05)", .blocking)
struct OverrideTests {
    static let shared = SharedWitness(OverridePolicy.judged)

    @Test(
        "B-01 B-03 B-05: a claim of a method that the rule lacks gets 405 and never arrives",
        arguments: ClaimCase.all
    )
    func refusesClaims(_ claim: ClaimCase) throws {
        let shared = try Self.shared.get()
        let outcome = try shared.send("POST", claim.target, claim.fields)
        #expect(outcome.status == 405)
        #expect(outcome.allow == OverridePolicy.allow)
        #expect(!outcome.hasReachedOrigin)
        let problem = try problem(outcome.response)
        #expect(problem["reason"] as? String == "override_not_allowed")
        let detail = try #require(problem["detail"] as? String)
        let name = try #require(claim.carrier.split(separator: " ").last)
        #expect(detail.contains(claim.claimed), "\(detail)")
        #expect(detail.contains(name), "\(detail)")
    }

    @Test(
        "B-02: a claim counts whatever the method of the request line",
        arguments: [
            "GET", "HEAD", "POST", "PUT", "PATCH", "PURGE", "PROPFIND", "REPORT", "LOCK", "QUERY",
            "MERGE", "VERSION-CONTROL",
        ]
    )
    func judgesEveryMethod(_ method: String) throws {
        let shared = try Self.shared.get()
        let field = try shared.send(method, "/most", ["X-HTTP-Method-Override: DELETE"])
        #expect(field.status == 405)
        #expect(!field.hasReachedOrigin)
        let query = try shared.send(method, "/most?_method=DELETE")
        #expect(query.status == 405)
        #expect(!query.hasReachedOrigin)
        #expect(try shared.send(method, "/most?_method=PATCH").isForwarded)
    }

    @Test("B-02: OPTIONS that is forwarded is judged, and one answered here claims nothing")
    func judgesForwardedOptions() throws {
        let shared = try Self.shared.get()
        let field = ["X-HTTP-Method-Override: DELETE"]
        #expect(try shared.send("OPTIONS", "/answered", field).status == 405)
        #expect(try shared.send("OPTIONS", "/answered").isForwarded)
        #expect(try shared.send("POST", "/answered?_method=OPTIONS").isForwarded)
        let local = try shared.send("OPTIONS", "/items", field)
        #expect(local.status == 204)
        #expect(local.allow == OverridePolicy.allow)
        #expect(!local.hasReachedOrigin)
    }

    @Test(
        "B-01: an allowed claim goes on octet for octet",
        arguments: [
            "X-HTTP-Method-Override: PUT", "x-http-method: put", "X-Method-Override: PUT, GET",
            "X.Method.Override: PUT", "X-Tunneled-Method: HEAD", "X-Requested-Method: ,Put,",
        ]
    )
    func forwardsAllowedClaims(_ line: String) throws {
        let outcome = try Self.shared.get().send("POST", "/items?a=b", [line], body: "x=y")
        #expect(outcome.isForwarded)
        let seen = try #require(outcome.seen)
        #expect(seen.head.startLine == "POST /items?a=b HTTP/1.1")
        #expect(String(latin1: seen.head.octets).contains("\r\n\(line)\r\n"))
        #expect(seen.body == Array("x=y".utf8))
    }

    @Test(
        "B-01: what claims nothing passes",
        arguments: [
            "X-HTTP-Method:", "X-HTTP-Method: , ,,", "X-HTTP-Methods: DELETE",
            "HTTP-Method: DELETE",
            "X-HTTP-Method-Overrides: DELETE", "X-HTTP--Method: DELETE", "Method: DELETE",
            "X-Requested-With: DELETE", "Cookie: _method=DELETE", "Referer: /?_method=DELETE",
        ]
    )
    func forwardsWhatClaimsNothing(_ line: String) throws {
        let outcome = try Self.shared.get().send("POST", "/items", [line], body: "")
        #expect(outcome.isForwarded)
        let name = line.prefix { $0 != ":" }
        #expect(outcome.seen?[String(name)] != nil)
    }

    @Test(
        "B-03: a query that claims nothing, or what is allowed, goes on as sent",
        arguments: [
            "_method=", "_method", "_method=&a", "_methods=DELETE", "method=DELETE",
            "x_method=DELETE", "q=_method%3DDELETE", "q=_method=DELETE", "a_method=DELETE",
            "__method=DELETE", "_method=PUT", "%5fmethod=%70ut", "_method=put;_method=GET",
            "a=%zz&b=%", "a=b?_method=DELETE", "_metho%zz=DELETE",
        ]
    )
    func forwardsOtherQueries(_ query: String) throws {
        let outcome = try Self.shared.get().send("POST", "/items?\(query)", body: "")
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.target == "/items?\(query)")
    }

    @Test("B-05: Connection takes an allowed override away, as it does any field")
    func removesNamedOverrides() throws {
        let fields = ["Connection: x-http-method-override", "X-HTTP-Method-Override: PUT"]
        let outcome = try Self.shared.get().send("POST", "/items", fields, body: "")
        #expect(outcome.isForwarded)
        #expect(outcome.seen?["X-HTTP-Method-Override"] == nil)
    }

    @Test("B-05: a trailer never becomes an override field")
    func dropsOverrideTrailers() throws {
        for name in ["X-HTTP-Method-Override", "x_http_method", "X.Method.Override"] {
            let outcome = try Self.shared.get().send(
                "POST",
                head: request("POST", "/items", ["Transfer-Encoding: chunked", "Trailer: \(name)"])
                    .dropLastLineEnd,
                content: [Array("3\r\nabc\r\n0\r\n\(name): DELETE\r\nX-Kept: 1\r\n\r\n".utf8)]
            )
            #expect(outcome.isForwarded)
            let seen = try #require(outcome.seen)
            #expect(seen[name] == nil)
            #expect(seen.trailers.map(\.description) == ["X-Kept: 1"])
        }
    }

    @Test("B-01 B-03: a line of the log names the effective method and its carrier")
    func logsClaims() throws {
        let witnessed = try WitnessedGateway(policy: OverridePolicy.judged)
        let cases: [(String, [String], String, String)] = [
            (
                "/items", ["X_HTTP_METHOD_OVERRIDE: delete"], "DELETE",
                "field x-http-method-override"
            ),
            ("/items?%5FMETHOD=patch", [], "PATCH", "query _method"),
            ("/items?a;x.tunneled.method=brew", [], "BREW", "query x-tunneled-method"),
        ]
        for (target, fields, method, carrier) in cases {
            #expect(try witnessed.send("POST", target, fields).status == 405)
            let entry = try witnessed.gateway.waitForLogEntry {
                $0["methodwall.effective_method"] == method
            }
            #expect(entry["methodwall.override_carrier"] == carrier)
            #expect(entry.method == "POST")
            #expect(entry.path == "/items")
            #expect(entry.status == 405)
            #expect(entry.reason == "override_not_allowed")
            #expect(entry["methodwall.decision"] == "refused")
            #expect(entry["methodwall.rule"] == "/items")
            #expect(entry["methodwall.allow"] == OverridePolicy.allow)
        }
    }

    @Test("B-01: a refused claim gets no 100 Continue")
    func sendsNoContinue() throws {
        let shared = try Self.shared.get()
        let client = try shared.gateway.connect()
        try client.send(
            request(
                "POST",
                "/items",
                ["X-HTTP-Method: DELETE", "Expect: 100-continue", "Content-Length: 3"]
            )
        )
        let response = try client.readResponse()
        #expect(response.status == 405)
        #expect(response.interim.isEmpty)
        #expect(client.isClosedByPeer())
    }

    @Test("B-01: many claims end neither the request's judgement nor the gateway")
    func judgesManyClaims() throws {
        let shared = try Self.shared.get()
        let allowed = (0..<100).map { _ in "X-HTTP-Method: PUT" }
        #expect(try shared.send("POST", "/items", allowed, body: "").isForwarded)
        let last = allowed + ["X-HTTP-Method: DELETE"]
        #expect(try shared.send("POST", "/items", last).status == 405)
        let long = (0..<40).map { "M\($0)" }.joined(separator: ",")
        #expect(try shared.send("POST", "/items", ["X-HTTP-Method: \(long)"]).status == 405)
        let endless = String(repeating: "PUT", count: 1000)
        let refused = try shared.send("POST", "/items", ["X-HTTP-Method: \(endless)"])
        #expect(refused.status == 405)
        #expect((refused.response.text.utf8.count) < 1000)
        let pairs = [String](repeating: "_method=PUT", count: 500).joined(separator: "&")
        #expect(try shared.send("POST", "/items?\(pairs)", body: "").isForwarded)
        #expect(try shared.send("POST", "/items?\(pairs)&_method=DELETE").status == 405)
    }
}

extension String {
    /// A request without content, less the empty line at its end.
    var dropLastLineEnd: String { hasSuffix("\r\n\r\n") ? String(dropLast(1)) : self }
}
