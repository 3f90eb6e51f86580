import Foundation
import Locking
import TestKit
import Testing

/// What reaches an origin over HTTP/2, and what comes back (L-01 to L-27 of Bypasses.md).
@Suite("HTTP/2 to origins", .blocking, .timeLimit(.minutes(5)))
struct HTTP2OriginTests {
    /// Answers with what it was asked: the request's octets as the content.
    private static func echo(_ connection: OriginConnection) throws {
        while let seen = try connection.readRequest() {
            var text = seen.head.startLine + "\n"
            for field in seen.head.fields { text += "\(field.name.lowercased()): \(field.value)\n" }
            text += "\n" + String(latin1: seen.body)
            let length = seen.method == "HEAD" ? 0 : text.utf8.count
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
            if seen.method != "HEAD" { try connection.send(text) }
        }
    }

    @Test("Methods, targets, fields and content arrive as they were judged, and nothing is added")
    func passesRequests() throws {
        let chain = try HTTP2Chain(Self.echo)
        let client = try chain.outer.connect()
        let fields = ["X-Empty:", "X-Odd: a;b, \"c\"", "Cookie: a=b"]
        let get = try client.exchange(request("GET", "/a/b?q=%7e&x", fields)).text
        #expect(get.hasPrefix("GET /a/b?q=%7e&x HTTP/1.1\n"))
        #expect(get.contains("host: shop.test\n"))
        #expect(get.contains("x-empty: \n") && get.contains("x-odd: a;b, \"c\"\n"))
        #expect(get.contains("cookie: a=b\n"))
        for added in ["accept:", "user-agent:", "expect:", "content-type:", "content-length:"] {
            #expect(!get.contains(added), "\(added) in \(get)")
        }
        let post = try client.exchange(request("POST", "/a", body: "content")).text
        #expect(post.hasPrefix("POST /a HTTP/1.1\n") && post.hasSuffix("\n\ncontent"))
        #expect(post.contains("content-length: 7\n") && !post.contains("content-type:"))
        let empty = try client.exchange(request("PUT", "/a", body: "")).text
        #expect(empty.contains("content-length: 0\n"))
        let chunks = "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n"
        let chunked = request("REPORT", "/a", ["Transfer-Encoding: chunked"]) + chunks
        let report = try client.exchange(chunked).text
        #expect(report.hasPrefix("REPORT /a HTTP/1.1\n") && report.hasSuffix("\n\nWikipedia"))
        let delete = try client.exchange(request("DELETE", "/a", body: "with content")).text
        #expect(delete.hasPrefix("DELETE /a ") && delete.hasSuffix("\n\nwith content"))
        #expect(try client.exchange(request("HEAD", "/a")).status == 200)
        #expect(try client.exchange(request("GET", "/last")).status == 200)
    }

