import TestKit
import Testing

/// What comes piece by piece goes on piece by piece, and waiting is no fault.
@Suite("Server-sent events and long polling", .blocking)
struct UnbufferedTests {
    private typealias Kind = HTTP2RawClient.Kind

    /// A gateway whose clients are cut after 500 ms of silence wherever it is their turn to send,
    /// and whose origins have 4 s.
    private func gateway() throws -> LoggingGateway {
        let origin = try RawOrigin()
        let gateway = try RunningGateway(
            configuration: """
                listen: [{ address: 127.0.0.1:0, http2: true }]
                workers: 1
                upstreams:
                  legacy:
                    url: "http://127.0.0.1:\(origin.port)"
                    timeouts: { connect: 2s, response: 4s, idle: 4s }
                limits: { head_timeout: 500ms, idle_timeout: 500ms, body_timeout: 500ms }
                """,
            policy: Policies.allOpen,
            keeping: origin
        )
        return LoggingGateway(origin: origin, gateway: gateway)
    }

    private static let events = (1...5).map { "id: \($0)\ndata: number \($0)\n\n" }

    /// How an origin frames a stream of events.
    enum Framing: String, CaseIterable {
        case chunked, untilClose

        var head: String {
            let end = self == .chunked ? "Transfer-Encoding: chunked" : "Connection: close"
            return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(end)\r\n\r\n"
        }

        func piece(_ text: String) -> String {
            guard self == .chunked else { return text }
            return String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n"
        }
    }

    @Test("Each event arrives before the next is sent", arguments: Framing.allCases)
    func passesEvents(_ framing: Framing) throws {
        let running = try gateway()
        let client = try running.gateway.connect()
        try client.send(request("GET", "/events", ["Accept: text/event-stream"]))
        let origin = try running.origin.accept()
        _ = try origin.expectRequest()
        try origin.send(framing.head)
        // The head is there before the first event.
        let head = try client.readHead()
        #expect(head.startLine == "HTTP/1.1 200 OK" && head["content-length"] == nil)
        for event in Self.events {
            try origin.send(framing.piece(event))
            let chunk = "\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n"
            var received = ""
            while received.utf8.count < chunk.utf8.count {
                received += String(decoding: try client.readSome(), as: UTF8.self)
            }
            #expect(received == chunk)
        }
        if framing == .chunked { try origin.send("0\r\n\r\n") }
        origin.close()
        #expect(String(decoding: try client.readSome(), as: UTF8.self) == "0\r\n\r\n")
    }

    @Test("Over HTTP/2 too", arguments: Framing.allCases)
    func passesEventsOverHTTP2(_ framing: Framing) throws {
        let running = try gateway()
        let client = try HTTP2RawClient(port: running.gateway.port)
        try client.request([
            (":method", "GET"), (":scheme", "http"), (":path", "/events"),
            (":authority", "shop.test"), ("accept", "text/event-stream"),
        ])
        let origin = try running.origin.accept()
        _ = try origin.expectRequest()
        try origin.send(framing.head)
        let frames = client.readFrames { $0.stream == 1 }
        #expect(frames.last?.type == Kind.headers && frames.last?.flags == 4)
        for event in Self.events {
            try origin.send(framing.piece(event))
            var received: [UInt8] = []
            while received.count < event.utf8.count {
                let frame = try #require(try client.readFrame())
                if frame.type == Kind.data { received += frame.payload }
            }
            #expect(String(decoding: received, as: UTF8.self) == event)
        }
        if framing == .chunked { try origin.send("0\r\n\r\n") }
        origin.close()
        let last = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }.last
        #expect(last?.type == Kind.data && last?.payload.isEmpty == true)
    }

    @Test("Once a response has begun, a request's content may pause as long as the response may")
    func waitsForBothDirections() throws {
        let running = try gateway()
        let client = try HTTP2RawClient(port: running.gateway.port)
        try client.request(
            [
                (":method", "POST"), (":scheme", "http"), (":path", "/watch"),
                (":authority", "shop.test"),
            ],
            endsStream: false
        )
        let origin = try running.origin.accept()
        #expect(try origin.readHead()?.startLine == "POST /watch HTTP/1.1")
        let framing = Framing.chunked
        try origin.send(framing.head + framing.piece("hello"))
        let first = client.readFrames { $0.type == Kind.data || $0.type == Kind.reset }
        #expect(first.last?.payload == Array("hello".utf8))
        // Three times as long as a client's turn.
        let pause = client.readFrames(within: .milliseconds(1_500)) { $0.type != Kind.windowUpdate }
        #expect(pause.allSatisfy { $0.type == Kind.windowUpdate }, "\(pause)")
        try client.send(Kind.data, stream: 1, Array("question".utf8))
        var received = ""
        while !received.contains("question") {
            received += String(decoding: try origin.readSome(), as: UTF8.self)
        }
        try origin.send(framing.piece("answer"))
        let second = client.readFrames { $0.type == Kind.data || $0.type == Kind.reset }
        #expect(second.last?.payload == Array("answer".utf8))
        // Not longer: neither may be there any more.
        let third = client.readFrames { $0.type == Kind.reset }
        #expect(third.last?.type == Kind.reset)
        #expect(origin.isClosedByPeer())
    }

    @Test("A long poll that stays silent for less than the origin's time-outs is not cut")
    func waitsForLongPolls() throws {
        let running = try gateway()
        let client = try running.gateway.connect()
        // Three times as long as a client's own turn may take, before the head and in between.
        let silence = Duration.milliseconds(1_500)
        try client.send(request("GET", "/poll"))
        let origin = try running.origin.accept()
        _ = try origin.expectRequest()
        #expect(client.staysSilent(for: silence))
        try origin.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnews")
        #expect(try client.readHead().startLine == "HTTP/1.1 200 OK")
        #expect(try client.readSome() == Array("news".utf8))
        #expect(client.staysSilent(for: silence))
        try origin.send("more")
        #expect(try client.readSome() == Array("more".utf8))
        // The connections go on.
        try client.send(request("GET", "/poll"))
        _ = try origin.expectRequest()
        try origin.send("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try client.readResponse().status == 204)
    }
}
