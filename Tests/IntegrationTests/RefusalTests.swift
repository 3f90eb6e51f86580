import Foundation
import TestKit
import Testing

@Suite("Refusals (R-01 R-06 R-14 R-26 R-43 R-70)", .blocking)
struct RefusalTests {
    static let shared = SharedFixture { try Fixture.echoing() }

    struct Case: Sendable {
        let method: String
        let target: String
        let status: Int
        let reason: String
    }

    static let cases: [Case] = [
        .init(method: "DELETE", target: "/users", status: 405, reason: "method_not_allowed"),
        .init(method: "BREW", target: "/users", status: 501, reason: "unknown_method"),
        .init(method: "GET", target: "/nowhere", status: 404, reason: "no_rule_for_path"),
        .init(method: "GET", target: "/a/../users", status: 400, reason: "malformed_request"),
    ]

    @Test("carries a problem body, no-store, Date and Proxy-Status", arguments: cases)
    func carriesProblemBody(_ row: Case) throws {
        let response = try Self.shared.get().gateway.exchange(request(row.method, row.target))
        #expect(response.status == row.status)
        #expect(response["Content-Type"]?.hasPrefix("application/problem+json") == true)
        #expect(response["Cache-Control"] == "no-store")
        #expect(response["Date"] != nil)
        #expect(response["Proxy-Status"]?.hasPrefix("methodwall") == true)
        #expect(response["Content-Length"] == "\(response.body.count)")
        let problem = try problem(response)
        #expect(problem["status"] as? Int == row.status)
        for key in ["type", "title", "detail"] {
            #expect((problem[key] as? String)?.isEmpty == false, "\(key)")
        }
        #expect(problem["reason"] as? String == row.reason)
    }

    @Test("tells what is allowed and why")
    func tellsWhatIsAllowed() throws {
        let gateway = try Self.shared.get().gateway
        let plain = try problem(gateway.exchange(request("DELETE", "/users")))
        #expect(plain["allow"] as? [String] == ["GET", "HEAD", "POST", "OPTIONS"])
        #expect((plain["detail"] as? String)?.contains("GET, HEAD, POST, OPTIONS") == true)
        let explained = try gateway.exchange(request("PUT", "/reports/7"))
        #expect(explained.text.contains("old reports are read only"))
    }

    @Test("is HTML where Accept prefers it")
    func speaksHTMLToBrowsers() throws {
        let gateway = try Self.shared.get().gateway
        let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        let response = try gateway.exchange(request("DELETE", "/users", [browser]))
        #expect(response["Content-Type"]?.hasPrefix("text/html") == true)
        #expect(response.members("Allow") == ["GET", "HEAD", "POST", "OPTIONS"])
        let script = try gateway.exchange(
            request("DELETE", "/users", ["Accept: application/json, text/html;q=0.1"])
        )
        #expect(script["Content-Type"]?.hasPrefix("application/problem+json") == true)
        let anything = try gateway.exchange(request("DELETE", "/users", ["Accept: */*"]))
        #expect(anything["Content-Type"]?.hasPrefix("application/problem+json") == true)
    }

