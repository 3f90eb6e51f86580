import Foundation
import TestKit
import Testing

@Suite("The access log's formats, and hostile clients (B-63)", .blocking)
struct AccessLogFormatTests {
    private typealias Kind = HTTP2RawClient.Kind

    /// A line of Apache's combined format, and nothing else.
    private static let combined = try? NSRegularExpression(
        pattern: #"^([0-9.]+) - - \[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} \+0000)\] "#
            + #""((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$"#
    )

    /// What stands in a line's places.
    private func places(_ line: String) throws -> [String] {
        let pattern = try #require(Self.combined)
        let whole = NSRange(line.startIndex..., in: line)
        let match = try #require(pattern.firstMatch(in: line, range: whole), "\(line)")
        return (1..<match.numberOfRanges).compactMap { index in
            Range(match.range(at: index), in: line).map { String(line[$0]) }
        }
    }

    private func lines(_ logging: LoggingGateway, _ count: Int) -> [String] {
        func all() -> [String] { logging.text().split(separator: "\n").map(String.init) }
        #expect(eventually { all().count >= count })
        return all()
    }

    @Test("combined is Apache's format")
    func writesCombined() throws {
        let logging = try LoggingGateway.echoing(log: "access_format: combined")
        let fields = ["User-Agent: Mozilla/5.0 \"x\"", "Referer: https://a.test/b?c=secret"]
        let client = try logging.gateway.connect()
        let response = try client.exchange(request("GET", "/status?token=secret", fields))
        #expect(try client.exchange(request("DELETE", "/status")).status == 405)
        #expect(try client.exchange(request("OPTIONS", "/status")).status == 204)
        let lines = lines(logging, 3)
        let first = try places(lines[0])
        #expect(first[0] == "127.0.0.1" && first[2] == "GET /status HTTP/1.1")
        #expect(first[3] == "200" && first[4] == "\(response.body.count)")
        #expect(first[5] == "https://a.test/b" && first[6] == #"Mozilla/5.0 \"x\""#)
        #expect(try places(lines[1])[2...3] == ["DELETE /status HTTP/1.1", "405"])
        let last = try places(lines[2])
        #expect(last[3...] == ["204", "-", "-", "-"])
        #expect(!logging.text().contains("secret"))
    }

    @Test("log.query says whether queries are logged")
    func logsQueries() throws {
        let combined = try LoggingGateway.echoing(log: "access_format: combined, query: true")
        let text = request("GET", "/status?a=b", ["Referer: https://a.test/b?c"])
        _ = try combined.gateway.exchange(text)
        let places = try places(try #require(lines(combined, 1).first))
        #expect(places[2] == "GET /status?a=b HTTP/1.1" && places[5] == "https://a.test/b?c")
        let json = try LoggingGateway.echoing(log: "query: true")
        _ = try json.gateway.exchange(text)
        #expect(json.waitForEntries(1).first?["url.query"] == "a=b")
    }

    /// Requests whose Referer would break a careless log.
    private static let referers: [[UInt8]] = [
        Array("\" 200 1 \"-\" \"-".utf8), Array("\\\" \\".utf8), [0x9B, 0xFF, 0xC0, 0xAF],
        Array("\u{202e}\u{2028}\u{9b}31m".utf8), Array("https://ada:hush@a.test/".utf8),
        [UInt8](repeating: 0x55, count: 5_000),
    ].map { octets in
        Array("GET /status HTTP/1.1\r\nHost: a\r\nReferer: ".utf8) + octets
            + Array("\r\n\r\n".utf8)
    }

    /// What all these requests leave in the access log.
    private func hostile(_ log: String) throws -> (text: [UInt8], count: Int) {
        let logging = try LoggingGateway.echoing(log: "access_format: \(log), query: true")
        let requests = RefusalLogTests.hostile + Self.referers
        for octets in requests {
            let client = try logging.gateway.connect()
            try client.send(octets)
            #expect(try client.readResponse().status >= 200)
        }
        logging.gateway.process.signal(SIGTERM)
        #expect(try logging.gateway.process.wait() == 0)
        let file = URL(fileURLWithPath: logging.gateway.folder.path("access.log"))
        return (Array(try Data(contentsOf: file)), requests.count)
    }

    @Test("Hostile octets leave each line valid JSON on one line")
    func escapesInJSON() throws {
        let (log, count) = try hostile("json")
        let text = String(decoding: log, as: UTF8.self)
        let entries = LogEntry.entries(text, sourceLocation: #_sourceLocation)
        #expect(entries.count == count)
        #expect(!entries.contains { $0["fake"] != nil })
        #expect(!log.contains { $0 < 0x20 && $0 != 10 || $0 == 0x7F })
        let hidden = "\u{202e}\u{2028}\u{2029}".unicodeScalars
        #expect(!text.unicodeScalars.contains { 0x80...0x9F ~= $0.value || hidden.contains($0) })
    }

    @Test("Hostile octets leave each line of the combined format on one line, in its places")
    func escapesInCombined() throws {
        let (log, count) = try hostile("combined")
        #expect(log.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x0A })
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count == count)
        for line in lines {
            let places = try places(line)
            #expect(places.count == 7)
            #expect(places[6].utf8.count <= 4 * 256 && places[5].utf8.count <= 4 * 1_024)
        }
        #expect(!lines.contains { $0.contains("hush") })
    }

    private static let get = [
        (":method", "GET"), (":scheme", "http"), (":path", "/status"), (":authority", "shop.test"),
        ("user-agent", "h2\"test"),
    ]

    @Test("HTTP/2: each stream has its line, one that was malformed and one that was reset too")
    func logsStreams() throws {
        let logging = try LoggingGateway()
        let client = try HTTP2RawClient(port: logging.gateway.port)
        try client.request(Self.get)
        let origin = try logging.origin.accept()
        _ = try origin.expectRequest()
        try origin.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        _ = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        let first = try #require(logging.waitForEntries(1).first)
        #expect(first.version == "2" && first.status == 200 && first.responseBytes == 5)
        #expect(first.method == "GET" && first.path == "/status" && first.decision == "forwarded")
        #expect(first["user_agent.original"] == #"h2\x22test"#)

        let wrong = Self.get.map { $0.0 == ":authority" ? ($0.0, "a@shop.test") : $0 }
        try client.request(wrong, stream: 3)
        let malformed = try #require(logging.waitForEntries(2).last)
        #expect(malformed.status == 400 && malformed.version == "2")
        #expect(malformed.decision == "refused")

        try client.request(Self.get, stream: 5)
        _ = try origin.expectRequest()
        try client.send(Kind.reset, stream: 5, [0, 0, 0, 8])
        let reset = try #require(logging.waitForEntries(3).last)
        #expect(reset.status == nil && reset.detail == "client_gone" && reset.path == "/status")
    }

    @Test("HTTP/2 in the combined format is HTTP/2.0, as Apache writes it")
    func logsStreamsCombined() throws {
        let logging = try LoggingGateway.echoing(log: "access_format: combined")
        let client = try HTTP2RawClient(port: logging.gateway.port)
        try client.request(Self.get)
        _ = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        let places = try places(try #require(lines(logging, 1).first))
        #expect(places[2] == "GET /status HTTP/2.0" && places[6] == #"h2\"test"#)
    }
}
