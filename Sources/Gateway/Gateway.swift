internal import Curl
internal import Glibc
internal import Judgement
internal import Locking
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
    let configuration: GatewayConfiguration
    let logger: Logger
    let group: MultiThreadedEventLoopGroup
    /// Only where the kernel does not wake event loops itself.
    private let watcher: Watcher?
    private let logs: LogWriters
    private let ledger: ConnectionLedger
    let workers: [NIOLoopBound<Worker>]
    let listeners = ListenerSet()
    private let certificateFiles: CertificateFiles
    private let certificates = Lock((loads: UInt64(0), newest: TLSContexts()))

    /// Makes the workers and opens the log; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: How to run.
    ///   - logger: For what the operator should know; refused attempts have a log of their own.
    /// - Throws: A `GatewayError` that says what could not be had.
    public init(configuration: GatewayConfiguration, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        certificateFiles = CertificateFiles(of: configuration)
        do {
            logs = try LogWriters(configuration) { log, message in
                logger.error("\(log) cannot be written", metadata: ["error": "\(message)"])
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
            let worker = eventLoop.submit { [configuration, ledger, watcher, logs, logger] in
                NIOLoopBound(
                    try Worker(
                        eventLoop: eventLoop,
                        configuration: configuration,
                        ledger: ledger,
                        watcher: watcher,
                        logs: logs,
                        logger: logger
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
        try await watchHealth()
    }

    /// Binds every listening address on every worker and begins to serve.
    ///
    /// - Returns: The addresses, as configuration files write them, with the ports that were taken
    ///   for port 0.
    /// - Throws: A `GatewayError` that names the address and why it cannot be had.
    public func start() async throws -> [String] {
        try await loadCertificates()
        let inherited = InheritedSockets.ofThisProcess()
        var addresses: [String] = []
        for (index, entry) in configuration.listen.enumerated() {
            let listener = Listener(
                configuration: entry,
                index: index,
                group: group,
                workers: workers
            )
            addresses.append(try await listen(listener, inherited).description)
        }
        inherited.closeUnused(by: configuration.listen)
        return addresses
    }

    /// Reads the listeners' certificates and keys anew; connections from now on are shown them.
    ///
    /// - Throws: A `GatewayError` that names a file and what is wrong with it; then those that were
    ///   in use stay so.
    public func loadCertificates() async throws {
        let load = certificates.withLock { state in
            state.loads &+= 1
            return state.loads
        }
        let contexts = try TLSContexts(configuration, load: load)
        for worker in workers {
            try await worker.eventLoop.submit { worker.value.tls.renew(by: contexts) }.get()
        }
        certificates.withLock { $0.newest.renew(by: contexts) }
    }

    /// When the certificates that clients and origins are shown are valid.
    public var certificateValidities: [CertificateValidity] {
        certificates.withLock { $0.newest.validities }
    }

    /// Reads the certificates anew if any of their files has changed since the last look.
    ///
    /// - Returns: Whether they were read.
    /// - Throws: As ``loadCertificates()``; what fails once is not tried again before it changes.
    public func refreshCertificates() async throws -> Bool {
        guard certificateFiles.haveChanged() else { return false }
        try await loadCertificates()
        return true
    }

    /// What a successor needs to accept from the same sockets: the value of the environment's
    /// variable `METHODWALL_SOCKETS`, and the descriptors that it names.
    public func handover() async -> (variable: String, descriptors: [Int32]) {
        let sockets = await listeners.descriptors()
        let entries = sockets.sorted { $0.key < $1.key }.map { address, descriptors in
            "\(address)=" + descriptors.map { "\($0)" }.joined(separator: ",")
        }
        return (entries.joined(separator: ";"), sockets.values.flatMap(\.self))
    }

    /// What all workers have counted.
    public func counts() async -> GatewayCounts {
        var counters = WorkerCounters()
        var kinds = WorkerMetrics()
        var policies: PolicySnapshot?
        var rules: [[RuleCounts]] = []
        for worker in workers {
            let seen = try? await worker.eventLoop.submit {
                let worker = worker.value
                return (
                    worker.counters, worker.metrics, worker.policy?.snapshot,
                    worker.policy?.ruleCounts ?? []
                )
            }.get()
            guard let seen else { continue }
            counters.add(seen.0)
            kinds.add(seen.1)
            // Of a worker that has other policies already, or still, the rules are other ones.
            if policies == nil || policies?.version != seen.2?.version {
                (policies, rules) = (seen.2, seen.3)
            } else {
                Self.add(seen.3, to: &rules)
            }
        }
        return GatewayCounts(
            counters: counters,
            kinds: kinds,
            connections: ledger.total,
            policies: policies,
            rules: rules,
            logLines: logs.lines
        )
    }

    private static func add(_ more: [[RuleCounts]], to rules: inout [[RuleCounts]]) {
        for (policy, counts) in more.enumerated() where rules.indices.contains(policy) {
            for (rule, count) in counts.enumerated() where rules[policy].indices.contains(rule) {
                rules[policy][rule].add(count)
            }
        }
    }

    /// Has the lines of the refusal log handed to an observer as they are written.
    ///
    /// - Parameter observer: Called on the log's own thread with whole lines; it must not wait.
    public func observeRefusals(_ observer: @escaping @Sendable ([UInt8]) -> Void) {
        logs.refusals.observe(observer)
    }

    /// Returns once every worker's event loop has had a turn.
    ///
    /// - Throws: If an event loop is no longer running.
    public func awaitTurn() async throws {
        for worker in workers { try await worker.eventLoop.submit {}.get() }
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

    /// Opens the logs' files anew, for log rotation.
    public func reopenLog() { logs.reopen() }

    /// Stops accepting, lets requests under way end, and closes what is left.
    ///
    /// - Parameters:
    ///   - milliseconds: How long requests under way may take.
    ///   - tunnelMilliseconds: How long tunnels may stay; nil for as long as requests.
    public func shutDown(
        drainingFor milliseconds: Int64,
        tunnelsFor tunnelMilliseconds: Int64? = nil
    ) async {
        await listeners.pauseAll()
        // Connections go from the worker that accepts to one that takes them, and back.
        for _ in 0..<2 { try? await awaitTurn() }
        await listeners.closeAll()
        await withTaskGroup(of: Void.self) { tasks in
            for worker in workers {
                tasks.addTask { await Self.drain(worker, milliseconds, tunnelMilliseconds) }
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
        logs.shutdown(withinMilliseconds: 2_000)
        try? await group.shutdownGracefully()
    }

    private static func readNotices(_ worker: NIOLoopBound<Worker>) -> EventLoopFuture<Void> {
        do {
            return try worker.value.readNotices()
        } catch {
            return worker.eventLoop.makeFailedFuture(error)
        }
    }

    private static func drain(
        _ worker: NIOLoopBound<Worker>,
        _ milliseconds: Int64,
        _ tunnelMilliseconds: Int64?
    ) async {
        let promise = worker.eventLoop.makePromise(of: Void.self)
        worker.eventLoop.execute {
            let tunnels = tunnelMilliseconds ?? milliseconds
            let timeout = worker.eventLoop.scheduleTask(
                in: .milliseconds(max(milliseconds, tunnels))
            ) { promise.succeed() }
            let tunnelTimeout = worker.eventLoop.scheduleTask(in: .milliseconds(tunnels)) {
                worker.value.drainTunnels()
            }
            let requestTimeout = worker.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
                worker.value.cutRequests()
            }
            worker.value.drain {
                timeout.cancel()
                tunnelTimeout.cancel()
                requestTimeout.cancel()
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

    static func cannotListen(
        _ address: ListenerConfiguration.Address,
        _ error: any Error
    ) -> GatewayError {
        if let error = error as? GatewayError { return error }
        if let system = error as? IOError {
            let why = unsafe String(cString: strerror(system.errnoCode))
            return GatewayError("cannot listen on \(address): \(why)")
        }
        return GatewayError("cannot listen on \(address): \(error)")
    }
}
