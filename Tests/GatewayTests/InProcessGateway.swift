import Curl
import Logging
import MethodPolicy
import TestKit
import Testing

@testable import Gateway

/// A gateway with one worker in this process, in front of an origin.
enum InProcessGateway {
    /// Runs `body` while the gateway serves, and shuts it down.
    ///
    /// - Parameters:
    ///   - origin: what it forwards to.
    ///   - change: what is not as usual about the gateway and about the origin.
    ///   - body: gets the port; it may block.
    /// - Throws: what `body` throws, or an error if the gateway does not start.
    static func run(
        before origin: RawOrigin,
        _ change: (inout GatewayConfiguration, inout OriginConfiguration) -> Void,
        _ body: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        let folder = try LogTestFolder()
        let url = "http://127.0.0.1:\(origin.port)"
        var configuration = GatewayConfiguration()
        configuration.listen = [ListenerConfiguration(host: "127.0.0.1", port: 0)]
        configuration.log.destination = .file(folder.file("log"))
        var upstream = OriginConfiguration(url: try OriginURL(url))
        change(&configuration, &upstream)
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
            try await blocking { try body(port) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        let began = ContinuousClock.now
        await gateway.shutDown(drainingFor: 100)
        #expect(began.duration(to: ContinuousClock.now) < .seconds(20))
        try result.get()
    }

    /// Runs what waits on sockets on a thread of its own.
    @concurrent
    private static func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) { try await call(body) }
    }

    /// Hops to the executor that the task prefers.
    @concurrent
    private static func call(_ body: @Sendable () throws -> Void) async throws { try body() }
}
