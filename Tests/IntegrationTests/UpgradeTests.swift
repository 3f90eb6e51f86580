import Foundation
import TestKit
import Testing

/// WebSocket connections (R-76, R-77 and B-55).
@Suite("Upgrades", .blocking)
struct UpgradeTests {
    private static let policy = """
        methodwall: 1
        policy: live
        paths:
          /live: { allow: GET, upgrade: websocket }
          /plain: GET
        """
    /// The example of RFC 6455 section 1.3.
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let fields = [
        "Connection: keep-alive, Upgrade", "Upgrade: websocket", key, "Sec-WebSocket-Version: 13",
    ]
    private static let answer = switching([
        "Upgrade: websocket", "Connection: Upgrade", accept,
    ])

    private static func switching(_ fields: [String]) -> String {
        "HTTP/1.1 101 Switching Protocols\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private func fixture(_ arguments: [String] = []) throws -> Fixture {
        try Fixture(policy: Self.policy, arguments: ["--workers", "1"] + arguments)
    }

    /// A gateway with these lines in its configuration, before an origin without a script.
    private func configured(_ more: String) throws -> (gateway: RunningGateway, origin: RawOrigin) {
        let origin = try RawOrigin()
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                workers: 1
                upstreams: { live: "http://127.0.0.1:\(origin.port)" }
                \(more)
                """,
            policy: Self.policy,
            keeping: origin
        )
        return (gateway, origin)
    }

    /// A tunnel, with what the client sent and what the origin saw of the handshake.
    private func openTunnel(
        _ fixture: Fixture
    ) throws -> (client: RawClient, origin: OriginConnection, request: RawRequest) {
        try openTunnel(fixture.gateway, fixture.origin)
    }

    private func openTunnel(
        _ gateway: RunningGateway,
        _ origin: RawOrigin
    ) throws -> (client: RawClient, origin: OriginConnection, request: RawRequest) {
        let client = try gateway.connect()
        try client.send(request("GET", "/live", Self.fields))
        let connection = try origin.accept()
        let request = try connection.expectRequest()
        try connection.send(Self.answer)
        #expect(try client.readHead().startLine == "HTTP/1.1 101 Switching Protocols")
        return (client, connection, request)
    }

    @Test("A handshake is forwarded, and its answer with it; then octets pass both ways unread")
    func opensTunnels() throws {
        let fixture = try fixture()
        let client = try fixture.gateway.connect()
        // What follows the handshake at once must not reach the origin before its 101.
        try client.send(request("GET", "/live", Self.fields) + "early")
        let origin = try fixture.origin.accept()
        let seen = try origin.expectRequest()
        #expect(seen["upgrade"] == "websocket" && seen["connection"] == "Upgrade")
        #expect(seen["sec-websocket-key"] == "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(!fixture.origin.receivedText.contains("early"))
        try origin.send(Self.answer + "first")
        let head = try client.readHead()
        #expect(head.startLine == "HTTP/1.1 101 Switching Protocols")
        #expect(head["upgrade"] == "websocket" && head["connection"] == "Upgrade")
        #expect(head["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(try client.readSome() == Array("first".utf8))
        #expect(try origin.readSome() == Array("early".utf8))
        let hostile = "DELETE /users HTTP/1.1\r\n\r\n\u{0}\u{1}"
        try client.send(hostile)
        #expect(try origin.readSome() == Array(hostile.utf8))
        try origin.send("HTTP/1.1 200 OK\r\n\r\n")
        #expect(try client.readSome() == Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
    }

    @Test("Megabytes pass both ways, at the pace of whoever reads them")
    func tunnelsMuch() throws {
        let fixture = try Fixture(policy: Self.policy) { connection in
            _ = try connection.readRequest()
            try connection.send(Self.answer)
            while case let octets = try connection.readSome(), !octets.isEmpty {
                try connection.send(octets)
            }
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/live", Self.fields))
        #expect(try client.readHead().startLine == "HTTP/1.1 101 Switching Protocols")
        let block = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for _ in 0..<40 {
            try client.send(block)
            var echoed: [UInt8] = []
            while echoed.count < block.count { echoed += try client.readSome() }
            #expect(echoed == block)
        }
    }

    @Test("A tunnel ends when both sides were silent for its time, and not before")
    func endsSilentTunnels() throws {
        let (gateway, origin) = try configured("limits: { tunnel_idle_timeout: 1s }")
        let (client, server, _) = try openTunnel(gateway, origin)
        // Each side keeps it open alone.
        for number in 0..<8 {
            #expect(client.staysSilent(for: .milliseconds(400)))
            if number < 4 {
                try client.send("a")
                #expect(try server.readSome() == Array("a".utf8))
            } else {
                try server.send("b")
                #expect(try client.readSome() == Array("b".utf8))
            }
        }
        let begun = ContinuousClock.now
        #expect(client.isClosedByPeer() && server.isClosedByPeer())
        #expect(ContinuousClock.now - begun > .milliseconds(700))
    }

    @Test("The end of either side ends the tunnel, with all that was sent before it")
    func endsTunnels() throws {
        let fixture = try fixture()
        var (client, origin, _) = try openTunnel(fixture)
        try origin.send("last")
        origin.close()
        #expect(try client.readToEnd() == Array("last".utf8))
        (client, origin, _) = try openTunnel(fixture)
        try client.send("bye")
        client.finishSending()
        #expect(try origin.readSome() == Array("bye".utf8))
        #expect(origin.isClosedByPeer())
        // The other direction is still open.
        try origin.send("and you")
        origin.close()
        #expect(try client.readToEnd() == Array("and you".utf8))
        (client, origin, _) = try openTunnel(fixture)
        client.reset()
        #expect(origin.isClosedByPeer())
    }

    @Test(
        "B-55: a handshake that breaks the rules is refused and never reaches the origin",
        arguments: [
            (["Upgrade: websocket", key, "Sec-WebSocket-Version: 13"], "websocket_connection"),
            (["Connection: Upgrade", "Upgrade: websocket", key], "websocket_version"),
            (
                ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
                "websocket_key"
            ),
            (fields + [key], "websocket_key"),
            (fields + ["Content-Length: 1"], "websocket_content"),
            (
                [
                    "Connection: Upgrade, Sec-WebSocket-Key", "Upgrade: websocket", key,
                    "Sec-WebSocket-Version: 13",
                ], "websocket_connection"
            ),
        ]
    )
    func refusesBrokenHandshakes(_ fields: [String], _ detail: String) throws {
        let fixture = try fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/live", fields) + "x")
        let response = try client.readResponse()
        #expect(response.status == 400)
        #expect(client.isClosedByPeer())
        let entry = try fixture.gateway.waitForLogEntry { $0.reason == "invalid_handshake" }
        #expect(entry.detail == detail)
        #expect(fixture.origin.receivedText.isEmpty)
    }

    @Test("Another version is told which one is spoken (RFC 6455 section 4.4)")
    func refusesVersions() throws {
        let fixture = try fixture()
        let fields = Self.fields.dropLast() + ["Sec-WebSocket-Version: 8"]
        let response = try fixture.gateway.exchange(request("GET", "/live", Array(fields)))
        #expect(response.status == 426)
        #expect(response["sec-websocket-version"] == "13" && response["upgrade"] == "websocket")
        #expect(fixture.origin.receivedText.isEmpty)
    }

    @Test(
        "B-55: an answer that breaks the rules is a 502, and nothing of it is passed on",
        arguments: [
            ["Upgrade: websocket", "Connection: Upgrade"],
            ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: AAAA"],
            ["Upgrade: h2c", "Connection: Upgrade", accept],
            ["Upgrade: websocket", accept],
            ["Upgrade: websocket", "Connection: Upgrade", accept, "Sec-WebSocket-Protocol: chat"],
            ["Upgrade: websocket", "Connection: Upgrade", accept, "Content-Length: 4"],
        ]
    )
    func refusesBrokenAnswers(_ fields: [String]) throws {
        let fixture = try fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/live", Self.fields))
        let origin = try fixture.origin.accept()
        _ = try origin.expectRequest()
        try origin.send(Self.switching(fields) + "evil")
        let response = try client.readResponse()
        #expect(response.status == 502)
        #expect(response["proxy-status"]?.contains("http_upgrade_failed") == true)
        #expect(!response.text.contains("evil"))
        #expect(origin.isClosedByPeer())
    }

    @Test("Any other answer is relayed, and the connections end with it (R-77)")
    func relaysRefusals() throws {
        let fixture = try fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/live", Self.fields) + request("GET", "/plain"))
        let origin = try fixture.origin.accept()
        _ = try origin.expectRequest()
        try origin.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        let response = try client.readResponse()
        #expect(response.status == 403 && response.text.hasSuffix("no"))
        #expect(client.isClosedByPeer())
        #expect(!fixture.origin.receivedText.contains("/plain"))
    }

    @Test("Where no rule says so, the request is one like any other")
    func asksForNothing() throws {
        let fixture = try fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/plain", Self.fields))
        let origin = try fixture.origin.accept()
        let seen = try origin.expectRequest()
        #expect(seen["upgrade"] == nil)
        try origin.send(Self.answer)
        #expect(try client.readResponse().status == 502)
    }

    @Test("On SIGTERM tunnels stay as long as `drain_tunnels` says")
    func drainsTunnels() throws {
        let (gateway, origin) = try configured("drain: 60s\ndrain_tunnels: 500ms")
        let (client, connection, _) = try openTunnel(gateway, origin)
        gateway.process.signal(SIGTERM)
        _ = try gateway.process.waitForLine(.standardError, containing: "draining")
        try client.send("still here")
        #expect(try connection.readSome() == Array("still here".utf8))
        #expect(connection.isClosedByPeer())
        #expect(client.isClosedByPeer())
        #expect(try gateway.process.wait() == 0)
    }
}
