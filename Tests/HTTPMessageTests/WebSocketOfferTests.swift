import HTTPMessage
import TestKit
import Testing

@Suite("Answers to WebSocket handshakes")
struct WebSocketOfferTests {
    private static let answer = [
        "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ]

    /// The first rule that a response breaks, nil for a good one, `bad` if there is no offer or no
    /// response.
    private func breach(
        _ lines: [String],
        status: String = "HTTP/1.1 101 Switching Protocols",
        offering offered: [String] = []
    ) -> String? {
        guard case .offer(let offer) = handshake(webSocketLines + offered) else { return "bad" }
        let text = ([status] + lines).map { $0 + "\r\n" }.joined()
        let octets = Array((text + "\r\n").utf8)
        var head = ResponseHead()
        let outcome = head.parse(octets.span, answeringHead: false, limits: MessageLimits())
        guard outcome == .complete else { return "bad" }
        return offer.breach(in: head, octets.span)?.rawValue
    }

    /// The answer with one line replaced, or left out.
    private func lines(_ name: String, _ replacement: [String]) -> [String] {
        Self.answer.flatMap { $0.hasPrefix("\(name):") ? replacement : [$0] }
    }

    @Test("R-76: the answer of RFC 6455 section 1.2 is the right one")
    func acceptsExample() {
        #expect(breach(Self.answer) == nil)
        #expect(breach(Self.answer + ["Sec-WebSocket-Protocol: chat"]) == nil)
        #expect(breach(Self.answer + ["Sec-WebSocket-Protocol: superchat", "X: y"]) == nil)
        #expect(breach(Self.answer + ["Content-Length: 0"]) == nil)
        #expect(breach(lines("Upgrade", ["upgrade: WEBSOCKET"])) == nil)
        #expect(breach(lines("Connection", ["connection: keep-alive, upgrade"])) == nil)
    }

    @Test(
        "R-76: no other answer opens a tunnel",
        arguments: [
            ("Upgrade", [], "upgrade"), ("Upgrade", ["Upgrade: h2c"], "upgrade"),
            ("Upgrade", ["Upgrade: websocket, h2c"], "upgrade"),
            ("Upgrade", ["Upgrade: websocket", "Upgrade: websocket"], "upgrade"),
            ("Connection", [], "connection"), ("Connection", ["Connection: close"], "connection"),
            ("Sec-WebSocket-Accept", [], "accept"),
            ("Sec-WebSocket-Accept", ["Sec-WebSocket-Accept:"], "accept"),
            (
                "Sec-WebSocket-Accept", ["Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
                "accept"
            ),
            (
                "Sec-WebSocket-Accept", ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo"],
                "accept"
            ),
            (
                "Sec-WebSocket-Accept", ["Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ=="],
                "accept"
            ),
            (
                "Sec-WebSocket-Accept",
                [
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                ],
                "accept"
            ),
            ("X", ["Sec-WebSocket-Protocol: Chat"], "protocol"),
            ("X", ["Sec-WebSocket-Protocol: other"], "protocol"),
            ("X", ["Sec-WebSocket-Protocol: chat, superchat"], "protocol"),
            ("X", ["Sec-WebSocket-Protocol:"], "protocol"),
            ("X", ["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: chat"], "protocol"),
            ("X", ["Sec-WebSocket-Extensions: x"], "extension"),
            ("X", ["Transfer-Encoding: chunked"], "content"),
            ("X", ["Content-Length: 1"], "content"),
        ]
    )
    func refusesAnswers(name: String, replacement: [String], breach expected: String) {
        let changed = name == "X" ? Self.answer + replacement : lines(name, replacement)
        #expect(breach(changed) == "websocket_answer_\(expected)")
    }

    @Test("B-55: any other status, and HTTP/1.0, open nothing")
    func refusesStatus() {
        for status in ["200 OK", "100 Continue", "426 Upgrade Required", "103 Early Hints"] {
            #expect(breach(Self.answer, status: "HTTP/1.1 \(status)") == "websocket_answer_status")
        }
        #expect(breach(Self.answer, status: "HTTP/1.0 101 X") == "websocket_answer_http_version")
    }

    @Test("R-76: extensions that were offered may be chosen, with parameters of the server's")
    func checksExtensions() {
        let offered = [
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, foo; a=\"1\"",
            "Sec-WebSocket-Extensions: bar",
        ]
        let good = [
            "permessage-deflate", "permessage-deflate;server_no_context_takeover", "bar, foo",
            "foo; x=y; z", "", "foo ; a=\"b\" , ,bar",
        ]
        for value in good {
            let line = "Sec-WebSocket-Extensions: \(value)"
            #expect(breach(Self.answer + [line], offering: offered) == nil, "\(value)")
            #expect(
                breach(Self.answer + [line, "Sec-WebSocket-Extensions: foo"], offering: offered)
                    == nil
            )
        }
        let bad = [
            "baz", "foo, baz", "foo; a=\"x, bar\"", "foo bar", "client_max_window_bits", "fo",
            "foo;", "FOO", "\"foo\"", "foo=1",
        ]
        for value in bad {
            let line = "Sec-WebSocket-Extensions: \(value)"
            #expect(
                breach(Self.answer + [line], offering: offered) == "websocket_answer_extension",
                "\(value)"
            )
        }
    }

    @Test("Without an offered protocol none may be chosen")
    func checksUnofferedProtocol() {
        let without = webSocketLines.filter { !$0.hasPrefix("Sec-WebSocket-Protocol") }
        guard case .offer(let offer) = handshake(without) else {
            Issue.record("no offer")
            return
        }
        let lines = Self.answer + ["Sec-WebSocket-Protocol: chat", "", ""]
        let octets = Array(
            ("HTTP/1.1 101 X\r\n" + lines.joined(separator: "\r\n")).utf8
        )
        var head = ResponseHead()
        let outcome = head.parse(octets.span, answeringHead: false, limits: MessageLimits())
        #expect(outcome == .complete)
        let breach = offer.breach(in: head, octets.span)
        #expect(breach == .chosenProtocol)
    }

    private func acceptance(_ key: String) -> String? {
        guard let octets = WebSocketKey(Array(key.utf8).span)?.acceptance else { return nil }
        return String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self)
    }

    /// All but the first were made by another program.
    @Test(
        "The answer to a key",
        arguments: [
            ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
            ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
            ("AAECAwQFBgcICQoLDA0ODw==", "Bz3qJYTGdOe8gUSpLosEdiLKDrk="),
            ("+//7//v/+//7//v/+//7/w==", "/s236q/Ln8uUc71+9TrXBaf0/uc="),
            ("RXx2nznYZEGZwOW9vPvIWw==", "P9ypjaZPHinEDBojUyNuh5VMJOc="),
        ]
    )
    func answersKeys(key: String, expected: String) {
        #expect(acceptance(key) == expected)
    }

    @Test("Two keys that differ have different answers")
    func tellsKeysApart() {
        var random = SeededGenerator(seed: 75)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var answers: Set<String> = []
        for _ in 0..<1000 {
            var key = String((0..<21).map { _ in random.pick(digits) })
            key += random.pick(["A", "Q", "g", "w"]) + "=="
            guard let answer = acceptance(key) else {
                Issue.record("\(key)")
                continue
            }
            #expect(answer.utf8.count == 28)
            #expect(answers.insert(answer).inserted)
        }
    }
}
