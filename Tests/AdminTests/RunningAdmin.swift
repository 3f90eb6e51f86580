import Logging
import TestKit
import Testing

@testable import Admin

/// An admin listener in this process.
struct RunningAdmin: Sendable {
    let server: AdminServer
    let feed: RefusalFeed
    let log: CapturedLog

    /// The TCP port; nought for a unix socket.
    var port: Int {
        if case .tcp(_, let port) = server.address { port } else { 0 }
    }

    /// A new connection.
    func client(receiveBufferBytes: Int32? = nil) throws -> RawClient {
        switch server.address {
        case .tcp(_, let port):
            try RawClient(port: port, receiveBufferBytes: receiveBufferBytes)
        case .unix(let path): try RawClient(unixPath: path)
        }
    }

    /// The response to one request on a connection of its own.
    func exchange(_ requestLine: String, _ fields: String...) throws -> RawResponse {
        try client().exchange(Self.request(requestLine, fields))
    }

    /// A request to `localhost`.
    static func request(_ requestLine: String, _ fields: [String] = []) -> String {
        let lines = ["\(requestLine) HTTP/1.1", "Host: localhost"] + fields
        return lines.map { "\($0)\r\n" }.joined() + "\r\n"
    }

    /// Starts a listener on a free port.
    static func start(
        _ source: TestSource = TestSource(),
        _ change: (inout AdminConfiguration) -> Void = { _ in }
    ) async throws -> RunningAdmin {
        var configuration = AdminConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
        change(&configuration)
        let log = CapturedLog()
        let feed = RefusalFeed()
        let server = try await AdminServer.start(
            configuration,
            source: source,
            refusals: feed,
            logger: Logger(label: "test") { _ in log }
        )
        return RunningAdmin(server: server, feed: feed, log: log)
    }

    /// Runs `body`, which may block, while a listener serves, and stops it.
    static func run(
        _ source: TestSource = TestSource(),
        _ change: (inout AdminConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningAdmin) throws -> Void
    ) async throws {
        let admin = try await start(source, change)
        let result: Result<Void, any Error>
        do {
            try await blocking { try body(admin) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await admin.server.stop()
        #expect(!admin.feed.isFollowed)
        try result.get()
    }

    /// Runs what waits on sockets on a thread of its own.
    @concurrent
    static func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) { try await call(body) }
    }

    /// Hops to the executor that the task prefers.
    @concurrent
    private static func call(_ body: @Sendable () throws -> Void) async throws { try body() }
}
