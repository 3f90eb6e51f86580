import Foundation
import TestKit
import Testing

@Suite("Ways round by the method (B-06, B-10 to B-15)", .blocking)
struct BypassMethodTests {
    static let open = SharedFixture { try Fixture.echoing(policy: Policies.nearlyOpen) }

    @Test("A check that could not fail would not see this request at the origin")
    func seesWhatReachesTheOrigin() throws {
        let fixture = try Fixture.echoing(policy: Policies.nearlyOpen)
        #expect(try fixture.gateway.exchange(request("DELETE", "/evil")).status == 200)
        #expect(fixture.countAtOrigin("DELETE /evil HTTP/1.1\r\n") == 1)
    }

    @Test(
        "B-10: a known method in another case is another method, and unknown",
        arguments: [
            "get", "Get", "gET", "post", "Post", "delete", "Delete", "DELETe", "put", "patch",
            "head", "options", "trace", "Trace", "connect", "propfind", "mkcol",
        ].map { BypassCase.method($0) }
    )
    func refusesOtherCase(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-10: letters that only fold to ASCII make no method",
        arguments: ["PO\u{17f}T", "\u{ff27}ET", "LIN\u{212a}"].map {
            BypassCase.malformed("\($0) /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method")
        }
    )
    func refusesFoldingLetters(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-11: a method that nobody knows runs no handler, even where any method is allowed",
        arguments: [
            "FOO", "JEFF", "X", "GETS", "GET1", "1GET", "GET.", "GE", "TRACK", "DEBUG", "PURGE",
            "M-SEARCH", "NOTIFY", "SUBSCRIBE", "SOURCE", "DESCRIBE", "SETUP", "BPROPPATCH", "BCOPY",
            "RPC_IN_DATA", "SSTP_DUPLEX_POST", "PRI", "*", "!#$%&'*+-.^_`|~",
        ].map { BypassCase.method($0) }
    )
    func refusesUnknownMethods(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-12: HEAD is allowed exactly where GET is",
        arguments: [
            BypassCase.method("HEAD", "/mail?evil", [], 405, "method_not_allowed"),
            .method("HEAD", "/admin/evil", [], 405, "method_not_allowed"),
        ]
    )
    func refusesHeadWithoutGet(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test("B-12: HEAD reaches the origin as HEAD, never as GET, and gets no content")
    func forwardsHeadAsHead() throws {
        let fixture = try Self.open.get()
        let client = try fixture.gateway.connect()
        try client.send(request("HEAD", "/status?h") + request("GET", "/status?g"))
        let head = try client.readResponse(to: "HEAD")
        #expect(head["X-Origin"] == "raw")
        // Content behind the head would be read as the next response's beginning.
        #expect(try client.readResponse().text == "origin saw GET /status?g")
        #expect(fixture.countAtOrigin("HEAD /status?h HTTP/1.1\r\n") == 1)
        #expect(fixture.countAtOrigin("GET /status?h ") == 0)
    }

    @Test(
        "B-13: TRACE is never forwarded, TRACK is not known",
        arguments: [
            BypassCase.method("TRACE", "/evil", [], 405, "method_not_allowed"),
            .method("TRACE", "/status?evil", ["Max-Forwards: 0"], 405, "method_not_allowed"),
            .method("TRACE", "http://shop.test/evil", [], 405, "method_not_allowed"),
            .method("TRACE", "/evil", ["Content-Length: 0"], 405, "method_not_allowed"),
            .method("TRACK"),
            .malformed("TRACE * HTTP/1.1\r\nHost: a\r\nX-C: evil\r\n\r\n", "invalid_target"),
        ]
    )
    func refusesTrace(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test("B-13: the refusal of TRACE reflects no field of the request")
    func echoesNoTrace() throws {
        let fields = ["Cookie: session=hush", "Authorization: Bearer hush", "X-C: evil"]
        let response = try Self.open.get().gateway.exchange(
            request("TRACE", "/evil", fields + ["Max-Forwards: 0"])
        )
        #expect(response.status == 405)
        let text = String(latin1: response.head.octets + response.body)
        #expect(!text.contains("hush") && !text.contains("Cookie"))
        #expect(!response.members("Allow").contains("TRACE"))
    }

    static let separators: [BypassCase] = [
        .malformed("GET\t/evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET\u{b}/evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET\r/evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed("GET\n/evil HTTP/1.1\r\nHost: a\r\n\r\n", "bare_lf"),
        .malformed("GE\0T /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET,DELETE /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET: /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET/evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("\"GET\" /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("GET  /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed("GET /status /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed("GET /evil\tHTTP/1.1\r\nHost: a\r\n\r\n", "invalid_target"),
        .malformed("GET /evil HTTP/1.1 \r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed("GET /evil\r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed(" GET /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("\tGET /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_method"),
        .malformed("\r\n\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n", "invalid_request_line"),
        .malformed("\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n", "bare_lf"),
        .malformed(
            octets: Array("GET".utf8) + [0xa0] + Array("/evil HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
            "invalid_method"
        ),
        .malformed(
            octets: [0xef, 0xbb, 0xbf] + Array("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
            "invalid_method"
        ),
    ]

    @Test("B-14: a request line has one token and single spaces", arguments: separators)
    func refusesSeparatorTricks(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test("B-15: OPTIONS is answered here, and tells nothing about paths outside the policy")
    func answersOptionsItself() throws {
        let fixture = try Fixture.echoing()
        let gateway = fixture.gateway
        #expect(try gateway.exchange(request("OPTIONS", "/evil")).status == 404)
        #expect(try gateway.exchange(request("OPTIONS", "/users/../evil")).status == 400)
        for target in ["/users?evil", "/nothing?evil", "*", "http://shop.test"] {
            let response = try gateway.exchange(
                request("OPTIONS", target, ["Max-Forwards: 5"], body: "evil")
            )
            #expect(response.status == 204, "\(target)")
            #expect(response["Allow"] != nil, "\(target)")
            #expect(Set(response.members("Allow")).isDisjoint(with: ["TRACE", "CONNECT"]))
        }
        #expect(fixture.origin.receivedCount == 0)
        #expect(fixture.origin.connectionCount == 0)
    }

    @Test("B-15: where OPTIONS is forwarded, the origin's Allow is cut to the policy")
    func cutsTheOriginsAllow() throws {
        let fixture = try Fixture { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nAllow: GET, TRACE, LOCK\r\nAllow: PUT, EVIL\r\n"
                        + "Content-Length: 0\r\n\r\n"
                )
            }
        }
        let response = try fixture.gateway.exchange(request("OPTIONS", "/dav/x"))
        #expect(fixture.countAtOrigin("OPTIONS /dav/x HTTP/1.1\r\n") == 1)
        let allow = Set(response.members("Allow"))
        #expect(allow.isSuperset(of: ["GET", "PUT"]))
        #expect(allow.isDisjoint(with: ["TRACE", "LOCK", "EVIL"]))
    }

    @Test("B-06: a batch endpoint that a rule closes gets nothing; an open one is not looked into")
    func closesBatchEndpoints() throws {
        let fixture = try Fixture.echoing(
            policy: """
                methodwall: 1
                paths:
                  /status: GET
                  /wp-json/batch/v1: none
                  /odata/$batch: none
                  /graphql: POST
                  /**: GET POST
                """
        )
        let batch = #"{"requests":[{"method":"DELETE","path":"/evil"}]}"#
        for target in ["/wp-json/batch/v1", "/odata/$batch", "/odata/%24batch"] {
            let response = try fixture.gateway.exchange(
                request("POST", target, ["Content-Type: application/json"], body: batch)
            )
            #expect(response.status == 405, "\(target)")
        }
        try fixture.expectNoEvil()
        let open = #"{"query":"mutation { deleteUser(id: 7) }"}"#
        let response = try fixture.gateway.exchange(
            request("POST", "/graphql", ["Content-Type: application/json"], body: open)
        )
        #expect(response.status == 200)
        #expect(fixture.countAtOrigin(open) == 1)
    }
}
