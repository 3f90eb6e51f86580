import Foundation
import TestKit
import Testing

/// One row of the decision's table with a request that meets it.
struct DecisionCase: Sendable, CustomTestStringConvertible {
    let row: Int
    let method: String
    let target: String
    var host: String? = "shop.test"
    var fields: [String] = []
    let status: Int
    /// The members of `Allow` in order; nil where the response has none.
    var allow: [String]?

    var isForwarded: Bool { row == 9 }
    var text: String { request(method, target, fields, host: host) }
    var testDescription: String { "row \(row): \(method) \(target) at \(host ?? "no host")" }

    /// A policy with a host, so that row 3 can be met.
    static let policy = Policies.shop.replacingOccurrences(
        of: "policy: shop",
        with: "policy: shop\nhosts: [shop.test]"
    )

    static let item = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]

    static let all: [DecisionCase] = [
        .init(row: 1, method: "GET", target: "/evil/../status", status: 400),
        .init(row: 1, method: "GET", target: "/status", host: nil, status: 400),
        .init(row: 1, method: "GET", target: "/evil%2Fstatus", status: 400),
        .init(
            row: 1,
            method: "GET",
            target: "/" + String(repeating: "e", count: 9000),
            status: 414
        ),
        .init(row: 2, method: "BREW", target: "/evil", status: 501),
        .init(row: 2, method: "get", target: "/status?evil", status: 501),
        .init(row: 2, method: "Get", target: "/status?evil", status: 501),
        .init(row: 2, method: "BREW", target: "/status?evil", host: "other.test", status: 501),
        .init(row: 2, method: "TRACK", target: "/status?evil", status: 501),
        .init(row: 3, method: "GET", target: "/status?evil", host: "other.test", status: 421),
        .init(row: 3, method: "OPTIONS", target: "/status?evil", host: "other.test", status: 421),
        .init(row: 4, method: "GET", target: "/evil", status: 404),
        .init(row: 4, method: "GET", target: "/status/?evil", status: 404),
        .init(row: 4, method: "OPTIONS", target: "/evil", status: 404),
        .init(row: 4, method: "DELETE", target: "/users/evil", status: 404),
        .init(
            row: 6,
            method: "OPTIONS",
            target: "/users?evil",
            status: 204,
            allow: ["GET", "HEAD", "POST", "OPTIONS"]
        ),
        .init(row: 6, method: "OPTIONS", target: "/users/7?evil", status: 204, allow: item),
        .init(row: 6, method: "OPTIONS", target: "/nothing?evil", status: 204, allow: ["OPTIONS"]),
        .init(
            row: 7,
            method: "DELETE",
            target: "/users?evil",
            status: 405,
            allow: ["GET", "HEAD", "POST", "OPTIONS"]
        ),
        .init(row: 7, method: "POST", target: "/users/7?evil", status: 405, allow: item),
        .init(
            row: 7,
            method: "POST",
            target: "/assets/evil/x.css",
            status: 405,
            allow: ["GET", "HEAD", "OPTIONS"]
        ),
        .init(row: 7, method: "GET", target: "/nothing?evil", status: 405, allow: ["OPTIONS"]),
        .init(
            row: 7,
            method: "HEAD",
            target: "/upload?evil",
            status: 405,
            allow: ["POST", "PUT", "OPTIONS"]
        ),
        .init(
            row: 7,
            method: "TRACE",
            target: "/status?evil",
            status: 405,
            allow: ["GET", "HEAD", "OPTIONS"]
        ),
        .init(
            row: 7,
            method: "PURGE",
            target: "/status?evil",
            status: 405,
            allow: ["GET", "HEAD", "OPTIONS"]
        ),
        .init(
            row: 7,
            method: "QUERY",
            target: "/users?evil",
            status: 405,
            allow: ["GET", "HEAD", "POST", "OPTIONS"]
        ),
        .init(
            row: 7,
            method: "GET",
            target: "/cache/evil",
            status: 405,
            allow: ["OPTIONS", "PURGE"]
        ),
        .init(row: 9, method: "GET", target: "/status?q=1", status: 200),
        .init(row: 9, method: "HEAD", target: "/status", status: 200),
        .init(row: 9, method: "GET", target: "/assets", status: 200),
        .init(row: 9, method: "GET", target: "/assets/a/b.css", status: 200),
        .init(row: 9, method: "DELETE", target: "/users/7", status: 200),
        .init(row: 9, method: "PATCH", target: "/users/7", status: 200),
        .init(row: 9, method: "PURGE", target: "/cache/x", status: 200),
        .init(row: 9, method: "BAKE", target: "/anything", status: 200),
        .init(row: 9, method: "M-SEARCH", target: "/evil", status: 501).asRow(2),
        .init(row: 9, method: "VERSION-CONTROL", target: "/anything", status: 200),
        .init(row: 9, method: "OPTIONS", target: "/dav/x", status: 200),
        .init(row: 9, method: "PROPFIND", target: "/dav/x", status: 200),
    ]

    private func asRow(_ number: Int) -> DecisionCase {
        .init(row: number, method: method, target: target, status: status)
    }
}

