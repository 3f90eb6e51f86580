import HTTPMessage
import Testing

@testable import Gateway

@Suite("Lines of the access log in JSON")
struct AccessLineTests {
    private static let parent = TraceParent(
        Array("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".utf8).span
    )

    @Test("A forwarded request has all its keys")
    func writesForwarded() throws {
        var sample = SampleAccess()
        sample.trace = Self.parent
        let line = try sample.parsed { record in
            record.forwards(trace: Self.parent)
            record.status = 200
            record.responseBytes = 1_234
            record.requestBytes = 5
            record.upstream = "crm"
            record.target = "https://10.0.0.5:8443"
        }
        let expected: Set<String> = [
            "timestamp", "methodwall.decision", "http.response.status_code",
            "http.response.body.size", "http.request.body.size", "methodwall.duration_ms",
            "http.request.method", "url.path", "server.address", "network.protocol.version",
            "client.address", "client.port", "user_agent.original", "methodwall.upstream",
            "methodwall.target", "methodwall.request_id", "trace_id", "span_id",
        ]
        #expect(Set(line.members.keys) == expected)
        #expect(line.text(LogKey.timestamp) == "2023-11-14T22:13:21.000Z")
        #expect(line.text(LogKey.decision) == "forwarded")
        #expect(line.number(LogKey.status) == 200)
        #expect(line.number(LogKey.responseBytes) == 1_234)
        #expect(line.number(LogKey.requestBytes) == 5)
        #expect(line.number(LogKey.duration) == 42)
        #expect(line.text(LogKey.method) == "GET" && line.text(LogKey.path) == "/users/7")
        #expect(line.text(LogKey.host) == "shop.test:8080")
        #expect(line.text(LogKey.clientAddress) == "192.0.2.7")
        #expect(line.number(LogKey.clientPort) == 40_001)
        #expect(line.text(LogKey.upstream) == "crm")
        #expect(line.text(LogKey.target) == "https://10.0.0.5:8443")
        #expect(line.text(LogKey.requestID)?.utf8.count == 16)
        #expect(line.text(LogKey.traceID) == "0af7651916cd43dd8448eb211c80319c")
        #expect(line.text(LogKey.spanID) == "b7ad6b7169203331")
    }

    @Test("What is not known has no key")
    func leavesUnknownOut() throws {
        var sample = SampleAccess()
        (sample.method, sample.path, sample.host, sample.userAgent) = ([], [], [], [])
        sample.clientPort = 0
        let line = try sample.parsed { $0.end = .clientGone }
        let expected: Set<String> = [
            "timestamp", "http.response.body.size", "methodwall.duration_ms", "client.address",
            "network.protocol.version", "methodwall.request_id", "methodwall.detail",
        ]
        #expect(Set(line.members.keys) == expected)
        #expect(line.text(LogKey.detail) == "client_gone")
    }

    @Test("The decision, reason and detail are those of the refusal log")
    func takesDecisions() throws {
        func decision(_ happen: (AccessRecord) -> Void) throws -> [String?] {
            let line = try SampleAccess().parsed(happen)
            return [line.text(LogKey.decision), line.text(LogKey.reason), line.text(LogKey.detail)]
        }
        #expect(try decision { $0.answers(204) } == ["answered", nil, nil])
        #expect(
            try decision {
                $0.answers(400, contentBytes: 10)
                $0.note(.refused, reason: "malformed_request", detail: "dot_segment")
            } == ["refused", "malformed_request", "dot_segment"]
        )
        // A rule that reports: what is forwarded afterwards is still `would_refuse`.
        #expect(
            try decision {
                $0.note(.wouldRefuse, reason: "method_not_allowed", detail: "")
                $0.forwards(trace: nil)
            } == ["would_refuse", "method_not_allowed", nil]
        )
        #expect(
            try decision {
                $0.forwards(trace: nil)
                $0.note(.failed, reason: "connection_refused", detail: "")
                $0.answers(502)
            } == ["failed", "connection_refused", nil]
        )
        #expect(
            try decision {
                $0.forwards(trace: nil)
                $0.end = .cut
            } == ["forwarded", nil, "response_cut"]
        )
    }

    @Test("The query is there only where it is asked for, and Referer never")
    func keepsSecretsOut() throws {
        var sample = SampleAccess()
        sample.query = Array("token=secret".utf8)
        sample.referer = Array("https://a.test/?token=secret".utf8)
        let without = sample.line(.json)
        #expect(!String(decoding: without, as: UTF8.self).contains("secret"))
        #expect(try sample.parsed(includesQuery: true).text(LogKey.query) == "token=secret")
    }

    /// Where a client can put octets.
    private static let places: [any WritableKeyPath<SampleAccess, [UInt8]> & Sendable] = [
        \.method, \.path, \.query, \.host, \.userAgent, \.referer,
    ]

    @Test("Whatever octets a client sends, a line is one line of JSON", arguments: 0..<6)
    func escapes(_ place: Int) throws {
        var generator = LogTestGenerator(seed: UInt64(place) + 1)
        for round in 0..<300 {
            var sample = SampleAccess()
            sample[keyPath: Self.places[place]] =
                round < 256
                ? [0x61, UInt8(round), 0x62]
                : (0..<3_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let octets = sample.line(.json, includesQuery: true)
            #expect(octets.filter { $0 == 0x0A }.count == 1 && octets.last == 0x0A)
            #expect(!octets.dropLast().contains { $0 < 0x20 || $0 == 0x7F })
            #expect(try ParsedLine.all(in: octets).count == 1)
        }
    }

    @Test("What is too long is cut, and the line says so")
    func bounds() throws {
        var sample = SampleAccess()
        sample.method = Array(repeating: 0x4D, count: 33)
        sample.path = Array(repeating: 0x70, count: 2_049)
        sample.host = Array(repeating: 0x68, count: 256)
        sample.userAgent = Array(repeating: 0x75, count: 257)
        let line = try sample.parsed()
        #expect(line.text(LogKey.path)?.utf8.count == 2_048)
        #expect(
            line.texts(LogKey.truncated) == [
                "http.request.method", "url.path", "server.address", "user_agent.original",
            ]
        )
        #expect(try SampleAccess().parsed().texts(LogKey.truncated) == nil)
    }
}
