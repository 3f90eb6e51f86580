import Admin
import Gateway
import Glibc
import Logging
import MethodPolicy
import PolicyFile
import UnixSignals

/// One run of the gateway: load, listen, reload on change, drain on a signal.
struct GatewayRun {
    let settings: RunSettings
    let logger: Logger
    private let succession = Succession()

    init(_ settings: RunSettings) {
        self.settings = settings
        self.logger = Logger(label: "methodwall") { label in
            StreamLogHandler.standardError(label: label)
        }
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameter onStart: Told the addresses once connections are accepted.
    /// - Throws: A `CommandFailure`: 1 for broken policies, 2 for what could not be had.
    func run(onStart: @Sendable ([String]) -> Void = { _ in }) async throws {
        let signals = await UnixSignalsSequence(
            trapping: .sighup,
            .sigterm,
            .sigint,
            .sigusr1,
            .sigusr2
        )
        Successor.closeStrays()
        checkOpenFiles()
        if let warning = KnownFaults.warning {
            Terminal.write("methodwall: \(warning)", to: STDERR_FILENO)
        }
        let first = settings.loader.load()
        guard let snapshot = first.snapshot else {
            throw CommandFailure(code: first.isUnreadable ? 2 : 1, message: first.report())
        }
        if !first.diagnostics.isEmpty { Terminal.write(first.report(), to: STDERR_FILENO) }
        let gateway = try await Self.started(settings, snapshot, logger)
        let addresses = gateway.addresses
        for address in addresses {
            Terminal.write("methodwall: listening on \(address)", to: STDERR_FILENO)
        }
        logger.info(
            "policies loaded",
            metadata: ["version": "\(first.version)", "files": "\(first.files.count)"]
        )
        Successor.relieve()
        ServiceNotifier.send("READY=1")
        onStart(addresses)
        try await serve(gateway.gateway, signals, first)
    }

    private static func started(
        _ settings: RunSettings,
        _ snapshot: PolicySnapshot,
        _ logger: Logger
    ) async throws -> (gateway: Gateway, addresses: [String]) {
        do {
            let gateway = try await Gateway(configuration: settings.gateway, logger: logger)
            try await gateway.install(snapshot)
            return (gateway, try await gateway.start())
        } catch {
            throw CommandFailure.unusable("\(error)")
        }
    }

    /// Watches the policies and obeys signals until one says stop, then drains.
    private func serve(
        _ gateway: Gateway,
        _ signals: UnixSignalsSequence,
        _ first: PolicyLoad
    ) async throws {
        let record = ReloadRecord(first)
        let reloader = PolicyReloader(loader: settings.loader, current: first) { outcome in
            await Self.apply(outcome, to: gateway, logger)
            record.note(outcome)
        }
        let certificates = CertificateWatch(gateway, record, logger)
        let admin: AdminServer?
        do {
            admin = try await startAdmin(
                GatewayAdmin(
                    gateway: gateway,
                    reloader: reloader,
                    certificates: certificates,
                    record: record
                )
            )
        } catch {
            await gateway.shutDown(drainingFor: 0)
            throw CommandFailure.unusable("\(error)")
        }
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do {
                    try await reloader.run()
                } catch {
                    logger.error("policies are not watched", metadata: ["error": "\(error)"])
                }
            }
            tasks.addTask { await obey(signals, gateway, reloader, certificates, stop) }
            tasks.addTask { await certificates.run() }
            tasks.addTask { await feedWatchdog(gateway) }
            for await _ in stops { break }
            record.noteDraining()
            // A successor is the service by then, goes on, and has its own admin listener.
            if succession.isHandedOver {
                await admin?.stop()
            } else {
                ServiceNotifier.send("STOPPING=1")
            }
            await gateway.shutDown(
                drainingFor: settings.drainMilliseconds,
                tunnelsFor: settings.drainTunnelsMilliseconds
            )
            await admin?.stop()
            tasks.cancelAll()
        }
    }

    private func obey(
        _ signals: UnixSignalsSequence,
        _ gateway: Gateway,
        _ reloader: PolicyReloader,
        _ certificates: CertificateWatch,
        _ stop: AsyncStream<Void>.Continuation
    ) async {
        var isStopping = false
        for await signal in signals {
            switch signal {
            case .sighup:
                // Not waited for: a slow load must not keep a signal to stop from being heard.
                Task {
                    ServiceNotifier.sendReloading()
                    await certificates.reload()
                    _ = await reloader.reloadNow()
                    ServiceNotifier.send("READY=1")
                }
            case .sigusr1:
                gateway.reopenLog()
            case .sigusr2:
                guard !isStopping else { continue }
                await succession.begin(gateway, logger) { [logger] in
                    logger.info("draining", metadata: ["relieved": "true"])
                    stop.yield()
                }
            default:
                // The second one ends it at once, whatever is still under way.
                if isStopping { exit(1) }
                isStopping = true
                succession.abandon()
                logger.info("draining", metadata: ["signal": "\(signal)"])
                stop.yield()
            }
        }
    }

    // MARK: The admin listener

    /// Starts the admin listener, if there is to be one.
    ///
    /// - Throws: An `AdminError` if its address cannot be had; a successor goes on without, because
    ///   one that cannot be watched is better than none.
    private func startAdmin(_ source: GatewayAdmin) async throws -> AdminServer? {
        guard let configuration = settings.admin else { return nil }
        let feed = RefusalFeed()
        source.gateway.observeRefusals { feed.publish($0) }
        // A predecessor gives the address up when it has drained its listeners.
        for attempt in 1...50 {
            do {
                let server = try await AdminServer.start(
                    configuration,
                    source: source,
                    refusals: feed,
                    logger: logger
                )
                Terminal.write(
                    "methodwall: admin listening on \(server.address)",
                    to: STDERR_FILENO
                )
                return server
            } catch {
                guard Successor.isOne else { throw error }
                if attempt == 50 {
                    logger.error("no admin listener", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        return nil
    }

    // MARK: The process

    /// Each client may take a descriptor, and one of an origin's beside it.
    private func checkOpenFiles() {
        let limit = OpenFiles.raiseLimit()
        let (needed, overflow) = settings.gateway.limits.connectionsMax
            .multipliedReportingOverflow(by: 2)
        guard overflow || UInt64(clamping: needed) > limit else { return }
        logger.warning(
            "the limit of open files is lower than `limits: connections` may need",
            metadata: ["limit": "\(limit)", "may_need": "\(needed)"]
        )
    }

    /// Tells the service manager twice within its patience that every event loop still turns.
    private func feedWatchdog(_ gateway: Gateway) async {
        guard let interval = ServiceNotifier.watchdogInterval else { return }
        while (try? await Task.sleep(for: interval / 2)) != nil {
            guard (try? await gateway.awaitTurn()) != nil else { return }
            ServiceNotifier.send("WATCHDOG=1")
        }
    }

    // MARK: Policies

    private static func apply(
        _ outcome: ReloadOutcome,
        to gateway: Gateway,
        _ logger: Logger
    ) async {
        switch outcome.result {
        case .replaced(let snapshot):
            do {
                try await gateway.install(snapshot)
                logger.info("policies reloaded", metadata: ["version": "\(snapshot.version)"])
            } catch {
                logger.error("policies not installed", metadata: ["error": "\(error)"])
            }
        case .unchanged:
            break
        case .rejected:
            logger.error("policies rejected; the previous ones stay in force")
        }
        if !outcome.load.diagnostics.isEmpty {
            Terminal.write(outcome.load.report(), to: STDERR_FILENO)
        }
    }
}
