import Foundation
import TestKit
import Testing

@Suite("libcurl as the transport (L-01 L-24 L-28 L-30)", .blocking)
struct TransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("The target reaches the origin as it was judged, the query as it was sent (L-01)")
    func forwardsTheTargetUntouched() throws {
        let fixture = try Fixture()
        for (sent, expected) in [
            ("/assets/a?x=/../y&z=%2e%2E//", "/assets/a?x=/../y&z=%2e%2E//"),
            ("/assets/%7euser?", "/assets/~user?"), ("/assets/a@b:1", "/assets/a@b:1"),
        ] {
            let fresh = try fixture.gateway.connect()
            try fresh.send(request("GET", sent, ["Connection: close"]))
            let connection = try fixture.origin.accept()
            #expect(try connection.expectRequest().target == expected)
            try connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            #expect(try fresh.readResponse().status == 200)
            connection.close()
        }
    }

    @Test(
        "A connection that a client may have authenticated serves nobody else (L-24)",
        arguments: [
            ("Authorization: Negotiate YIIB", ""), ("authorization: NTLM TlRM", ""),
            ("X-None: 1", "WWW-Authenticate: NTLM\r\n"),
            ("X-None: 1", "WWW-Authenticate: Basic realm=x\r\nWWW-Authenticate: negotiate\r\n"),
        ]
    )
    func keepsAuthenticatedConnectionsApart(field: String, challenge: String) throws {
        let fixture = try Fixture()
        let first = try fixture.gateway.connect()
        try first.send(request("GET", "/assets/first", [field]))
        let authenticated = try fixture.origin.accept()
        _ = try authenticated.expectRequest()
        try authenticated.send("HTTP/1.1 200 OK\r\n\(challenge)Content-Length: 0\r\n\r\n")
        #expect(try first.readResponse().status == 200)
        #expect(authenticated.isClosedByPeer())
        let second = try fixture.gateway.connect()
        try second.send(request("GET", "/assets/second"))
        let other = try fixture.origin.accept()
        #expect(try other.expectRequest().target == "/assets/second")
        try other.send(Self.ok)
        #expect(try second.readResponse().text == "ok")
    }

    @Test("Late octets behind a response that fills the read exactly answer nobody (R-41)")
    func looksBehindAFullRead() throws {
        let fixture = try Fixture()
        for _ in 0..<10 {
            let first = try fixture.gateway.connect()
            try first.send(request("GET", "/assets/first"))
            let connection = try fixture.origin.accept()
            _ = try connection.expectRequest()
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(65536 - 42)\r\n\r\n"
            try #require(head.utf8.count == 42)
            let body = String(repeating: "x", count: 65536 - 42)
            try connection.send(head + body + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            #expect(try first.readResponse().text == body)
            let second = try fixture.gateway.connect()
            try second.send(request("GET", "/assets/second"))
            let other = try fixture.origin.accept()
            #expect(try other.expectRequest().target == "/assets/second")
            try other.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            #expect(try second.readResponse().text == "ok")
            other.close()
        }
    }

    @Test("An origin that closes under an upload costs one request, not the process (L-28)")
    func survivesABrokenPipe() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("PUT", "/upload", ["Content-Length: 4000000"]))
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        connection.reset()
        let content = [UInt8](repeating: 0x78, count: 64 * 1024)
        for _ in 0..<60 where (try? client.send(content)) == nil { break }
        #expect(try client.readResponse().status == 502)
        let next = try fixture.gateway.connect()
        #expect(try next.exchange(request("DELETE", "/status")).status == 405)
    }

    @Test("Connections stay usable while many others come and go (L-30)")
    func keepsConnectionsInUse() throws {
        let fixture = try Fixture.echoing()
        let clients = try (0..<40).map { _ in try fixture.gateway.connect() }
        for round in 0..<5 {
            for (number, client) in clients.enumerated() {
                try client.send(request("GET", "/assets/\(round)-\(number)"))
            }
            for (number, client) in clients.enumerated() {
                #expect(
                    try client.readResponse().text == "origin saw GET /assets/\(round)-\(number)"
                )
            }
        }
    }
}
