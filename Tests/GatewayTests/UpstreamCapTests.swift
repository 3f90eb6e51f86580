import Curl
import MethodPolicy
import TestKit
import Testing

@testable import Gateway

@Suite("The cap on an upstream's connections (B-69)", .serialized)
struct UpstreamCapTests {
    private func withGateway(
        _ origin: RawOrigin,
        _ change: (inout OriginConfiguration) -> Void,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        try await InProcessGateway.run(before: origin, { change(&$1) }, body)
    }

    private static func get(_ number: Int) -> String {
        "GET /users?\(number) HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    }

    @Test("200 clients at once share 8 connections, and each gets its own answer")
    func sharesConnections() async throws {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                let text = "for \(request.target)"
                let length = "Content-Length: \(text.utf8.count)\r\n"
                try connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n\(text)")
            }
        }
        try await withGateway(
            origin,
            {
                $0.connectionsMax = 8
                $0.waitTimeoutMilliseconds = 30_000
            },
            { port in
                let clients = try (0..<200).map { _ in try RawClient(port: port) }
                for round in 0..<3 {
                    for (number, client) in clients.enumerated() {
                        try client.send(Self.get(round * 1000 + number))
                    }
                    for (number, client) in clients.enumerated() {
                        let response = try client.readResponse(within: .seconds(30))
                        #expect(response.text == "for /users?\(round * 1000 + number)")
                    }
                }
            }
        )
        #expect(origin.connectionCount <= 8)
        #expect(origin.connectionCount > 0)
    }

    @Test(
        "Who waits for longer than the time for it gets 503, and so does who finds the queue full"
    )
    func answersThoseWhoWaitTooLong() async throws {
        let origin = try RawOrigin()
        try await withGateway(
            origin,
            {
                $0.connectionsMax = 1
                $0.waitingMax = 1
                $0.waitTimeoutMilliseconds = 300
            },
            { port in
                let served = try RawClient(port: port)
                try served.send(Self.get(1))
                let connection = try origin.accept()
                #expect(try connection.expectRequest().target == "/users?1")
                let waiting = try RawClient(port: port)
                try waiting.send(Self.get(2))
                // Answered only when its time is over; the third finds no room to wait in.
                #expect(waiting.staysSilent(for: .milliseconds(50)))
                let third = try RawClient(port: port).exchange(Self.get(3))
                #expect(third.status == 503)
                let second = try waiting.readResponse()
                #expect(second.status == 503)
                for response in [second, third] {
                    let field = response["Proxy-Status"]
                    #expect(field == "methodwall; error=connection_limit_reached")
                    #expect(response["Retry-After"] != nil)
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
                #expect(try served.readResponse().text == "fine")
                // The client that got 503 can go on, on the connection that is free now.
                try waiting.send(Self.get(4))
                #expect(try connection.expectRequest().target == "/users?4")
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
                #expect(try waiting.readResponse().text == "good")
            }
        )
        #expect(origin.connectionCount == 1)
    }

    @Test("B-69: a client that asks without end leaves connections and places to others")
    func leavesRoomForOthers() async throws {
        let origin = try RawOrigin()
        try await InProcessGateway.run(
            before: origin,
            { gateway, upstream in
                gateway.trustedProxies = ["127.0.0.0/8"].compactMap { NetworkPrefix($0) }
                upstream.connectionsMax = 4
                upstream.perClientMax = 2
                upstream.waitingMax = 4
                upstream.waitTimeoutMilliseconds = 30_000
            },
            { port in
                func ask(_ client: String, _ number: Int) throws -> RawClient {
                    let connection = try RawClient(port: port)
                    let field = "X-Forwarded-For: \(client)\r\n\r\n"
                    try connection.send(
                        "GET /users?\(number) HTTP/1.1\r\nHost: shop.test\r\n" + field
                    )
                    return connection
                }
                let greedy = try (0..<6).map { try ask("192.0.2.1", $0) }
                let served = try (0..<2).map { _ in try origin.accept() }
                for connection in served { _ = try connection.expectRequest() }
                #expect(try !origin.hasWaitingConnection(within: .milliseconds(200)))
                // Others come behind the four that wait and are served before them. Those for whom
                // there is no connection wait in the places of the greedy client's last two.
                let modest = try (70..<72).map { try ask("192.0.2.2", $0) }
                let others = try (0..<2).map { _ in try origin.accept() }
                for connection in others {
                    #expect(try connection.expectRequest().target.hasPrefix("/users?7"))
                }
                let late = try (80..<82).map { try ask("192.0.2.3", $0) }
                let areRefused = eventually {
                    greedy.count { !$0.staysSilent(for: .milliseconds(1)) } == 2
                }
                #expect(areRefused)
                for client in greedy where !client.staysSilent(for: .milliseconds(1)) {
                    #expect(try client.readResponse().status == 503)
                }
                #expect(late.allSatisfy { $0.staysSilent(for: .milliseconds(50)) })
                #expect(modest.allSatisfy { $0.staysSilent(for: .milliseconds(50)) })
            }
        )
    }

    @Test("A connection that has lived for its time carries no further request")
    func renewsConnections() async throws {
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withGateway(
            origin,
            { $0.lifeMilliseconds = 0 },
            { port in
                let client = try RawClient(port: port)
                for number in 0..<3 {
                    #expect(try client.exchange(Self.get(number)).status == 200)
                }
            }
        )
        #expect(origin.connectionCount == 3)
    }
}
