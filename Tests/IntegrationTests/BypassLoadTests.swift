import Foundation
import TestKit
import Testing

@Suite("Attacks on resources (B-66 to B-69)", .blocking)
struct BypassLoadTests {
    private func gateway(_ limits: String, _ origin: RawOrigin) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                upstreams:
                  legacy: http://127.0.0.1:\(origin.port)
                policies: policies/
                workers: 1
                limits: { \(limits) }
                """,
            policy: "methodwall: 1\nupstream: legacy\npaths:\n  /**: any\n",
            keeping: origin
        )
    }

    private func origin() throws -> RawOrigin {
        try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    /// Sends a piece every 50 ms until the gateway answers or cuts the connection.
    private func drip(_ piece: String, _ client: RawClient) throws -> Bool {
        try eventually(within: .seconds(8), every: .milliseconds(50)) {
            do {
                try client.send(piece)
                return !client.staysSilent(for: .milliseconds(1))
            } catch WireError.reset {
                return true
            }
        }
    }

    @Test("B-66: a head that drips for ever ends at its deadline, and the origin hears nothing")
    func cutsDrippingHeads() throws {
        let origin = try origin()
        let gateway = try gateway("head_timeout: 1s", origin)
        let client = try gateway.connect()
        try client.send("GET /evil HTTP/1.1\r\nHost: a\r\n")
        #expect(try drip("X: y\r\n", client))
        if let response = try? client.readResponse() { #expect(response.status == 408) }
        #expect(origin.connectionCount == 0)
    }

    @Test("B-66: content that drips too slowly never completes at the origin")
    func cutsDrippingContent() throws {
        let origin = try RawOrigin { connection in
            while !(try connection.readSome(within: .seconds(30)).isEmpty) {}
        }
        let gateway = try gateway("body_timeout: 1s", origin)
        let client = try gateway.connect()
        try client.send(request("PUT", "/", ["Content-Length: 100000"]))
        #expect(try drip("x", client))
        #expect(eventually { origin.connectionCount == 1 })
        #expect(origin.receivedCount < 5000)
    }

    @Test("B-66: a reader that takes nothing holds one response, and others are served")
    func servesOthersBesideSlowReaders() throws {
        let megabyte = String(repeating: "x", count: 1 << 20)
        let origin = try RawOrigin.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: \(megabyte.utf8.count)\r\n\r\n\(megabyte)"
        )
        let gateway = try gateway("connections: 64", origin)
        let slow = try (0..<10).map { _ in try gateway.connect(receiveBufferBytes: 4096) }
        for client in slow {
            try client.send(String(repeating: request("GET", "/"), count: 20))
        }
        for _ in 0..<5 {
            #expect(try gateway.exchange(request("GET", "/")).body.count == 1 << 20)
        }
    }

    @Test(
        "B-67: bombs of fields are refused at their limit, before the origin hears of them",
        arguments: [
            (0..<200).map { "X-\($0): y" }, ["X: " + String(repeating: "evil", count: 5000)],
            [String(repeating: "evil", count: 5000) + ": x"],
            (0..<120).map { "X-\($0): " + String(repeating: "y", count: 300) },
            [String](repeating: "X-Same: y", count: 200),
        ]
    )
    func refusesFieldBombs(_ fields: [String]) throws {
        let origin = try origin()
        let gateway = try gateway("head: 16KiB, fields: 128", origin)
        let client = try gateway.connect()
        try client.send(request("GET", "/evil", fields))
        #expect(try client.readResponse().status == 431)
        #expect(origin.connectionCount == 0)
        #expect(try gateway.exchange(request("GET", "/")).status == 200)
    }

    @Test("B-67: a thousand names that collide by length cost no more than their number")
    func survivesManyNames() throws {
        let origin = try origin()
        let gateway = try gateway("head: 64KiB, fields: 1000", origin)
        let fields = (0..<990).map { "X-\(String(10_000 + $0)): y" }
        let response = try gateway.exchange(request("GET", "/", fields), within: .seconds(5))
        #expect(response.status == 200)
    }

    @Test("B-68: content beyond the limit never completes at the origin", arguments: [true, false])
    func limitsContent(isChunked: Bool) throws {
        let origin = try RawOrigin { connection in
            while !(try connection.readSome(within: .seconds(30)).isEmpty) {}
        }
        let gateway = try gateway("body: 1KiB", origin)
        let client = try gateway.connect()
        let content = String(repeating: "x", count: 1500)
        if isChunked {
            let chunks = (0..<1500).map { _ in "1\r\nx\r\n" }.joined()
            try client.send(request("PUT", "/", ["Transfer-Encoding: chunked"]) + chunks)
            try client.send("0\r\n\r\n")
        } else {
            try client.send(request("PUT", "/", body: content))
        }
        #expect(try client.readResponse().status == 413)
        let seen = origin.receivedText
        #expect(!seen.contains("\r\n0\r\n\r\n"))
        #expect(!seen.contains("Content-Length"))
        #expect(seen.filter { $0 == "x" }.count <= 1024)
    }

    @Test("B-68: compressed content passes as it is, neither looked into nor unpacked")
    func unpacksNothing() throws {
        // The start of a gzip stream; a reader that unpacks would fail on it or grow it.
        let packed: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + (0..<200).map { UInt8($0) }
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let fields = [
            "Content-Encoding: gzip", "Content-Type: application/octet-stream",
            "Content-Length: \(packed.count)",
        ]
        try client.send(Array(request("PUT", "/upload", fields).utf8) + packed)
        let connection = try fixture.origin.accept()
        let seen = try connection.expectRequest()
        #expect(seen.body == packed)
        #expect(seen["Content-Encoding"] == "gzip")
        try connection.send(
            Array(
                ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                    + "Content-Length: \(packed.count)\r\n\r\n").utf8
            ) + packed
        )
        let response = try client.readResponse()
        #expect(response.body == packed)
        #expect(response["Content-Encoding"] == "gzip")
    }

    @Test("B-69: clients that leave take their requests at the origin with them")
    func cancelsForClientsThatLeave() throws {
        let origin = try RawOrigin()
        let gateway = try gateway("connections: 64", origin)
        for _ in 0..<5 {
            let client = try gateway.connect()
            try client.send(request("GET", "/"))
            let connection = try origin.accept()
            _ = try connection.expectRequest()
            client.reset()
            #expect(connection.isClosedByPeer())
        }
    }

    @Test("B-69: one client cannot take every connection")
    func limitsConnectionsOfAClient() throws {
        let origin = try origin()
        let gateway = try gateway("connections: 64, connections_per_client: 3", origin)
        let clients = try (0..<3).map { _ in try gateway.connect() }
        for client in clients { #expect(try client.exchange(request("GET", "/")).status == 200) }
        let next = try gateway.connect()
        try? next.send(request("GET", "/evil"))
        let response = try? next.readResponse(within: .seconds(3))
        #expect(response == nil || response?.status == 503)
        #expect(!origin.receivedText.contains("evil"))
    }
}
