import Foundation
import TestKit
import Testing

@Suite("Ways round by framing and connections (B-50 to B-57)", .blocking)
struct BypassFramingTests {
    static let open = SharedFixture { try Fixture.echoing(policy: Policies.nearlyOpen) }

    /// A POST with these framing lines, and behind its head what a lenient reader might take for
    /// the next request.
    private static func framing(
        _ lines: String,
        _ detail: String,
        _ status: Int = 400,
        _ reason: String = "malformed_request"
    ) -> BypassCase {
        let text =
            "POST /evil HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n"
            + "Host: a\r\n\r\n"
        return BypassCase(lines.debugDescription, octets: Array(text.utf8), status, reason, detail)
    }

    static let both = "content_length_with_transfer_encoding"

    static let framings: [BypassCase] = [
        framing("Content-Length: 4\r\nTransfer-Encoding: chunked", both),
        framing("Transfer-Encoding: chunked\r\nContent-Length: 4", both),
        framing("Transfer-Encoding: chunked\r\nX: y\r\ncontent-length: 0", both),
        framing("Content-Length: 4\r\nContent-Length: 5", "conflicting_content_length"),
        framing("Content-Length: 4\r\nContent-Length: 4", "conflicting_content_length"),
        framing("Content-Length: 4, 4", "invalid_content_length"),
        framing("Content-Length: +4", "invalid_content_length"),
        framing("Content-Length: 0x4", "invalid_content_length"),
        framing("Content-Length: 4 ;", "invalid_content_length"),
        framing("Content-Length: 18446744073709551620", "invalid_content_length"),
        framing("Content-Length:", "invalid_content_length"),
        framing("Content-Length : 4", "space_before_colon"),
        framing("Content-Length: 4\r\n Transfer-Encoding: chunked", "obs_fold"),
        framing("Transfer-Encoding:\r\n chunked", "obs_fold"),
        framing("Transfer-Encoding : chunked", "space_before_colon"),
        framing("Transfer-Encoding: chunked, chunked", "invalid_transfer_encoding"),
        framing("Transfer-Encoding: ,chunked", "invalid_transfer_encoding"),
        framing("Transfer-Encoding: chunked;q=1", "invalid_transfer_encoding"),
        framing("Transfer-Encoding: \"chunked\"", "invalid_transfer_encoding"),
        framing("Transfer-Encoding:", "invalid_transfer_encoding"),
        framing(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "invalid_transfer_encoding"
        ),
        framing("Transfer-Encoding: \u{b}chunked", "invalid_field_value"),
        framing("X: y\rTransfer-Encoding: chunked", "bare_cr"),
        framing("X: y\nTransfer-Encoding: chunked", "bare_lf"),
        framing(
            "Transfer-Encoding: identity\r\nContent-Length: 4",
            "unsupported_transfer_coding",
            501,
            "unsupported_transfer_coding"
        ),
        framing(
            "Transfer-Encoding: xchunked",
            "unsupported_transfer_coding",
            501,
            "unsupported_transfer_coding"
        ),
        framing(
            "Transfer-Encoding: gzip, chunked",
            "unsupported_transfer_coding",
            501,
            "unsupported_transfer_coding"
        ),
    ]

    @Test("B-50: framing that two readers could read in two ways", arguments: framings)
    func refusesAmbiguousFraming(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-51: content without need is framed at the origin, and none of it is a request",
        arguments: ["GET", "DELETE", "OPTIONS", "HEAD", "POST"]
    )
    func framesUnexpectedContent(_ method: String) throws {
        let fixture = try Fixture.echoing(policy: Policies.nearlyOpen)
        let client = try fixture.gateway.connect()
        let hidden = "DELETE /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
        try client.send(request(method, "/x", body: hidden) + request("GET", "/status"))
        let status = try client.readResponse(to: method).status
        #expect(status == (method == "OPTIONS" ? 204 : 200))
        #expect(try client.readResponse().text == "origin saw GET /status")
        // Either as content of the length that the head before it says, or not at all.
        let framed = "\r\nContent-Length: \(hidden.utf8.count)\r\n"
        let isForwarded = method != "OPTIONS"
        #expect(fixture.countAtOrigin("DELETE /hidden") == (isForwarded ? 1 : 0))
        #expect(fixture.countAtOrigin(framed) == (isForwarded ? 1 : 0))
    }

