import Foundation
import TestKit
import Testing

/// What libcurl's own transfers would do to a request, and ours must not (L-02 to L-25).
@Suite("What reaches the origin's wire (L-02, L-05 to L-07, L-09, L-15, L-17, L-25)", .blocking)
struct BypassTransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// Sends `octets` and returns every octet that the origin got for them.
    private func wire(_ octets: [UInt8]) throws -> String {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(octets)
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send(Self.ok)
        #expect(try client.readResponse().text == "ok")
        return String(latin1: connection.received)
    }

    /// What the gateway adds behind the client's fields.
    private static func added(_ host: String) -> String {
        "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: \(host)\r\n"
            + "Via: 1.1 methodwall\r\n\r\n"
    }

    @Test("L-02, L-06, L-07: the head at the origin is the client's, line by line, and ours")
    func writesExactlyTheHead() throws {
        let fields = "X-Empty:\r\nX-Colon: a: b\r\nX-Semi: ;\r\nX-At: @file\r\nX-B: \u{1}"
        let sent = "GET /status?a=\"b\"&c=%0d%0a HTTP/1.1\r\nHost: a\r\n"
        let refused = try Fixture.echoing()
        #expect(try refused.gateway.exchange("\(sent)\(fields)\r\n\r\n").status == 400)
        #expect(refused.origin.connectionCount == 0)
        let kept = "X-Colon: a: b\r\nX-Semi: ;\r\nX-At: @file\r\n"
        let seen = try wire(Array("\(sent)X-Empty:\r\n\(kept)\r\n".utf8))
        // A field without a value is still a field; how its colon is spaced says nothing.
        let expected = "\(sent)X-Empty:\r\n\(kept)\(Self.added("a"))"
        #expect(seen.replacing("X-Empty: \r\n", with: "X-Empty:\r\n") == expected)
    }

    @Test("L-02: every octet in a value is refused, or stays inside its line", arguments: 0...255)
    func keepsValuesInTheirLine(_ octet: Int) throws {
        let fixture = try Self.values.get()
        let client = try fixture.gateway.connect()
        let mark = "X-\(octet)"
        let line = Array("\(mark): a".utf8) + [UInt8(octet)] + Array("b\r\n\r\n".utf8)
        try client.send(Array("GET /status HTTP/1.1\r\nHost: a\r\n".utf8) + line)
        let status = try client.readResponse().status
        let isControl = octet < 0x20 && octet != 9 || octet == 0x7f
        #expect(status == (isControl ? 400 : 200))
        let character = String(latin1: [UInt8(octet)])
        #expect(fixture.countAtOrigin("\r\n\(mark): a\(character)b\r\n") == (isControl ? 0 : 1))
    }

    static let values = SharedFixture { try Fixture.echoing() }

    @Test("L-05, L-06: no Expect, Accept, Content-Type or User-Agent is made up", arguments: 0...2)
    func addsNoFields(_ form: Int) throws {
        let big = String(repeating: "x", count: 2 << 20)
        let text =
            switch form {
            case 0: request("PUT", "/upload", body: "small")
            case 1: request("POST", "/upload", body: big)
            default:
                request("POST", "/users", ["Transfer-Encoding: chunked"])
                    + "5\r\nhello\r\n0\r\n\r\n"
            }
        let seen = try wire(Array(text.utf8))
        let head = seen.components(separatedBy: "\r\n\r\n")[0].lowercased()
        for name in ["expect", "accept", "content-type", "user-agent", "connection"] {
            #expect(!head.contains("\r\n\(name):"), "\(name)")
        }
    }

    @Test("L-09: a transfer coding that the origin applies is never decoded or passed on")
    func decodesNothing() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status", ["TE: gzip", "Accept-Encoding: x-evil"]))
        let connection = try fixture.origin.accept()
        let seen = try connection.expectRequest()
        #expect(seen["TE"] == nil)
        #expect(seen["Accept-Encoding"] == "x-evil")
        try connection.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n"
        )
        let response = try client.readResponse()
        #expect(response.status == 502)
        #expect(!response.text.contains("evil"))
    }

    @Test("L-15: what a client sends past its length is judged as its next request")
    func countsContent() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        let more = request("DELETE", "/users?evil")
        try client.send(request("POST", "/users", ["Content-Length: 5"]) + "hello" + more)
        #expect(try client.readResponse().text == "origin saw POST /users")
        #expect(try client.readResponse().status == 405)
        try fixture.expectNoEvil()
    }

    @Test("L-15: content that ends early spoils its origin connection, and no other request")
    func dropsConnectionsOfShortContent() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("POST", "/users", ["Content-Length: 100"]) + "short")
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        // The origin answers before it has everything; the client leaves.
        try connection.send(Self.ok)
        #expect(try client.readResponse().text == "ok")
        client.close()
        let next = try fixture.gateway.connect()
        try next.send(request("GET", "/status?next"))
        let other = try fixture.origin.accept()
        #expect(try other.expectRequest().target == "/status?next")
        try other.send(Self.ok)
        #expect(try next.readResponse().text == "ok")
        #expect(!String(latin1: connection.received).contains("next"))
    }

    @Test("L-25: one client's cookies, redirects and alternatives are never the next one's")
    func remembersNothing() throws {
        let fixture = try Fixture { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 302 Found\r\nLocation: /evil\r\nSet-Cookie: id=evil; Path=/\r\n"
                        + "Strict-Transport-Security: max-age=9\r\nAlt-Svc: h2=\"evil:1\"\r\n"
                        + "WWW-Authenticate: Basic realm=evil\r\nContent-Length: 0\r\n\r\n"
                )
            }
        }
        for _ in 0..<3 {
            let response = try fixture.gateway.exchange(request("GET", "/status"))
            #expect(response.status == 302)
            #expect(response["Set-Cookie"] == "id=evil; Path=/")
            #expect(response["Location"] == "/evil")
        }
        #expect(fixture.countAtOrigin("GET ") == 3)
        #expect(!fixture.origin.receivedText.contains("evil"))
        #expect(!fixture.origin.receivedText.contains("Cookie"))
    }
}
