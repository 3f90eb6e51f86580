import HTTPMessage
import TestKit
import Testing

/// The lines of the handshake of RFC 6455 section 1.2, less the request's own.
let webSocketLines = [
    "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: http://example.com", "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Version: 13",
]

/// What a request is: `none`, `offer`, `version`, `other`, or a fault's name; `bad` if it is no
/// request.
func readHandshake(_ lines: [String], request: String = "GET /chat HTTP/1.1") -> String {
    switch handshake(lines, request: request) {
    case .notAnUpgrade: "none"
    case .offer: "offer"
    case .unsupportedVersion: "version"
    case .otherProtocol: "other"
    case .invalid(let fault): fault.rawValue
    case nil: "bad"
    }
}

/// The handshake of a request with these lines.
func handshake(
    _ lines: [String],
    request: String = "GET /chat HTTP/1.1"
) -> WebSocketHandshake? {
    let text = ([request, "Host: server.example.com"] + lines).map { $0 + "\r\n" }.joined()
    let octets = Array((text + "\r\n").utf8)
    var head = RequestHead()
    guard head.parse(octets.span, limits: MessageLimits()) == .complete else { return nil }
    return WebSocketHandshake(of: head, octets.span)
}

@Suite("WebSocket handshakes")
struct WebSocketHandshakeTests {
    /// The handshake with one line replaced, or left out.
    private func lines(_ name: String, _ replacement: [String]) -> [String] {
        webSocketLines.flatMap { $0.hasPrefix("\(name):") ? replacement : [$0] }
    }

    @Test("R-76: the example of RFC 6455 is a handshake")
    func readsExample() {
        #expect(readHandshake(webSocketLines) == "offer")
        #expect(readHandshake(webSocketLines.reversed()) == "offer")
    }

    @Test(
        "R-76: names and options in any case, and lists",
        arguments: [
            ("Upgrade", ["upgrade: WebSocket"]), ("Upgrade", ["Upgrade: h2c, websocket"]),
            ("Upgrade", ["Upgrade: x", "Upgrade: ,websocket,"]),
            ("Connection", ["connection: keep-alive, UPGRADE"]),
            ("Connection", ["Connection: keep-alive", "Connection: upgrade"]),
            ("Sec-WebSocket-Version", ["sec-websocket-version:13\t"]),
            ("Sec-WebSocket-Key", ["SEC-WEBSOCKET-KEY:   AAAAAAAAAAAAAAAAAAAAAA=="]),
            ("Sec-WebSocket-Key", ["Sec-WebSocket-Key: /////////////////////w=="]),
            ("Sec-WebSocket-Protocol", []), ("Sec-WebSocket-Protocol", ["Sec-WebSocket-Protocol:"]),
            (
                "Sec-WebSocket-Protocol",
                ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b,c"]
            ),
            (
                "Origin",
                [
                    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                    "Sec-WebSocket-Extensions: foo;a=\"1\" ;b=2, bar",
                ]
            ),
        ]
    )
    func readsVariants(name: String, replacement: [String]) {
        #expect(readHandshake(lines(name, replacement)) == "offer")
    }