@Suite("Decision table (R-01 R-03 R-05 R-07 R-09 R-11 R-12 R-20 B-10 B-11 B-13 B-15)", .blocking)
struct DecisionTableTests {
    static let shared = SharedFixture { try Fixture.echoing(policy: DecisionCase.policy) }

    @Test(arguments: DecisionCase.all)
    func answersAsTheTableSays(_ row: DecisionCase) throws {
        let fixture = try Self.shared.get()
        let response = try fixture.gateway.exchange(row.text)
        #expect(response.status == row.status)
        if let allow = row.allow {
            #expect(response.members("Allow") == allow)
            #expect(response.head.values("Allow").count == 1)
        } else if !row.isForwarded {
            #expect(response["Allow"] == nil)
        }
        #expect((response["X-Origin"] == "raw") == row.isForwarded)
        if row.method == "HEAD" { #expect(response.body.isEmpty) }
        // One later request through the same gateway: whatever was to reach the origin has.
        #expect(try fixture.gateway.exchange(request("GET", "/status")).status == 200)
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("CONNECT is known, refused with 405, and the connection ends (R-12, R-77)")
    func refusesConnect() throws {
        let client = try Self.shared.get().gateway.connect()
        try client.send("CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n")
        try client.send("GET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        let response = try client.readResponse()
        #expect([405, 421, 400].contains(response.status))
        #expect(response["X-Origin"] == nil)
        #expect(client.isClosedByPeer())
        #expect(!(try Self.shared.get().origin.receivedText.contains("evil")))
    }

    @Test("OPTIONS * gets the union of the host's rules and never reaches the origin (R-09)")
    func answersOptionsAsterisk() throws {
        let fixture = try Self.shared.get()
        let response = try fixture.gateway.exchange(request("OPTIONS", "*", ["X-Case: evil"]))
        #expect(response.status == 204)
        let allow = Set(response.members("Allow"))
        let named: Set = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "PROPFIND",
            "MKCOL",
        ]
        #expect(allow.isSuperset(of: named))
        #expect(allow.isDisjoint(with: ["TRACE", "CONNECT", "PRI", "*"]))
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("An allow set of nothing but OPTIONS still carries Allow in the raw octets (R-02)")
    func sendsAllowInRawOctets() throws {
        let client = try Self.shared.get().gateway.connect()
        let response = try client.exchange(request("GET", "/nothing"))
        let head = String(latin1: response.head.octets)
        #expect(head.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
        #expect(head.contains("\r\nAllow: OPTIONS\r\n"))
    }

    @Test("204 has neither content nor Content-Length (R-08)")
    func answersOptionsWithoutContent() throws {
        let client = try Self.shared.get().gateway.connect()
        let response = try client.exchange(request("OPTIONS", "/users"))
        #expect(response.status == 204)
        #expect(response["Content-Length"] == nil)
        #expect(response["Transfer-Encoding"] == nil)
        // The connection goes on at exactly the next octet.
        #expect(try client.exchange(request("GET", "/status")).status == 200)
    }

    @Test("The most specific rule decides, whatever the file's order")
    func prefersTheMostSpecificRule() throws {
        let policy = """
            methodwall: 1
            paths:
              /**: GET
              /users/{id}: GET
              /users/{id}/edit: POST
              /users/me: GET DELETE
            """
        let gateway = try Fixture.echoing(policy: policy).gateway
        #expect(try gateway.exchange(request("DELETE", "/users/me")).status == 200)
        #expect(try gateway.exchange(request("DELETE", "/users/you")).status == 405)
        #expect(try gateway.exchange(request("POST", "/users/me/edit")).status == 200)
        #expect(try gateway.exchange(request("POST", "/users/me/other")).status == 405)
    }

    @Test("unlisted: forward lets unmatched paths through, never TRACE or an unknown method")
    func forwardsUnlistedPathsWhenToldTo() throws {
        let policy = """
            methodwall: 1
            unlisted: forward
            paths:
              /status: GET
            """
        let fixture = try Fixture.echoing(policy: policy)
        let gateway = fixture.gateway
        #expect(try gateway.exchange(request("DELETE", "/else")).status == 200)
        #expect(try gateway.exchange(request("DELETE", "/status?evil")).status == 405)
        #expect(try gateway.exchange(request("TRACE", "/evil")).status == 405)
        #expect(try gateway.exchange(request("BREW", "/evil")).status == 501)
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("The upstream of a policy file decides where a request goes")
    func followsThePolicysUpstream() throws {
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
        let fixture = try Fixture.echoing(
            policy: """
                methodwall: 1
                upstream: http://127.0.0.1:\(origin.port)
                paths:
                  /status: GET
                """
        )
        #expect(try fixture.gateway.exchange(request("GET", "/status")).text == "other")
        #expect(fixture.origin.connectionCount == 0)
    }
}
