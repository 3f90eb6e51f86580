import Foundation
import TestKit
import Testing

/// W3C Trace Context.
@Suite("Traces", .blocking)
struct TraceTests {
    private static let traceID = "0af7651916cd43dd8448eb211c80319c"
    private static let spanID = "b7ad6b7169203331"
    private static let valid = "traceparent: 00-\(traceID)-\(spanID)-00"
    private static let state = "tracestate: congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"

    /// A gateway in front of an origin that breaks off where the path says so.
    private func gateway(_ mode: String?, _ more: String = "") throws -> LoggingGateway {
        let key = (mode.map { "trace: \($0)\n" } ?? "") + more
        return try LoggingGateway(key) { connection in
            while let request = try connection.readRequest() {
                if request.target.hasPrefix("/assets") { return }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
    }

    /// The trace fields of the last request that the origin saw.
    private func seen(_ logging: LoggingGateway) -> [String] {
        let last = logging.origin.receivedText.components(separatedBy: "HTTP/1.1\r\n").last ?? ""
        return last.components(separatedBy: "\r\n").filter {
            let line = $0.lowercased()
            return line.hasPrefix("traceparent:") || line.hasPrefix("tracestate:")
        }
    }

    @Test("A valid one goes to the origin as it came", arguments: [nil, "pass", "make"])
    func passesValid(_ mode: String?) throws {
        let logging = try gateway(mode)
        let client = try logging.gateway.connect()
        let lines = [
            Self.state, "Traceparent: 00-\(Self.traceID)-\(Self.spanID)-00", "Tracestate: a=b",
        ]
        #expect(try client.exchange(request("GET", "/status", lines)).status == 200)
        #expect(seen(logging) == lines)
        // A later version, with more behind it.
        let later = "traceparent: cc-\(Self.traceID)-\(Self.spanID)-01-what-comes"
        #expect(try client.exchange(request("GET", "/status", [later])).status == 200)
        #expect(seen(logging) == [later])
        let entries = logging.waitForEntries(2)
        #expect(entries.map { $0["trace_id"] } == [Self.traceID, Self.traceID])
        #expect(entries.map { $0["span_id"] } == [Self.spanID, Self.spanID])
    }

    private static let invalid: [[String]] = [
        ["traceparent: 00-\(traceID)-\(spanID)-0"], ["traceparent: x", state],
        ["traceparent: 00-\(traceID.uppercased())-\(spanID)-00", state],
        ["traceparent: 00-00000000000000000000000000000000-\(spanID)-00"],
        [valid, state, valid], [valid, "traceparent: x"], [state],
        ["Connection: traceparent", valid, state],
    ]

    @Test("With pass, one that is not valid goes no further", arguments: invalid)
    func dropsInvalid(_ lines: [String]) throws {
        let logging = try gateway("pass")
        #expect(try logging.gateway.exchange(request("GET", "/status", lines)).status == 200)
        #expect(seen(logging).isEmpty)
        let entry = try #require(logging.waitForEntries(1).first)
        #expect(entry["trace_id"] == nil && entry["span_id"] == nil)
    }

    @Test("With make, a trace begins where there is no valid one", arguments: invalid + [[]])
    func makes(_ lines: [String]) throws {
        let logging = try gateway("make")
        let client = try logging.gateway.connect()
        var made: Set<String> = []
        for number in 1...2 {
            #expect(try client.exchange(request("GET", "/status", lines)).status == 200)
            let seen = seen(logging)
            try #require(seen.count == 1)
            let parts =
                seen[0].components(separatedBy: ": ").last?.components(separatedBy: "-") ?? []
            try #require(parts.map(\.count) == [2, 32, 16, 2])
            // It is asked to be recorded, and its numbers are random.
            #expect(parts[0] == "00" && parts[3] == "03")
            #expect(parts[1] != Self.traceID && parts[2] != Self.spanID)
            made.insert(parts[1])
            let entry = try #require(logging.waitForEntries(number).last)
            #expect(entry["trace_id"] == parts[1] && entry["span_id"] == parts[2])
        }
        #expect(made.count == 2)
    }

    @Test("Lines of the refusal log name the trace, and none is made for what is refused")
    func namesTraces() throws {
        let logging = try gateway("make")
        let gateway = logging.gateway
        #expect(try gateway.exchange(request("DELETE", "/status", [Self.valid])).status == 405)
        #expect(try gateway.exchange(request("DELETE", "/users")).status == 405)
        #expect(try gateway.exchange(request("GET", "/assets/a", [Self.valid])).status == 502)
        #expect(try gateway.exchange(request("GET", "/assets/b")).status == 502)
        let asked = try logging.finish()
        let refused = logging.entries("refusals.log")
        #expect(refused.count == 4 && asked.count == 4)
        #expect(refused.map { $0["trace_id"] } == asked.map { $0["trace_id"] })
        #expect(refused.map { $0["span_id"] } == asked.map { $0["span_id"] })
        #expect(refused[0]["trace_id"] == Self.traceID && refused[0]["span_id"] == Self.spanID)
        #expect(refused[1]["trace_id"] == nil)
        #expect(refused[2]["trace_id"] == Self.traceID)
        let made = try #require(refused[3]["trace_id"])
        #expect(logging.origin.receivedText.contains("traceparent: 00-\(made)-"))
    }

    @Test("Where clients may not choose a trace, theirs counts as none")
    func stripsTraces() throws {
        let strip = "identity_fields: { strip: [traceparent, tracestate] }"
        let logging = try gateway("make", strip)
        let lines = [Self.valid, Self.state]
        #expect(try logging.gateway.exchange(request("GET", "/status", lines)).status == 200)
        let made = try #require(logging.waitForEntries(1).first?["trace_id"])
        #expect(made != Self.traceID)
        #expect(seen(logging).count == 1 && seen(logging)[0].hasPrefix("traceparent: 00-\(made)-"))
    }

    @Test("HTTP/2 as well")
    func passesOverHTTP2() throws {
        let logging = try gateway("make")
        let client = try HTTP2RawClient(port: logging.gateway.port)
        let get = [
            (":method", "GET"), (":scheme", "http"), (":path", "/status"),
            (":authority", "shop.test"),
        ]
        let value = "00-\(Self.traceID)-\(Self.spanID)-01"
        try client.request(get + [("traceparent", value), ("tracestate", "a=b")])
        _ = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        #expect(seen(logging) == ["traceparent: \(value)", "tracestate: a=b"])
        try client.request(get, stream: 3)
        _ = client.readFrames { $0.stream == 3 && $0.flags & 1 == 1 }
        let entries = logging.waitForEntries(2)
        #expect(entries[0]["trace_id"] == Self.traceID)
        let made = try #require(entries[1]["trace_id"])
        #expect(seen(logging).count == 1 && seen(logging)[0].contains(made))
    }
}
