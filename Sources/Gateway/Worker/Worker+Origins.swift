internal import Curl
internal import NIOCore

/// What a worker knows of its origins.
extension Worker {
    /// Asks targets from now on whether they are well, and tells the other workers too.
    ///
    /// One worker asks for all: a service is not asked once for each core, and workers agree.
    func checkHealth(for others: [NIOLoopBound<Worker>]) {
        checksFor = others
        startChecks()
    }

    /// Begins to ask the targets of the policies in force.
    func startChecks() {
        for case let upstream? in policy?.upstreams ?? [] { upstream.startChecks() }
    }

    /// Tells every worker what checks have found of a target: after each check, so that one that
    /// did not know the upstream yet learns of it.
    func checked(_ upstream: Upstream, target: Int, isWell: Bool) {
        upstream.checked(target: target, isWell: isWell)
        let name = upstream.name
        for other in checksFor ?? [] {
            other.eventLoop.execute {
                other.value.refreshClock()
                other.value.upstreams[name]?.checked(target: target, isWell: isWell)
            }
        }
    }

    /// How its targets are, in no order.
    var originStatuses: [OriginStatus] {
        upstreams.values.flatMap { upstream in
            upstream.targets.map { target in
                OriginStatus(
                    upstream: upstream.name,
                    target: target.url.description,
                    isHealthy: target.health.isWell,
                    connections: target.openCount,
                    idle: target.idleCount,
                    waiting: upstream.waitingCount,
                    failures: target.failures
                )
            }
        }
    }
}
