import TestKit
import Testing

@Suite("In front of nginx and Apache", .blocking)
struct RealOriginTests {
    static let policy = """
        methodwall: 1
        policy: real
        hosts: [shop.test]
        paths:
          /status: GET
          /users: GET POST
          /item/{id:int}: GET
          /dav/**:
            allow: GET PUT DELETE PROPFIND MKCOL
            options: forward
        """

    struct Row: Sendable, CustomTestStringConvertible {
        let number: Int
        let method: String
        let target: String
        var host = "shop.test"
        let status: Int
        var allow: String?

        var testDescription: String { "row \(number): \(method) \(target) at \(host)" }
    }

    static let refused: [Row] = [
        .init(number: 1, method: "GET", target: "/dav/../evil", status: 400),
        .init(number: 1, method: "GET", target: "/evil%2f", status: 400),
        .init(number: 2, method: "BREW", target: "/status?evil", status: 501),
        .init(number: 2, method: "get", target: "/status?evil", status: 501),
        .init(number: 3, method: "GET", target: "/status?evil", host: "evil.test", status: 421),
        .init(number: 4, method: "GET", target: "/evil", status: 404),
        .init(
            number: 6,
            method: "OPTIONS",
            target: "/users?evil",
            status: 204,
            allow: "GET, HEAD, POST, OPTIONS"
        ),
        .init(
            number: 7,
            method: "DELETE",
            target: "/users?evil",
            status: 405,
            allow: "GET, HEAD, POST, OPTIONS"
        ),
        .init(
            number: 7,
            method: "TRACE",
            target: "/status?evil",
            status: 405,
            allow: "GET, HEAD, OPTIONS"
        ),
        .init(
            number: 7,
            method: "LOCK",
            target: "/dav/evil",
            status: 405,
            allow: "GET, HEAD, PUT, DELETE, OPTIONS, MKCOL, PROPFIND"
        ),
    ]

    @Test("Rows 1 to 7 are answered here, raw octets checked", arguments: RealOrigin.Kind.allCases)
    func answersRefusalsItself(_ kind: RealOrigin.Kind) throws {
        let origin = try RealOrigin(kind)
        let gateway = try gateway(origin)
        for row in Self.refused {
            let client = try gateway.connect()
            let response = try client.exchange(request(row.method, row.target, host: row.host))
            let head = String(latin1: response.head.octets)
            #expect(head.hasPrefix("HTTP/1.1 \(row.status) "), "\(row)")
            if let allow = row.allow {
                #expect(head.contains("\r\nAllow: \(allow)\r\n"), "\(row): \(head)")
            } else {
                #expect(!head.contains("\r\nAllow:"), "\(row)")
            }
            #expect(!head.contains("X-Origin"), "\(row)")
        }
        try expectNothingEvil(origin, gateway)
    }

    @Test("Row 9 is forwarded and comes back as sent", arguments: RealOrigin.Kind.allCases)
    func forwardsAllowedRequests(_ kind: RealOrigin.Kind) throws {
        let origin = try RealOrigin(kind)
        let gateway = try gateway(origin)
        let client = try gateway.connect()
        for _ in 0..<3 {
            let response = try client.exchange(request("GET", "/status?q=%2f"))
            #expect(response.status == 200)
            #expect(response.text == "a plain file\n")
            #expect(response["X-Origin"] == kind.rawValue)
            #expect(response["Server"] != nil)
        }
        let head = try client.exchange(request("HEAD", "/status"))
        #expect(head.status == 200)
        #expect(head["Content-Length"] == "13")
        let ranged = try client.exchange(request("GET", "/status", ["Range: bytes=2-6"]))
        #expect(ranged.status == 206)
        #expect(ranged.text == "plain")
        let etag = try #require(head["ETag"])
        let fresh = try client.exchange(request("GET", "/status", ["If-None-Match: \(etag)"]))
        #expect(fresh.status == 304)
        #expect(
            try client.exchange(request("GET", "/item/99999")).status
                == (kind == .nginx ? 200 : 404)
        )
        #expect(eventually { origin.accessLog.contains("GET /status?q=%2f\n") })
        #expect(eventually { origin.accessLog.contains("HEAD /status\n") })
    }

    @Test("The origin's own 405 passes unchanged (R-04)")
    func passesTheOriginsOwnRefusal() throws {
        let origin = try RealOrigin(.apache)
        let direct = try RawClient(port: origin.port).exchange(
            request("POST", "/users", body: "x=1")
        )
        let response = try gateway(origin).exchange(request("POST", "/users", body: "x=1"))
        #expect(response.status == direct.status)
        #expect(response["Allow"] == direct["Allow"])
        #expect(response.body == direct.body)
    }

    @Test("WebDAV works through the gateway")
    func forwardsWebDAV() throws {
        let origin = try RealOrigin(.apache)
        let gateway = try gateway(origin)
        let client = try gateway.connect()
        #expect(try client.exchange(request("MKCOL", "/dav/new")).status == 201)
        #expect(try client.exchange(request("PUT", "/dav/new/a.txt", body: "text")).status == 201)
        #expect(try client.exchange(request("GET", "/dav/new/a.txt")).text == "text")
        let found = try client.exchange(request("PROPFIND", "/dav/new/", ["Depth: 1"]))
        #expect(found.status == 207)
        #expect(found.text.contains("a.txt"))
        let options = try client.exchange(request("OPTIONS", "/dav/new/"))
        #expect(options.status == 200)
        #expect(options["DAV"] != nil)
        let allow = Set(options.members("Allow"))
        #expect(allow.isDisjoint(with: ["TRACE", "LOCK", "COPY", "MOVE", "PROPPATCH", "POST"]))
        #expect(try client.exchange(request("DELETE", "/dav/new/a.txt")).status == 204)
        #expect(try client.exchange(request("MOVE", "/dav/new")).status == 405)
    }

    private func gateway(_ origin: RealOrigin) throws -> RunningGateway {
        try RunningGateway(
            policy: Self.policy,
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--workers", "1"]
        )
    }

    private func expectNothingEvil(_ origin: RealOrigin, _ gateway: RunningGateway) throws {
        // The origin logs in order: once this line is there, every earlier request would be, too.
        #expect(try gateway.exchange(request("GET", "/status?last")).status == 200)
        #expect(eventually { origin.accessLog.contains("/status?last") })
        #expect(!origin.accessLog.contains("evil"), "\(origin.accessLog)")
    }
}
