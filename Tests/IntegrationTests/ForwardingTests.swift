import Foundation
import TestKit
import Testing

@Suite("Forwarding requests (R-15 R-16 R-18 R-21 R-35 B-41 B-43 L-08)", .blocking)
struct ForwardingRequestTests {
    /// Sends one request and returns what the origin saw, answering 200 to it.
    private func forward(_ text: String, _ fixture: Fixture? = nil) throws -> RawRequest {
        let fixture = try fixture ?? Fixture()
        let client = try fixture.gateway.connect()
        try client.send(text)
        let connection = try fixture.origin.accept()
        let seen = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.readResponse(to: seen.method).status == 200)
        return seen
    }

    @Test("Hop-by-hop fields end here, those that Connection names included (R-15)")
    func removesHopByHopFields() throws {
        let seen = try forward(
            request(
                "GET",
                "/status",
                [
                    "Connection: x-Gone, TE", "Connection: Also-Gone", "X-Gone: 1", "Also-Gone: 2",
                    "Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: keep-alive",
                    "Proxy-Authorization: Basic eDp5", "HTTP2-Settings: AAMAAABk",
                    "X-Kept: 3", "Trailer: X",
                ]
            )
        )
        for gone in [
            "X-Gone", "Also-Gone", "Keep-Alive", "TE", "Proxy-Connection", "Proxy-Authorization",
            "HTTP2-Settings", "Trailer",
        ] {
            #expect(seen[gone] == nil, "\(gone)")
        }
        #expect(seen["X-Kept"] == "3")
    }

    @Test("A client cannot name away the gateway's own fields, nor Host (R-15, B-41)")
    func keepsOwnFields() throws {
        let seen = try forward(
            request(
                "POST",
                "/users",
                ["Connection: close, Host, Content-Length, X-Forwarded-For, Via, X-Forwarded-Host"],
                body: "abc"
            )
        )
        #expect(seen["Host"] == "shop.test")
        #expect(seen.body == Array("abc".utf8))
        #expect(seen["X-Forwarded-For"] == "127.0.0.1")
        #expect(seen["X-Forwarded-Host"] == "shop.test")
        #expect(seen["Via"] != nil)
    }

    @Test("Adds X-Forwarded-* and Via; a client's own are not trusted (R-16, B-42)")
    func addsForwardingFields() throws {
        let seen = try forward(
            request(
                "GET",
                "/status",
                ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "Via: 1.0 fred"],
                host: "shop.test:8080"
            )
        )
        #expect(seen.head.values("X-Forwarded-For") == ["127.0.0.1"])
        #expect(seen.head.values("X-Forwarded-Proto") == ["http"])
        #expect(seen.head.values("X-Forwarded-Host") == ["shop.test:8080"])
        #expect(seen["Host"] == "shop.test:8080")
        let via = seen.head.members("Via")
        #expect(via.first == "1.0 fred")
        #expect(via.last?.hasPrefix("1.1 ") == true)
        #expect(via.count == 2)
    }

    @Test("A request that came through such gateways again and again is a loop (R-16)")
    func detectsLoops() throws {
        let fixture = try Fixture()
        let seen = try forward(request("GET", "/status"), fixture)
        let via = try #require(seen["Via"])
        // A chain of two or three gateways is no loop.
        _ = try forward(request("GET", "/status", ["Via: \(via)", "Via: \(via)"]), Fixture())
        let many = [String](repeating: via, count: 20).joined(separator: ", ")
        let response = try fixture.gateway.exchange(request("GET", "/status", ["Via: \(many)"]))
        #expect(response.status == 508)
    }

    @Test("Field order, duplicates, case, empty and opaque values survive (R-23)")
    func keepsFieldsAsSent() throws {
        let text =
            "GET /status HTTP/1.1\r\nX-b: 1\r\nHost: shop.test\r\nx-A: 2\r\nX-b: 3\r\nX-Empty:\r\n"
            + "Cookie: a=1\r\nCookie: b=2\r\nX-Spaces:   x  y \t\r\n\r\n"
        let seen = try forward(text)
        let kept = seen.head.fields.filter {
            ["x-b", "x-a", "x-empty", "cookie", "x-spaces"].contains($0.name.lowercased())
        }
        #expect(
            kept.map(\.description) == [
                "X-b: 1", "x-A: 2", "X-b: 3", "X-Empty: ", "Cookie: a=1", "Cookie: b=2",
                "X-Spaces: x  y",
            ]
        )
    }

    @Test("Octets above 127 in a value are opaque (R-23)")
    func keepsOpaqueOctets() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(
            Array("GET /status HTTP/1.1\r\nHost: a\r\nX-Bytes: ".utf8) + [0x80, 0xff, 0xe9]
                + Array("\r\n\r\n".utf8)
        )
        let seen = try fixture.origin.accept().expectRequest()
        #expect(seen["X-Bytes"] == "\u{80}\u{ff}\u{e9}")
    }

    @Test("Field names with underscores and routing overrides are dropped (B-32, B-43)")
    func dropsConfusableFields() throws {
        let seen = try forward(
            request(
                "GET",
                "/status",
                ["X_Forwarded_For: 6.6.6.6", "X-Original-URL: /admin", "X-Rewrite-URL: /admin"]
            )
        )
        for name in ["X_Forwarded_For", "X-Original-URL", "X-Rewrite-URL"] {
            #expect(seen[name] == nil, "\(name)")
        }
    }

    @Test("Absolute-form becomes origin-form with the same host (R-35)")
    func forwardsOriginForm() throws {
        let seen = try forward(request("GET", "http://shop.test/status?x=1"))
        #expect(seen.target == "/status?x=1")
        #expect(seen["Host"] == "shop.test")
    }

    @Test("A body of known length keeps its framing")
    func forwardsLengthBody() throws {
        let seen = try forward(request("POST", "/users", body: "hello"))
        #expect(seen.head.values("Content-Length") == ["5"])
        #expect(seen["Transfer-Encoding"] == nil)
        #expect(seen.body == Array("hello".utf8))
    }

    @Test("A chunked body is chunked anew: no extension, trailers as trailers or gone (R-18, R-39)")
    func forwardsChunkedBody() throws {
        let fixture = try Fixture()
        let text =
            request("POST", "/users", ["Transfer-Encoding: chunked"])
            + "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n"
        let seen = try forward(text, fixture)
        #expect(seen["Transfer-Encoding"] == "chunked")
        #expect(seen["Content-Length"] == nil)
        #expect(seen.body == Array("hello world".utf8))
        #expect(seen["X-T"] == nil)
        #expect(seen.trailers.isEmpty || seen.trailers.map(\.description) == ["X-T: 1"])
        #expect(!fixture.origin.receivedText.contains("ext="))
    }

    @Test("A body on GET and DELETE is framed, never a second request (B-51)")
    func forwardsBodiesOfAnyMethod() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        let hidden = request("DELETE", "/users/666")
        for method in ["GET", "DELETE"] {
            let response = try client.exchange(request(method, "/users/7", body: hidden))
            #expect(response.text == "origin saw \(method) /users/7")
        }
        #expect(fixture.origin.receivedText.components(separatedBy: "HTTP/1.1\r\n").count - 1 == 4)
    }

    @Test("An upgrade is not forwarded, and the connection ends after the answer (B-54, R-77)")
    func ignoresUpgrade() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(
            request("GET", "/status", ["Connection: Upgrade", "Upgrade: h2c, websocket"])
                + request("GET", "/status?evil")
        )
        let connection = try fixture.origin.accept()
        let seen = try connection.expectRequest()
        #expect(seen["Upgrade"] == nil)
        #expect(!seen.head.members("Connection").contains("Upgrade"))
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try client.readResponse().text == "ok")
        #expect(client.isClosedByPeer())
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("With preserve_host: false the origin is called by its own name, for all or for one")
    func namesTheOrigin() throws {
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let own = "127.0.0.1:\(origin.port)"
        let url = "\"http://\(own)\""
        for (upstream, all, expected) in [
            (url, "true", "shop.test"), (url, "false", own),
            ("{ url: \(url), preserve_host: false }", "true", own),
            ("{ url: \(url), preserve_host: true }", "false", "shop.test"),
        ] {
            let gateway = try RunningGateway(
                configuration: """
                    listen: 127.0.0.1:0
                    upstreams: { app: \(upstream) }
                    preserve_host: \(all)
                    """,
                policy: Policies.allOpen
            )
            #expect(try gateway.exchange(request("GET", "/")).status == 200)
            let last = try #require(origin.received.last.map { String(latin1: $0) })
            let hosts = last.split(separator: "\r\n").filter { $0.hasPrefix("Host:") }
            #expect(hosts == ["Host: \(expected)"])
            #expect(last.contains("X-Forwarded-Host: shop.test\r\n"))
        }
    }

    @Test("Environment proxies do not count (L-08)")
    func ignoresEnvironmentProxies() throws {
        let proxy = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin")
        let folder = try TemporaryFolder()
        try folder.write(Policies.allOpen, to: "policies/all.yaml")
        let url = "http://127.0.0.1:\(proxy.port)"
        let process = try ChildProcess(
            try Programs.methodwall(),
            [
                "run", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(origin.port)",
                "--policies", folder.path("policies"),
            ],
            environment: ["http_proxy": url, "ALL_PROXY": url, "HTTP_PROXY": url]
        )
        let client = try RawClient(port: try RunningGateway.port(of: process))
        #expect(try client.exchange(request("GET", "/")).text == "origin")
        #expect(proxy.connectionCount == 0)
    }

    @Test("An origin at a unix socket")
    func forwardsToUnixSocket() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("origin.sock")
        let origin = try RawOrigin(unixPath: path) { connection in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix")
            }
        }
        let gateway = try RunningGateway(upstream: "unix:\(path)")
        for _ in 0..<3 {
            #expect(try gateway.exchange(request("GET", "/status")).text == "unix")
        }
        #expect(origin.connectionCount >= 1)
    }

    @Test("A forwarded OPTIONS obeys Max-Forwards (R-10)")
    func obeysMaxForwards() throws {
        let seen = try forward(request("OPTIONS", "/dav/x", ["Max-Forwards: 3"]))
        #expect(seen["Max-Forwards"] == "2")
        let fixture = try Fixture()
        let local = try fixture.gateway.exchange(
            request("OPTIONS", "/dav/x", ["Max-Forwards: 0"])
        )
        #expect([200, 204].contains(local.status))
        #expect(local.members("Allow").contains("PROPFIND"))
        #expect(fixture.origin.connectionCount == 0)
    }

    @Test("A forwarded OPTIONS comes back with Allow cut to the policy")
    func cutsAllowToThePolicy() throws {
        let fixture = try Fixture { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nDAV: 1,2\r\nAllow: GET, TRACE, LOCK, PUT\r\n"
                        + "Content-Length: 0\r\n\r\n"
                )
            }
        }
        let response = try fixture.gateway.exchange(request("OPTIONS", "/dav/x"))
        #expect(response["DAV"] == "1,2")
        let allow = Set(response.members("Allow"))
        #expect(allow.contains("GET") && allow.contains("PUT"))
        #expect(allow.isDisjoint(with: ["TRACE", "LOCK"]))
    }
}
