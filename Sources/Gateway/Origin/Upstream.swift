internal import Curl

/// A worker's share of one upstream: its targets, which of them a request goes to, and who waits.
///
/// Limits, health and balance are this worker's own; only what checks find is told to all workers.
final class Upstream {
    /// As policies name it.
    let name: String
    let configuration: OriginConfiguration
    /// `host` or `host:port`, as a Host field names it, whichever target a request goes to.
    let authority: String
    let isSecure: Bool
    private(set) var targets: [OriginPool] = []
    /// The target, if there is but one: then nothing has to be chosen.
    private var only: OriginPool?
    private let all: TargetSet
    private unowned let worker: Worker
    private var waiting = WaitingLine()
    private var balancer: Balancer
    private var shares: ClientShares
    /// What asks the targets whether they are well, in the worker that does.
    private var checks: [HealthProbe] = []

    init(_ name: String, _ configuration: OriginConfiguration, worker: Worker) {
        self.name = name
        self.configuration = configuration
        self.worker = worker
        authority = configuration.authority
        isSecure = configuration.isSecure
        let urls = configuration.targets.prefix(TargetSet.countMax)
        all = TargetSet(first: urls.count)
        balancer = Balancer(configuration.balance, targets: urls.map(\.description))
        let room = configuration.connectionsMax.multipliedReportingOverflow(by: urls.count)
        shares = ClientShares(
            perClientMax: configuration.perClientMax
                ?? (room.overflow ? .max : room.partialValue) / 2
        )
        targets = urls.enumerated().map { index, url in
            OriginPool(url, index: index, of: self, worker: worker)
        }
        if targets.count == 1 { only = targets.first }
    }

    var waitingCount: Int { waiting.count }

    // MARK: Waiting

    /// Puts an exchange in line for a connection, which it gets in the origins' next turn, or later
    /// when one is free.
    ///
    /// So one look at all origins' sockets, taken when the requests of a turn have been read, shows
    /// of every idle connection whether anything has happened on it.
    func enqueue(_ exchange: Exchange) {
        worker.origins.serveSoon(self)
        let patience = configuration.waitTimeoutMilliseconds
        waiting.append(exchange, until: worker.now.monotonicMilliseconds + patience)
    }

    /// Gives those who wait idle connections, or new ones, while there are any.
    ///
    /// The kernel has just been asked of all idle ones, and none becomes idle meanwhile. Who joins
    /// the line meanwhile is served in the next turn, behind another look.
    func serveWaiting() {
        var left = waiting.count
        while left > 0, let exchange = waiting.first {
            left -= 1
            guard exchange.isWaitingForOrigin else {
                waiting.removeFirst()
                continue
            }
            guard !shares.isCounting || shares.admits(exchange.clientNumber) else {
                waiting.postponeFirst()
                continue
            }
            guard let target = target(for: exchange, { $0.hasRoom }) else { break }
            waiting.removeFirst()
            target.serve(exchange)
        }
        guard waiting.count > configuration.waitingMax else { return }
        for exchange in waiting.removeExcess(over: configuration.waitingMax) {
            exchange.originFailed(.busy)
        }
    }

    /// Has those who wait served, if there are any, because there may be room now.
    func hasRoomAgain() {
        if !waiting.isEmpty { worker.origins.serveSoon(self) }
    }

    // MARK: Choosing

    /// The target for an exchange; nil if all that are fit for it are full.
    private func target(
        for exchange: Exchange,
        _ hasRoom: (OriginPool) -> Bool
    ) -> OriginPool? {
        if let only { return hasRoom(only) ? only : nil }
        let now = worker.now.monotonicMilliseconds
        var wanted = all.subtracting(exchange.triedTargets)
        if wanted.isEmpty { wanted = all }
        var fit = TargetSet()
        var free = TargetSet()
        for target in targets {
            if target.health.admits(at: now) { fit.insert(target.index) }
            if hasRoom(target) { free.insert(target.index) }
        }
        // Health alone turns nobody away: if none is well, any of them may be.
        fit = fit.intersection(wanted)
        if fit.isEmpty { fit = wanted }
        let chosen = balancer.choose(
            among: fit.intersection(free),
            client: configuration.balance == .client ? exchange.clientNumber : 0
        ) { targets[$0].busyCount }
        guard let chosen else { return nil }
        targets[chosen].health.chosen(at: now)
        return targets[chosen]
    }

    /// Whether there is a target that an exchange has not been to.
    func hasUntried(by exchange: Exchange) -> Bool {
        only == nil && !all.subtracting(exchange.triedTargets).isEmpty
    }

    /// Sends an exchange on its way again, on a new connection: to another target, if there is one.
    func retry(_ exchange: Exchange) {
        if let target = target(for: exchange, { $0.canConnect }) {
            target.connect(for: exchange)
        } else {
            enqueue(exchange)
        }
    }

    // MARK: Counting

    /// An exchange has got a connection.
    func began(_ exchange: Exchange) {
        shares.began(exchange.clientNumber) { targets.flatMap(\.clientNumbers) }
    }

    /// An exchange needs its connection no more.
    func ended(_ exchange: Exchange) { shares.ended(exchange.clientNumber) }

    // MARK: Health

    /// Begins to ask the targets whether they are well, if that is configured.
    func startChecks() {
        guard checks.isEmpty, let check = configuration.healthCheck else { return }
        checks = targets.map { HealthProbe(check, of: $0, in: self, worker: worker) }
        for probe in checks { probe.start() }
    }

    func stopChecks() {
        for probe in checks { probe.stop() }
        checks = []
    }

    /// Takes over what checks found.
    func checked(target: Int, isWell: Bool) {
        guard targets.indices.contains(target) else { return }
        targets[target].checked(isWell: isWell)
    }

    // MARK: Time

    /// Whether time-outs have to be looked after.
    var needsSweep: Bool { !waiting.isEmpty || targets.contains { $0.hasIdle } }

    /// Closes connections that have been idle for too long and answers those who waited too long.
    func sweep(nowMilliseconds: Int64) {
        for target in targets { target.sweep(nowMilliseconds: nowMilliseconds) }
        for exchange in waiting.removeExpired(at: nowMilliseconds) {
            exchange.originFailed(.busy)
        }
        // A target that was left out may be tried again by now.
        if only == nil { hasRoomAgain() }
    }

    /// Closes every idle connection; those in use are closed when their exchange ends.
    func closeIdle() {
        for target in targets { target.closeIdle() }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Upstream: Sendable {}
