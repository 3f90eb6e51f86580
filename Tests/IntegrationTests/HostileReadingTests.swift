import Foundation
import TestKit
import Testing

/// Ways round that were found by reading the gateway with bad intent, each as it was tried.
@Suite("Found by hostile reading")
struct HostileReadingTests {
    private static let policy = """
        methodwall: 1
        policy: hostile
        paths:
          /a: GET POST
          /named/**: { allow: GET POST, override: strip }
          /dav/**: GET POST MOVE PUT
          /legacy/**: { allow: GET, mode: report }
          /scratch/**: { allow: GET MOVE, mode: report }
          /admin/**: GET
        """

    private static let shared = SharedFixture { try Fixture.echoing(policy: policy) }

    private func send(
        _ method: String,
        _ target: String,
        _ fields: [String],
        _ body: String? = nil
    ) throws -> RawResponse {
        try Self.shared.get().gateway.exchange(request(method, target, fields, body: body))
    }

    @Test(
        "B-04 B-41: Connection cannot take away the type that content was judged by",
        arguments: ["content-type", "Content-Type, x-a", "content-encoding, CONTENT-TYPE"]
    )
    func keepsContentType(_ option: String) throws {
        let fixture = try Fixture.echoing(policy: Self.policy)
        let fields = ["Content-Type: application/json", "Connection: \(option)"]
        let text = request("POST", "/a", fields, body: "_method=DELETE")
        #expect(try fixture.gateway.exchange(text).status == 200)
        #expect(fixture.origin.receivedText.contains("\r\nContent-Type: application/json\r\n"))
    }

    @Test(
        "B-04: a name behind junk is found, however much of it there is",
        arguments: [1, 260, 3000]
    )
    func findsPaddedNames(count: Int) throws {
        let name = String(repeating: "[", count: count) + "_method"
        let body =
            "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\nDELETE\r\n--B--\r\n"
        let type = ["Content-Type: multipart/form-data; boundary=B"]
        #expect([400, 405].contains(try send("POST", "/a", type, body).status))
    }

    @Test("B-04: a destination that is only reported does not keep content from being judged")
    func judgesContentBehindReports() throws {
        let fields = [
            "Destination: /legacy/y", "Content-Type: application/x-www-form-urlencoded",
        ]
        #expect(try send("POST", "/dav/x", fields, "_method=DELETE").status == 405)
    }

    @Test("R-78: a rule in report mode does not open a path whose rule enforces")
    func protectsEnforcedDestinations() throws {
        let response = try send("MOVE", "/scratch/x", ["Destination: /admin/y"])
        #expect(response.status == 403)
    }

    @Test("F-08: a refusal of an old policy leaves nothing behind in the new one")
    func keepsTemplatesApart() throws {
        let old = """
            methodwall: 1
            paths:
              /old: { allow: GET POST PUT, reason: ticket OLD }
            """
        let fixture = try Fixture.echoing(policy: old)
        let upload = try fixture.gateway.connect()
        let fields = [
            "Content-Type: application/x-www-form-urlencoded", "Content-Length: 100",
        ]
        try upload.send(request("POST", "/old", fields) + "x=1&")
        let new = "methodwall: 1\npaths:\n  /new: { allow: GET, reason: ticket NEW }\n"
        try fixture.gateway.folder.write(new, to: "policies/shop.yaml")
        let isReloaded = try eventually(within: .seconds(20)) {
            try fixture.gateway.exchange(request("GET", "/new")).status == 200
        }
        #expect(isReloaded)
        try upload.send("_method=DELETE&")
        let late = try upload.readResponse(within: .seconds(10))
        #expect(late.status == 405)
        #expect(late["Allow"] == "GET, HEAD, POST, PUT, OPTIONS")
        let refused = try fixture.gateway.exchange(request("POST", "/new"))
        #expect(refused["Allow"] == "GET, HEAD, OPTIONS")
        #expect(refused.text.contains("ticket NEW") && !refused.text.contains("OLD"))
    }

    @Test(
        "B-42: a client that nobody vouches for is none of those that a policy names",
        arguments: [
            ["X-Forwarded-For: 10.1.1.1", "Forwarded: for=1.2.3.4"],
            ["X-Forwarded-For: 10.2.2.2, unknown, 10.9.1.1"], ["X-Forwarded-For: garbage"],
            ["Forwarded: for=unknown"],
        ]
    )
    func admitsNoUnknownClient(_ fields: [String]) throws {
        let origin = try RawOrigin { connection in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams: { app: "http://127.0.0.1:\(origin.port)" }
                policies: policies/
                trusted_proxies: [127.0.0.0/8, 10.9.0.0/16]
                """,
            policy: """
                methodwall: 1
                upstream: app
                paths:
                  /only:
                    allow: GET DELETE
                    only: { DELETE: { clients: [10.0.0.0/8, 127.0.0.1] } }
                """,
            keeping: origin
        )
        #expect(try gateway.exchange(request("DELETE", "/only", fields)).status == 403)
        let known = ["X-Forwarded-For: 10.1.1.1"]
        #expect(try gateway.exchange(request("DELETE", "/only", known)).status == 204)
    }
}
