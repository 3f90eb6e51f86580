internal import Curl
internal import Glibc
internal import Judgement
public import Logging
public import MethodPolicy
internal import NIOCore
internal import NIOPosix

/// The running gateway: listeners, workers, the refusal log, and the policies in force.
///
/// `start` binds and serves, `install` puts a policy in force on every worker, `shutDown` drains.
/// Until the first policy is installed every request is answered 503: nothing is ever forwarded
/// without a decision.
public final class Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup
    /// Only where the kernel does not wake event loops itself.
    private let watcher: Watcher?
    private let writer: LogWriter
    private let ledger: ConnectionLedger
    private let workers: [NIOLoopBound<Worker>]
    private let listeners = ListenerSet()

    /// Makes the workers and opens the log; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: How to run.
    ///   - logger: For what the operator should know; refused attempts have a log of their own.
    /// - Throws: A `GatewayError` that says what could not be had.
    public init(configuration: GatewayConfiguration, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        do {
            var options = LogWriterOptions()
            options.overflow = configuration.log.waitsOnOverflow ? .wait : .drop
            let destination: LogDestination =
                switch configuration.log.destination {
                case .standardOutput: .standardOutput
                case .file(let path): .file(path: path)
                }
            writer = try LogWriter(to: destination, options: options) { message in
                logger.error("refusal log cannot be written", metadata: ["error": "\(message)"])
            }
        } catch {
            throw GatewayError("\(error)")
        }
        ledger = ConnectionLedger(
            connectionsMax: configuration.limits.connectionsMax,
            perClientMax: configuration.limits.connectionsPerClientMax
        )
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.workers))
        var workers: [NIOLoopBound<Worker>] = []
        var watcher: Watcher?
        for eventLoop in group.makeIterator() {
            // The kernel may refuse any of them: it has a bound for all processes together.
            if watcher == nil, configuration.watchesByThread || !ReadinessNotice.isAvailable {
                watcher = try Watcher()
            }
            let worker = eventLoop.submit { [configuration, ledger, watcher, writer] in
                NIOLoopBound(
                    try Worker(
                        eventLoop: eventLoop,
                        configuration: configuration,
                        ledger: ledger,
                        watcher: watcher,
                        writer: writer
                    ),
                    eventLoop: eventLoop
                )
            }
            workers.append(try await worker.get())
            let last = workers[workers.count - 1]
            try await eventLoop.flatSubmit { Self.readNotices(last) }.get()
        }
        self.workers = workers
        self.watcher = watcher
    }

    /// Binds every listening address on every worker and begins to serve.
    ///
    /// - Returns: The addresses, `host:port`, with the ports that were taken for port 0.
    /// - Throws: A `GatewayError` that names the address and why it cannot be had.
    public func start() async throws -> [String] {
        var addresses: [String] = []
        for text in configuration.listen {
            let (host, port) = try ListenAddress.parse(text)
            let bound = try await bind(host: host, port: port, text: text)
            addresses.append(host.contains(":") ? "[\(host)]:\(bound)" : "\(host):\(bound)")
        }
        return addresses
    }

    private func bind(host: String, port: Int, text: String) async throws -> Int {
        // SO_REUSEPORT would quietly share a port that somebody else listens on.
        if port != 0 { try await probe(host: host, port: port, text: text) }
        var port = port
        for worker in workers {
            do {
                let channel = try await Listener.bind(host: host, port: port, worker: worker)
                port = channel.localAddress?.port ?? port
                listeners.add(channel)
            } catch {
                throw GatewayError.cannotListen(text, error)
            }
        }
        return port
    }

    private func probe(host: String, port: Int, text: String) async throws {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch {
            throw GatewayError.cannotListen(text, error)
        }
    }

    /// Puts a policy in force on every worker; requests under way keep the one they began with.
    ///
    /// - Parameter snapshot: The compiled policies.
    /// - Throws: If an event loop is no longer running.
    public func install(_ snapshot: PolicySnapshot) async throws {
        let judged = JudgedPolicies(snapshot)
        for worker in workers {
            try await worker.eventLoop.submit { worker.value.install(judged) }.get()
        }
    }

    /// Opens the log's file anew, for log rotation.
    public func reopenLog() { writer.reopen() }

    /// Stops accepting, lets requests under way end, and closes what is left.
    ///
    /// - Parameter milliseconds: How long requests under way may take.
    public func shutDown(drainingFor milliseconds: Int64) async {
        await listeners.closeAll()
        await withTaskGroup(of: Void.self) { tasks in
            for worker in workers {
                tasks.addTask { await Self.drain(worker, milliseconds) }
            }
        }
        var counters = WorkerCounters()
        for worker in workers {
            let stopped = try? await worker.eventLoop.submit {
                worker.value.stop()
                return worker.value.counters
            }.get()
            if let stopped { counters.add(stopped) }
        }
        logger.info("served", metadata: counters.metadata)
        watcher?.stop()
        _ = writer.shutdown(withinMilliseconds: 2_000)
        try? await group.shutdownGracefully()
    }

    private static func readNotices(_ worker: NIOLoopBound<Worker>) -> EventLoopFuture<Void> {
        do {
            return try worker.value.origins.readNotices()
        } catch {
            return worker.eventLoop.makeFailedFuture(error)
        }
    }

    private static func drain(_ worker: NIOLoopBound<Worker>, _ milliseconds: Int64) async {
        let promise = worker.eventLoop.makePromise(of: Void.self)
        worker.eventLoop.execute {
            let timeout = worker.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
                promise.succeed()
            }
            worker.value.drain {
                timeout.cancel()
                promise.succeed()
            }
        }
        try? await promise.futureResult.get()
    }
}

/// What keeps a gateway from starting, in one line.
public struct GatewayError: Error, Sendable, CustomStringConvertible {
    /// The line.
    public let description: String

    /// An error with its line.
    public init(_ description: String) { self.description = description }

    static func cannotListen(_ address: String, _ error: any Error) -> GatewayError {
        if let system = error as? IOError {
            let why = unsafe String(cString: strerror(system.errnoCode))
            return GatewayError("cannot listen on \(address): \(why)")
        }
        return GatewayError("cannot listen on \(address): \(error)")
    }
}
