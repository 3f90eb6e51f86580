import Foundation
import Locking
import TestKit
import Testing

/// What libcurl's own transfers would do unasked (L-08, L-15, L-24 and L-25 of Bypasses.md).
@Suite("What HTTP/2 to origins leaves alone", .blocking, .timeLimit(.minutes(5)))
struct HTTP2OriginPitfallTests {
    private static let ok = [(":status", "200")]

    @Test("Environment proxies do not count (L-08)")
    func ignoresEnvironmentProxies() throws {
        let proxy = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")
        let url = "http://127.0.0.1:\(proxy.port)"
        let names = ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, url) })
        for isSecure in [false, true] {
            let fixture = try HTTP2Fixture.answering(
                Self.ok,
                "origin",
                isSecure: isSecure,
                environment: environment
            )
            #expect(try fixture.exchange(request("GET", "/")).text == "origin")
        }
        #expect(proxy.connectionCount == 0)
    }

    @Test(
        "An upload whose client goes away does not look whole (L-15)",
        arguments: [["Content-Length: 10"], ["Transfer-Encoding: chunked"]]
    )
    func cutsUploads(_ fields: [String]) throws {
        let seen = Lock<[HTTP2RawServer.Frame]>([])
        let isOver = Lock(false)
        let fixture = try HTTP2Fixture { server in
            defer { isOver.withLock { $0 = true } }
            guard let head = try server.readHead() else { return }
            while let frame = try server.readFrame() {
                guard frame.stream == head.stream else { continue }
                seen.withLock { $0.append(frame) }
                if frame.type == HTTP2RawServer.Kind.reset { return }
            }
        }
        let client = try fixture.gateway.connect()
        let content = fields == ["Content-Length: 10"] ? "12345" : "5\r\n12345\r\n"
        try client.send(request("POST", "/", fields) + content)
        let hasContent = eventually {
            seen.withLock { $0.contains { $0.type == HTTP2RawServer.Kind.data } }
        }
        #expect(hasContent)
        client.close()
        #expect(eventually { isOver.withLock(\.self) })
        let frames = seen.withLock(\.self)
        let data = frames.filter { $0.type == HTTP2RawServer.Kind.data }
        #expect(data.flatMap(\.payload) == Array("12345".utf8))
        #expect(!data.contains { $0.flags & 1 == 1 })
    }

    @Test(
        "A connection that a client may have authenticated serves nobody else (L-24)",
        arguments: [
            ("Authorization: Negotiate YIIB", nil), ("authorization: NTLM TlRM", nil),
            ("X-None: 1", "NTLM"), ("X-None: 1", "negotiate"), ("Authorization: Basic YTpi", nil),
        ] as [(String, String?)]
    )
    func keepsAuthenticatedConnectionsApart(field: String, challenge: String?) throws {
        // How many requests each connection has carried.
        let counts = Lock<[Int]>([])
        let fixture = try HTTP2Fixture(isSecure: true) { server in
            let number = counts.withLock { counts in
                counts.append(0)
                return counts.count - 1
            }
            while let head = try server.readHead() {
                let total = counts.withLock { counts in
                    counts[number] += 1
                    return counts.reduce(0, +)
                }
                let asks = total == 2 ? challenge.map { [("www-authenticate", $0)] } ?? [] : []
                try server.respond(head.stream, Self.ok + asks, endsStream: true)
            }
        }
        let client = try fixture.gateway.connect()
        for fields in [[], [field], [], []] {
            #expect(try client.exchange(request("GET", "/", fields)).status == 200)
        }
        let expected =
            if field.hasSuffix("YTpi") {
                [4]  // nothing that belongs to a connection
            } else if challenge == nil {
                [3, 1]  // on a connection of its own
            } else {
                [2, 2]  // not any more once it is challenged
            }
        #expect(counts.withLock(\.self) == expected)
    }

    @Test("Cookies, redirects, challenges, HSTS and other services are not remembered (L-25)")
    func remembersNothing() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("inner", ["IP:127.0.0.1"])
        let other = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        let elsewhere = "https://127.0.0.1:\(other.port)/evil"
        let chain = try HTTP2Chain(tls: (identity, authority.certificate)) { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 302 Found\r\nLocation: \(elsewhere)\r\n"
                        + "Set-Cookie: id=evil; Path=/\r\nAlt-Svc: h2=\":\(other.port)\"\r\n"
                        + "Strict-Transport-Security: max-age=9\r\n"
                        + "WWW-Authenticate: Basic realm=evil\r\nContent-Length: 0\r\n\r\n"
                )
            }
        }
        for _ in 0..<3 {
            let response = try chain.outer.exchange(request("GET", "/a"))
            #expect(response.status == 302 && response["Location"] == elsewhere)
            #expect(response["Set-Cookie"] == "id=evil; Path=/")
        }
        let seen = chain.origin.receivedText
        #expect(seen.components(separatedBy: "GET /a ").count - 1 == 3)
        #expect(!seen.contains("evil") && !seen.lowercased().contains("cookie"))
        #expect(!seen.lowercased().contains("authorization"))
        #expect(other.connectionCount == 0)
    }
}