    @Test(
        "R-76: what the protocol requires of the fields is required",
        arguments: [
            ("Connection", [], "websocket_connection"),
            ("Connection", ["Connection: keep-alive"], "websocket_connection"),
            ("Connection", ["Connection: x-upgrade"], "websocket_connection"),
            ("Connection", ["Connection: upgrade, sec-websocket-key"], "websocket_connection"),
            (
                "Connection", ["Connection: Upgrade", "Connection: Sec-WebSocket-Protocol"],
                "websocket_connection"
            ),
            ("Sec-WebSocket-Key", [], "websocket_key"),
            ("Sec-WebSocket-Key", ["Sec-WebSocket-Key:"], "websocket_key"),
            ("Sec-WebSocket-Version", [], "websocket_version"),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version:"], "websocket_version"),
            (
                "Sec-WebSocket-Version",
                ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13"],
                "websocket_version"
            ),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version: 13, 8"], "websocket_version"),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version: 013"], "websocket_version"),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version: +13"], "websocket_version"),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version: 1300"], "websocket_version"),
            ("Sec-WebSocket-Protocol", ["Sec-WebSocket-Protocol: a b"], "websocket_protocols"),
            ("Sec-WebSocket-Protocol", ["Sec-WebSocket-Protocol: \"a\""], "websocket_protocols"),
            ("Origin", ["Sec-WebSocket-Extensions: a;"], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: ;a"], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a b"], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a; b="], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a; =b"], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a; b=\"c, d\""], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a; b=\"c"], "websocket_extensions"),
            ("Origin", ["Sec-WebSocket-Extensions: a; b=\"\""], "websocket_extensions"),
            ("Origin", ["Content-Length: 0"], "websocket_content"),
            ("Origin", ["Content-Length: 5"], "websocket_content"),
            ("Origin", ["Transfer-Encoding: chunked"], "websocket_content"),
        ]
    )
    func refusesFields(name: String, replacement: [String], fault: String) {
        #expect(readHandshake(lines(name, replacement)) == fault)
    }

    @Test(
        "R-76: a key is 16 octets in the one spelling that base64 has",
        arguments: [
            "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZf==", "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQ=A",
            "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBsZSBub25j_w==",
            "dGhlIHNhbXBsZSBub25jZQ= =", "dGhlIHNhbXBs ZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j",
            "=GhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25jZQ==,",
            "\"dGhlIHNhbXBsZSBub25jZQ\"", "dGhlIHNhbXBsZSBub25j=Q==",
        ]
    )
    func refusesKeys(key: String) {
        #expect(
            readHandshake(lines("Sec-WebSocket-Key", ["Sec-WebSocket-Key: \(key)"]))
                == "websocket_key"
        )
        let line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        #expect(readHandshake(lines("Sec-WebSocket-Key", [line, line])) == "websocket_key")
    }

    @Test(
        "B-55: a handshake of another version is told so, whatever else its key is",
        arguments: ["0", "8", "7", "12", "14", "255", "999"]
    )
    func findsOtherVersions(version: String) {
        let changed = lines("Sec-WebSocket-Version", ["Sec-WebSocket-Version: \(version)"])
        #expect(readHandshake(changed) == "version")
        #expect(readHandshake(changed.filter { !$0.hasPrefix("Sec-WebSocket-Key") }) == "version")
    }

    @Test(
        "B-55: no method but GET, and no version but HTTP/1.1, makes a handshake",
        arguments: [
            ("POST /chat HTTP/1.1", "websocket_method"), ("HEAD / HTTP/1.1", "websocket_method"),
            ("get /chat HTTP/1.1", "websocket_method"), ("GETS / HTTP/1.1", "websocket_method"),
            ("OPTIONS * HTTP/1.1", "websocket_method"),
            ("GET /chat HTTP/1.0", "websocket_http_version"),
        ]
    )
    func refusesRequestLines(request: String, fault: String) {
        #expect(readHandshake(webSocketLines, request: request) == fault)
    }

    @Test("B-54: other upgrades are told apart, and in HTTP/1.0 do not count")
    func findsOtherProtocols() {
        for value in ["h2c", "websocket/13", "websockets", "TLS/1.0, HTTP/1.1", "web socket"] {
            let changed = lines("Upgrade", ["Upgrade: \(value)"])
            #expect(readHandshake(changed) == "other")
            #expect(readHandshake(changed, request: "POST / HTTP/1.1") == "other")
            #expect(readHandshake(changed, request: "GET / HTTP/1.0") == "none")
        }
        for value in ["", ",", " , "] {
            #expect(readHandshake(lines("Upgrade", ["Upgrade: \(value)"])) == "none")
        }
        #expect(readHandshake(lines("Upgrade", [])) == "none")
        #expect(readHandshake(lines("Upgrade", ["X-Upgrade: websocket"])) == "none")
    }

    @Test("Heads put together at random trap nowhere, and only those with every line are offers")
    func survivesRandomHeads() {
        var random = SeededGenerator(seed: 74)
        let others = [
            "Sec-WebSocket-Extensions: \u{22}\u{22}", "Sec-WebSocket-Key: =", "Upgrade:",
            "Connection: ,,sec-websocket-version", "Sec-WebSocket-Protocol: ,", "Content-Length: 1",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Extensions: a;;",
        ]
        let needed = ["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]
        var offers = 0
        for _ in 0..<3000 {
            var chosen = webSocketLines.filter { _ in !random.once(in: 10) }
            for _ in 0..<random.below(3) {
                chosen.insert(random.pick(others), at: random.below(chosen.count + 1))
            }
            guard readHandshake(chosen) == "offer" else { continue }
            offers += 1
            for name in needed {
                #expect(chosen.contains { $0.hasPrefix("\(name):") }, "\(chosen)")
            }
        }
        #expect(offers > 100)
    }

    /// Whether a request is a handshake, by the list of RFC 6455 section 4.2.1, naively.
    private func isHandshake(_ request: ParsedRequest) -> Bool {
        func values(_ name: String) -> [String] {
            request.fields.filter { $0.name.lowercased() == name }.map(\.value)
        }
        func members(_ name: String) -> [String] {
            values(name).flatMap { $0.split(separator: ",") }
                .map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }
                .map { String($0.reversed().drop { $0 == " " || $0 == "\t" }.reversed()) }
                .filter { !$0.isEmpty }
        }
        let prefix = "sec-websocket-"
        let options = members("connection").map { $0.lowercased() }
        let named = ["key", "version", "protocol", "extensions"].filter {
            options.contains(prefix + $0) && !values(prefix + $0).isEmpty
        }
        let keys = values("\(prefix)key")
        let key = /[A-Za-z0-9+\/]{21}[AQgw]==/
        let token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/
        return request.method == "GET" && request.version == .http11 && named.isEmpty
            && members("upgrade").contains { $0.lowercased() == "websocket" }
            && options.contains("upgrade") && keys.count == 1
            && keys[0].wholeMatch(of: key) != nil && values("\(prefix)version") == ["13"]
            && values("content-length").isEmpty && values("transfer-encoding").isEmpty
            && members("\(prefix)protocol").allSatisfy { $0.wholeMatch(of: token) != nil }
            && values("\(prefix)extensions").isEmpty
    }

    @Test("R-76: a handshake with some octets changed is one if the list of the RFC says so")
    func agreesWithReference() {
        var random = SeededGenerator(seed: 76)
        let text = (["GET /chat HTTP/1.1", "Host: a"] + webSocketLines).joined(separator: "\r\n")
        let original = Array((text + "\r\n\r\n").utf8)
        var counts = [true: 0, false: 0]
        for _ in 0..<4000 {
            var octets = original
            for _ in 0..<(1 + random.below(2)) {
                let index = random.below(octets.count)
                switch random.below(4) {
                case 0: octets[index] = UInt8(0x20 + random.below(0x5F))
                case 1: octets[index] ^= 0x20
                case 2: octets.insert(random.pick(Array(" ,;=\"A\t".utf8)), at: index)
                default: octets.remove(at: index)
                }
            }
            var head = RequestHead()
            let outcome = head.parse(octets.span, limits: MessageLimits())
            guard outcome == .complete else { continue }
            let handshake = WebSocketHandshake(of: head, octets.span)
            let isOffer = if case .offer = handshake { true } else { false }
            let request = ParsedRequest(head, outcome: outcome, bytes: octets)
            #expect(isOffer == isHandshake(request), "\(request.fields)")
            counts[isOffer, default: 0] += 1
        }
        #expect((counts[true] ?? 0) > 500 && (counts[false] ?? 0) > 500, "\(counts)")
    }

    @Test("Every fault and breach has an explanation of its own and a name in snake case")
    func explainsEveryFault() {
        var explanations: Set<String> = []
        let faults = WebSocketHandshake.Fault.allCases.map { ($0.rawValue, $0.explanation) }
        let breaches = WebSocketOffer.Breach.allCases.map { ($0.rawValue, $0.explanation) }
        for (name, explanation) in faults + breaches {
            #expect(explanation.hasSuffix("."))
            #expect(explanations.insert(explanation).inserted)
            #expect(name.hasPrefix("websocket_"))
            #expect(name.utf8.allSatisfy { 0x61...0x7A ~= $0 || $0 == 0x5F })
        }
    }
}