    @Test(
        "B-51: an expectation that is not exactly 100-continue is refused",
        arguments: [
            "100-continue, evil", "evil 100-continue", "100-continue;x", "=100-continue", "",
            "100-continue\r\nExpect: evil", "200-ok", "100 continue",
        ].map { value in
            BypassCase(
                value.debugDescription,
                octets: Array(
                    request("POST", "/evil", ["Expect: \(value)"], body: "GET /evil").utf8
                ),
                417,
                "expectation_failed"
            )
        }
    )
    func refusesOddExpectations(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.open.get())
    }

    @Test(
        "B-52: games with chunk sizes, extensions and ends never complete a request",
        arguments: [
            "5x\r\nhello\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n",
            "5 \r\nhello\r\n", "5\nhello\r\n", "5\rhello\r\n", "5;a\nb\r\nhello\r\n",
            "5;a\rb\r\nhello\r\n", "5;a=\"\r\n\"\r\nhello\r\n", "5\r\nhello0\r\n",
            "5\r\nhello\n0\r\n", "5\r\nhelloX\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n", "\r\n",
            ";a\r\nhello\r\n", "-1\r\n", "0\r\nContent-Length: 5\r\n", "0\r\nX : y\r\n",
            "0\r\nX: y\nGET /evil HTTP/1.1\r\n", "0\r\nTransfer-Encoding: chunked\r\n",
            "0\nGET /evil HTTP/1.1\r\n", "0\r\nHost: evil\r\n",
        ]
    )
    func refusesChunkGames(_ chunks: String) throws {
        let fixture = try Fixture { connection in
            while !(try connection.readSome(within: .seconds(30)).isEmpty) {}
        }
        let client = try fixture.gateway.connect()
        let head = request("POST", "/users", ["Transfer-Encoding: chunked"])
        try client.send(head + "3\r\none\r\n" + chunks + "\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n")
        #expect(try client.readResponse().status == 400)
        #expect(client.isClosedByPeer())
        #expect(fixture.countAtOrigin("\r\n0\r\n") == 0)
        #expect(fixture.countAtOrigin("evil") == 0)
    }

    @Test(
        "B-53: HTTP/2 is not spoken, neither by its preface nor by its upgrade",
        arguments: [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /evil HTTP/2\r\nHost: a\r\n\r\n",
            "GET /evil HTTP/2.0\r\nHost: a\r\n\r\n", "GET /evil HTTP/3.0\r\nHost: a\r\n\r\n",
        ]
    )
    func refusesHTTP2(_ text: String) throws {
        let fixture = try Self.open.get()
        let client = try fixture.gateway.connect()
        // A settings frame, as a client with prior knowledge sends it.
        try client.send(Array(text.utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
        #expect([400, 505].contains(try client.readResponse().status))
        #expect(client.isClosedByPeer())
        try fixture.expectNoEvil()
    }

    /// Sends `text` with more behind it, answers 200 at the origin, and returns what it saw.
    private func upgrade(_ text: String, _ fixture: Fixture) throws -> RawRequest {
        let client = try fixture.gateway.connect()
        try client.send(text + "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
        let connection = try fixture.origin.accept()
        let seen = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try client.readResponse().text == "ok")
        #expect(client.isClosedByPeer())
        return seen
    }

    @Test(
        "B-54, B-55: an upgrade never reaches the origin, and nothing behind it is a request",
        arguments: [
            ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"],
            ["Connection: upgrade", "upgrade: H2C"], ["Upgrade: h2c"],
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 1337"],
            ["Connection: keep-alive, Upgrade", "Upgrade: websocket/13, h2c", "Upgrade: TLS/1.0"],
        ]
    )
    func forwardsNoUpgrade(_ fields: [String]) throws {
        let fixture = try Fixture()
        let seen = try upgrade(request("GET", "/status", fields), fixture)
        for name in ["Upgrade", "HTTP2-Settings"] { #expect(seen[name] == nil, "\(name)") }
        #expect(!seen.head.members("Connection").contains { $0.lowercased() == "upgrade" })
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("B-55: a 101 that an origin was made to send opens no tunnel")
    func opensNoTunnel() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let fields = ["Connection: Upgrade", "Upgrade: websocket"]
        try client.send(request("POST", "/users", fields, body: "x"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                + "evil"
        )
        let response = try client.readResponse()
        #expect(response.status == 502)
        #expect(!response.text.contains("evil"))
        try? client.send(request("DELETE", "/evil"))
        #expect(connection.isClosedByPeer())
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("B-56: each pipelined request is judged, and refused content is no request")
    func judgesPipelinedRequests() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        let hidden = request("GET", "/status?evil")
        let chunked = request("POST", "/status?evil", ["Transfer-Encoding: chunked"])
        let size = String(hidden.utf8.count, radix: 16)
        try client.send(
            request("GET", "/status?1") + request("DELETE", "/users?evil", body: hidden)
                + request("GET", "/status?2") + chunked + "\(size)\r\n\(hidden)\r\n0\r\n\r\n"
                + request("BREW", "/evil", body: hidden) + request("GET", "/status?3")
                + request("GET", "/evil/../status") + request("GET", "/status?evil")
        )
        let statuses = try (0..<7).map { _ in try client.readResponse().status }
        #expect(statuses == [200, 405, 200, 405, 501, 200, 400])
        #expect(client.isClosedByPeer())
        #expect(fixture.countAtOrigin("GET /status?") == 3)
        try fixture.expectNoEvil()
    }

    @Test(
        "B-57: a response that a field could split, or that nobody asked for, is not passed on",
        arguments: [
            "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n\tevil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 O\rK evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: \0evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\nevil!",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil",
            "HTTP/1.1 100 Continue\r\nX evil\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
            "\r\n\r\nHTTP/1.1 200 OK\r\nX: evil\r\nContent-Length: 0\r\n\r\n", "<html>evil",
        ]
    )
    func refusesSplitResponses(_ response: String) throws {
        let fixture = try Fixture { connection in
            guard try connection.readRequest() != nil else { return }
            try connection.send(response)
        }
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let answer = try client.readResponse()
        #expect(answer.status == 502)
        let text = String(latin1: answer.head.octets + answer.body)
        #expect(!text.contains("evil"))
    }

    @Test("B-57: a response behind another one answers nobody")
    func servesNoQueuedResponses() throws {
        let fixture = try Fixture()
        let first = try fixture.gateway.connect()
        let second = try fixture.gateway.connect()
        try first.send(request("GET", "/status?1"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\n"
                + "Content-Length: 4\r\n\r\nevil"
        )
        #expect(try first.readResponse().text == "one")
        try second.send(request("GET", "/status?2"))
        let other = try fixture.origin.accept()
        #expect(try other.expectRequest().target == "/status?2")
        try other.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
        #expect(try second.readResponse().text == "two")
        #expect(connection.isClosedByPeer())
        #expect(first.staysSilent(for: .milliseconds(100)))
    }
}