    @Test("Over TLS HTTP/2 is agreed on by ALPN")
    func agreesByALPN() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("inner", ["IP:127.0.0.1"])
        let chain = try HTTP2Chain(tls: (identity, authority.certificate), Self.echo)
        let seen = try chain.outer.exchange(request("GET", "/a")).text
        #expect(seen.contains("via: 1.1 methodwall\n") && seen.contains("via: 2.0 methodwall\n"))
        #expect(seen.contains("x-forwarded-proto: https\n") && seen.contains("host: shop.test\n"))
    }

    @Test("An origin that speaks HTTP/1.1 only is not spoken to: 502, and the log says why")
    func needsHTTP2() throws {
        let plain = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try HTTP2Fixture.gateway("http://127.0.0.1:\(plain.port)", keys: "")
        #expect(try gateway.exchange(request("GET", "/")).status == 502)
        let authority = try TestAuthority()
        let identity = try authority.issue("origin", ["IP:127.0.0.1"])
        let secure = try TLSOrigin(identity)
        let trusting = try HTTP2Fixture.gateway(
            "https://127.0.0.1:\(secure.port)",
            keys: "    tls: { ca: \(authority.certificate) }"
        )
        let response = try trusting.exchange(request("GET", "/"))
        #expect(response.status == 502)
        #expect(response["Proxy-Status"] == "methodwall; error=http_protocol_error")
        #expect(response.text.contains("does not speak HTTP/2"), "\(response.text)")
    }

    @Test("Requests follow each other on one connection")
    func reusesConnections() throws {
        let fixture = try HTTP2Fixture.answering([(":status", "200")], "ok", isSecure: true)
        let client = try fixture.gateway.connect()
        for _ in 0..<10 { #expect(try client.exchange(request("GET", "/")).text == "ok") }
        #expect(fixture.origin.connectionCount == 1)
    }

    @Test("Responses come through whole: status, fields, framing, interim responses, trailers")
    func passesResponses() throws {
        let fixture = try HTTP2Fixture { server in
            while let head = try server.readHead() {
                let early = [(":status", "103"), ("link", "</a.css>; rel=preload")]
                try server.respond(head.stream, early)
                let fields = [
                    (":status", "418"), ("set-cookie", "a=1"), ("set-cookie", "b=2"),
                    ("x-empty", ""),
                ]
                try server.respond(head.stream, fields)
                try server.content(head.stream, "one ", endsStream: false)
                try server.content(head.stream, "two", endsStream: false)
                try server.respond(head.stream, [("x-sum", "42")], endsStream: true)
            }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/"))
        #expect(try client.readHead().startLine.hasPrefix("HTTP/1.1 103"))
        let response = try client.readResponse()
        #expect(response.status == 418 && response.text == "one two")
        #expect(response.head.values("set-cookie") == ["a=1", "b=2"])
        #expect(response["x-empty"] == "" && response["transfer-encoding"] == "chunked")
        #expect(response.trailers.map(\.description) == ["x-sum: 42"])
    }

    @Test("204, 304 and answers to HEAD have no content", arguments: ["204", "304", "200"])
    func passesBodiless(_ status: String) throws {
        let fixture = try HTTP2Fixture.answering([(":status", status)])
        let client = try fixture.gateway.connect()
        let method = status == "200" ? "HEAD" : "GET"
        for _ in 0..<2 {
            let response = try client.exchange(request(method, "/"))
            #expect(String(response.status) == status && response.body.isEmpty)
        }
    }

    @Test("WebSocket goes over HTTP/1.1, which alone can change protocols")
    func upgradesOverHTTP11() throws {
        let chain = try HTTP2Chain { connection in
            let seen = try connection.expectRequest()
            #expect(seen["upgrade"] == "websocket")
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello"
            )
            _ = try connection.readSome()
        }
        let client = try chain.outer.connect()
        let fields = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        try client.send(request("GET", "/live", fields))
        #expect(try client.readHead().startLine == "HTTP/1.1 101 Switching Protocols")
        #expect(try client.readSome() == Array("hello".utf8))
    }

    @Test("Expect: 100-continue is the client's and the origin's affair")
    func passesExpectations() throws {
        let chain = try HTTP2Chain { connection in
            while let head = try connection.readHead() {
                #expect(head["expect"] == "100-continue")
                try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
                var count = 0
                try connection.readContent(of: head) { count += $0.count }
                let text = "\(count)"
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n\(text)"
                )
            }
        }
        let client = try chain.outer.connect()
        let fields = ["Expect: 100-continue", "Content-Length: 5"]
        try client.send(request("PUT", "/a", fields))
        #expect(try client.readHead().startLine.hasPrefix("HTTP/1.1 100"))
        try client.send("12345")
        #expect(try client.readResponse().text == "5")
    }

    @Test("Checks of health are made over HTTP/2")
    func checksHealth() throws {
        let fixture = try HTTP2Fixture(
            keys: "    health: { path: /healthz, interval: 50ms, unhealthy: 1 }"
        ) { server in
            while let head = try server.readHead() {
                try server.respond(head.stream, [(":status", "503")], endsStream: true)
            }
        }
        let process = fixture.gateway.process
        let line = try process.waitForLine(.standardError, containing: "origin is left out")
        #expect(line.contains("\(fixture.origin.port)"))
    }
}
