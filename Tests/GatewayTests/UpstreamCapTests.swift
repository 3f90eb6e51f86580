import Curl
import Logging
import MethodPolicy
import TestKit
import Testing

@testable import Gateway

@Suite("The cap on an upstream's connections (B-69)", .serialized)
struct UpstreamCapTests {
    /// Runs a gateway with one worker in this process, in front of `origin`.
    private func withGateway(
        _ origin: RawOrigin,
        _ change: (inout OriginConfiguration) -> Void,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        let folder = try LogTestFolder()
        let url = "http://127.0.0.1:\(origin.port)"
        var configuration = GatewayConfiguration()
        configuration.listen = ["127.0.0.1:0"]
        configuration.log.destination = .file(folder.file("log"))
        var upstream = OriginConfiguration(url: try OriginURL(url))
        change(&upstream)
        configuration.origins = [url: upstream]
        let gateway = try await Gateway(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let result: Result<Void, any Error>
        do {
            try await gateway.install(PolicyFixture.snapshot(upstream: url))
            let address = try await gateway.start().first
            let port = try #require(address?.split(separator: ":").last.flatMap { Int($0) })
            try await Self.blocking { try body(port) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await gateway.shutDown(drainingFor: 100)
        try result.get()
    }

    /// Runs what waits on sockets on a thread of its own.
    @concurrent
    private static func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) { try await run(body) }
    }

    /// Hops to the executor that the task prefers.
    @concurrent
    private static func run(_ body: @Sendable () throws -> Void) async throws { try body() }

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
}