    @Test("never reflects markup from the request")
    func escapesWhatTheClientSent() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("DELETE", "/%3Cscript%3E\"'", ["Accept: text/html"])
        )
        #expect(!response.text.lowercased().contains("<script"))
    }

    @Test("has no content when it answers HEAD, and the connection goes on (R-14)")
    func answersHeadWithoutContent() throws {
        let client = try Self.shared.get().gateway.connect()
        try client.send(request("HEAD", "/nowhere") + request("HEAD", "/upload"))
        #expect(try client.readResponse(to: "HEAD").status == 404)
        let second = try client.readResponse(to: "HEAD")
        #expect(second.status == 405)
        #expect(second.members("Allow") == ["POST", "PUT", "OPTIONS"])
        #expect(try client.exchange(request("GET", "/status")).status == 200)
    }

    @Test("reads a refused body of known length and keeps the connection (R-43)")
    func readsRefusedBody() throws {
        let fixture = try Self.shared.get()
        let client = try fixture.gateway.connect()
        let hidden = request("GET", "/status?smuggled")
        let response = try client.exchange(request("POST", "/users/7", body: hidden))
        #expect(response.status == 405)
        #expect(try client.exchange(request("GET", "/status")).status == 200)
        #expect(!fixture.origin.receivedText.contains("smuggled"))
    }

    @Test("reads a refused chunked body and keeps the connection (R-43)")
    func readsRefusedChunkedBody() throws {
        let client = try Self.shared.get().gateway.connect()
        try client.send(request("POST", "/status", ["Transfer-Encoding: chunked"]))
        #expect(try client.readResponse().status == 405)
        try client.send("5\r\nhello\r\n0\r\n\r\n" + request("GET", "/status"))
        #expect(try client.readResponse().status == 200)
    }

    @Test("is seen by a client that sends a large refused body before it reads (R-43)")
    func lingersAfterLargeRefusedBody() throws {
        let client = try Self.shared.get().gateway.connect()
        let piece = [UInt8](repeating: 0x61, count: 64 * 1024)
        try client.send(request("POST", "/status", ["Content-Length: \(256 * piece.count)"]))
        for _ in 0..<256 {
            // The gateway may end the connection while we send; the response must be there still.
            do { try client.send(piece) } catch { break }
        }
        let response = try client.readResponse()
        #expect(response.status == 405)
        #expect(response.members("Allow") == ["GET", "HEAD", "OPTIONS"])
    }

    @Test("decides the method before the body's size: a huge POST gets 405, not 413")
    func judgesMethodBeforeSize() throws {
        let client = try Self.shared.get().gateway.connect()
        try client.send(request("POST", "/status", ["Content-Length: 999999999999"]))
        let response = try client.readResponse()
        #expect(response.status == 405)
        #expect(response.head.members("Connection").contains("close"))
    }

    @Test("Expect: 100-continue gets the final status and no 100 when refused (R-17)")
    func refusesWithoutContinue() throws {
        let client = try Self.shared.get().gateway.connect()
        let fields = ["Expect: 100-continue", "Content-Length: 5"]
        let response = try client.exchange(request("POST", "/status", fields))
        #expect(response.interim.isEmpty)
        #expect(response.status == 405)
    }

    @Test("Expect: 100-continue is put to the origin when allowed, then the body flows (R-17)")
    func continuesWhenAllowed() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let fields = ["Expect: 100-continue", "Content-Length: 5"]
        try client.send(request("POST", "/users", fields))
        let connection = try fixture.origin.accept()
        let head = try #require(try connection.readHead())
        #expect(head["Expect"]?.lowercased() == "100-continue")
        #expect(client.staysSilent(for: .milliseconds(100)))
        try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try client.readHead().startLine.hasPrefix("HTTP/1.1 100"))
        try client.send("hello")
        var body: [UInt8] = []
        try connection.readContent(of: head) { body += $0 }
        #expect(body == Array("hello".utf8))
        try connection.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.readResponse().status == 201)
        // What came before the final status counts for this exchange alone.
        try client.send(request("GET", "/status"))
        _ = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.readResponse().interim.isEmpty)
    }

    @Test("An origin that refuses an expectation at once saves the body (R-17)")
    func passesAnEarlyRefusal() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(
            request("POST", "/users", ["Expect: 100-continue", "Content-Length: 5"])
        )
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        try connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        let response = try client.readResponse()
        #expect(response.status == 403)
        #expect(response.interim.isEmpty)
    }

    @Test("An expectation other than 100-continue gets 417 (R-17)")
    func refusesUnknownExpectation() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("GET", "/status", ["Expect: tea"])
        )
        #expect(response.status == 417)
    }

    @Test("An HTTP/1.0 client never gets an interim response (R-17)")
    func sendsNoContinueToOldClients() throws {
        let client = try Self.shared.get().gateway.connect()
        try client.send(
            "POST /users HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n"
                + "Content-Length: 5\r\n\r\nhello"
        )
        let response = try client.readResponse()
        #expect(response.interim.isEmpty)
        #expect(response.status == 200)
    }

    @Test("Without a policy for any host nothing is forwarded")
    func refusesUnservedHosts() throws {
        let fixture = try Fixture.echoing(
            policy: "methodwall: 1\nhosts: [a.test, \"*.b.test\"]\npaths:\n  /**: any\n"
        )
        let gateway = fixture.gateway
        #expect(try gateway.exchange(request("GET", "/", host: "a.test")).status == 200)
        #expect(try gateway.exchange(request("GET", "/", host: "A.TEST:8080")).status == 200)
        #expect(try gateway.exchange(request("GET", "/", host: "x.b.test")).status == 200)
        #expect(try gateway.exchange(request("GET", "/", host: "c.test")).status == 421)
        #expect(try gateway.exchange(request("GET", "/", host: "xa.test")).status == 421)
        #expect(try gateway.exchange(request("GET", "/", host: "b.test")).status == 421)
    }
}
