import Foundation
import TestKit
import Testing

@Suite("Attacks on the log (B-63 to B-65)", .blocking)
struct BypassLogTests {
    /// Refused requests whose octets would forge, hide or break a line of a careless log.
    static let hostile: [[UInt8]] =
        [
            "DELETE /users?evil HTTP/1.1\r\nHost: a\r\nUser-Agent: \"}\\n{\\\"evil\\\":1\r\n\r\n",
            "DELETE /%0a%7b%22evil%22:1%7d HTTP/1.1\r\nHost: a\r\n\r\n",
            "DELETE /evil\u{1b}[2J HTTP/1.1\r\nHost: a\r\n\r\n",
            "EVIL\"}{ /users HTTP/1.1\r\nHost: a\r\n\r\n",
            "DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: \u{202e}live\u{2028}evil\r\n\r\n",
            "DELETE /evil\n{\"evil\":1}\n HTTP/1.1\r\nHost: a\r\n\r\n",
            "DELETE /users HTTP/1.1\r\nHost: evil\"a\r\n\r\n",
            "DELETE /evil" + String(repeating: "p", count: 7000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        ].map { Array($0.utf8) } + [
            Array("DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: ".utf8)
                + [0x9b, 0x33, 0x31, 0x6d, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80]
                + Array("\r\n\r\n".utf8)
        ]

    @Test("B-63: hostile octets leave one valid line each, with no control and no raw octet")
    func escapesWhatClientsSend() throws {
        let fixture = try Fixture.echoing()
        for octets in Self.hostile {
            let client = try fixture.gateway.connect()
            try client.send(octets)
            #expect(try client.readResponse().status >= 400)
        }
        #expect(fixture.origin.connectionCount == 0)
        fixture.gateway.process.signal(SIGTERM)
        #expect(try fixture.gateway.process.wait() == 0)
        let entries = fixture.gateway.logEntries()
        #expect(entries.reduce(0) { $0 + $1.attempts } == Self.hostile.count)
        #expect(!entries.contains { $0["evil"] != nil })
        let log = fixture.gateway.process.octets(.standardOutput)
        #expect(log.allSatisfy { $0 == 10 || 0x20...0x7e ~= $0 })
        #expect(entries.allSatisfy { $0.line.utf8.count < 8192 })
    }

    @Test("B-64: a flood becomes few lines, none of it is lost, and none of it is forwarded")
    func foldsFloods() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        let batch = String(repeating: request("DELETE", "/status?evil"), count: 100)
        for _ in 0..<6 {
            try client.send(batch)
            for _ in 0..<100 { #expect(try client.readResponse().status == 405) }
        }
        #expect(fixture.origin.connectionCount == 0)
        fixture.gateway.process.signal(SIGTERM)
        #expect(try fixture.gateway.process.wait() == 0)
        let entries = fixture.gateway.logEntries().filter { $0.status == 405 }
        #expect(entries.reduce(0) { $0 + $1.attempts } == 600)
        #expect(entries.count < 100)
    }

    @Test("B-65: neither credentials nor queries stand in the log, however a request is refused")
    func keepsSecrets() throws {
        let fixture = try Fixture.echoing()
        let fields = [
            "Authorization: Bearer hush", "Cookie: session=hush", "Proxy-Authorization: hush",
            "X-Api-Key: hush", "Referer: http://shop.test/?hush",
        ]
        for (method, target) in [
            ("DELETE", "/users?token=hush"), ("BREW", "/users?token=hush"),
            ("GET", "/evil?token=hush"), ("GET", "/evil//x?token=hush"),
            ("GET", "http://shop.test/users/..?hush"), ("TRACE", "/users?hush"),
        ] {
            let text = request(method, target, fields, body: "password=hush")
            #expect(try fixture.gateway.exchange(text).status >= 400, "\(method) \(target)")
        }
        #expect(fixture.origin.connectionCount == 0)
        fixture.gateway.process.signal(SIGTERM)
        #expect(try fixture.gateway.process.wait() == 0)
        #expect(fixture.gateway.logEntries().count >= 6)
        let text =
            fixture.gateway.process.text(.standardOutput)
            + fixture.gateway.process.text(.standardError)
        #expect(!text.contains("hush"))
    }

    @Test("B-65: what could not be read as a target keeps its query and its credentials, too")
    func keepsSecretsOfMalformedTargets() throws {
        let fixture = try Fixture.echoing()
        for line in [
            "GET users?token=hush HTTP/1.1", "GET /users?token=hush\u{80} HTTP/1.1",
            "GET http://name:hush@shop.test/users HTTP/1.1", "GET ?hush HTTP/1.1",
            "GET ftp://shop.test/users?hush HTTP/1.1", "GET /users?hush",
            "GET /users#hush HTTP/1.1",
            "GET /users?hush HTTP/9.1", "CONNECT name:hush@shop.test:80 HTTP/1.1",
        ] {
            let response = try fixture.gateway.exchange("\(line)\r\nHost: shop.test\r\n\r\n")
            #expect(response.status >= 400, "\(line)")
        }
        #expect(fixture.origin.connectionCount == 0)
        fixture.gateway.process.signal(SIGTERM)
        #expect(try fixture.gateway.process.wait() == 0)
        let entries = fixture.gateway.logEntries()
        #expect(!entries.isEmpty)
        for entry in entries { #expect(!entry.line.contains("hush"), "\(entry.line)") }
    }
}
