import Curl
import Locking
import MethodPolicy
import TestKit
import Testing

@testable import Gateway

@Suite(
    "Origins' sockets, watched by a thread or by the kernel (decision record 16)",
    .serialized,
    .timeLimit(.minutes(2))
)
struct WatcherFallbackTests {
    private func withGateway(
        before origin: RawOrigin,
        watchesByThread: Bool,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        try await InProcessGateway.run(
            before: origin,
            { gateway, _ in gateway.watchesByThread = watchesByThread },
            body
        )
    }

    private static func get(_ name: String) -> String {
        "GET /users?\(name) HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    }

    /// Answers every request of a connection with the target that it names.
    @Sendable
    private static func echo(_ connection: TestKit.OriginConnection) throws {
        while let request = try connection.readRequest() {
            let text = "for \(request.target)"
            let length = "Content-Length: \(text.utf8.count)\r\n"
            try connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n\(text)")
        }
    }

    @Test("Requests over kept-alive connections get their own answers", arguments: [true, false])
    func forwards(watchesByThread: Bool) async throws {
        let origin = try RawOrigin { try Self.echo($0) }
        try await withGateway(before: origin, watchesByThread: watchesByThread) { port in
            let clients = try (0..<4).map { _ in try RawClient(port: port) }
            for round in 0..<50 {
                for (number, client) in clients.enumerated() {
                    try client.send(Self.get("\(round).\(number)"))
                }
                for (number, client) in clients.enumerated() {
                    let response = try client.readResponse(within: .seconds(30))
                    #expect(response.text == "for /users?\(round).\(number)")
                }
            }
        }
        // 200 requests, on connections that were used again.
        #expect(origin.connectionCount > 0)
        #expect(origin.connectionCount < 20)
    }

    @Test(
        "An idle connection that the origin ends, or sends on, is closed before it is needed",
        arguments: [true, false]
    )
    func noticesWhatHappensToIdleConnections(watchesByThread: Bool) async throws {
        let origin = try RawOrigin()
        try await withGateway(before: origin, watchesByThread: watchesByThread) { port in
            let client = try RawClient(port: port)
            for round in 0..<10 {
                try client.send(Self.get("\(round)"))
                let connection = try origin.accept()
                #expect(try connection.expectRequest().target == "/users?\(round)")
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
                #expect(try client.readResponse().text == "fine")
                if round.isMultiple(of: 2) {
                    connection.finishSending()
                } else {
                    try connection.send("late")
                }
                // No request comes that would make the gateway look.
                #expect(connection.isClosedByPeer(), "round \(round)")
            }
        }
        #expect(origin.connectionCount == 10)
    }

    @Test("Shutting down closes the connections to the origin", arguments: [true, false])
    func shutsDown(watchesByThread: Bool) async throws {
        let ended = Lock(0)
        let origin = try RawOrigin { connection in
            defer { ended.withLock { $0 += 1 } }
            try Self.echo(connection)
        }
        try await withGateway(before: origin, watchesByThread: watchesByThread) { port in
            let clients = try (0..<3).map { _ in try RawClient(port: port) }
            for client in clients { try client.send(Self.get("a")) }
            for client in clients { #expect(try client.readResponse().text == "for /users?a") }
            #expect(ended.withLock { $0 } == 0)
        }
        #expect(origin.connectionCount > 0)
        #expect(eventually { ended.withLock { $0 } == origin.connectionCount })
    }
}
