internal import Logging
internal import NIOCore

extension Gateway {
    /// Has the first worker ask targets whether they are well, and all tell of changes.
    func watchHealth() async throws {
        for (index, worker) in workers.enumerated() {
            let others = index == 0 ? Array(workers.dropFirst()) : nil
            try await worker.eventLoop.submit { [logger] in
                worker.value.onHealthChange = { upstream, target, isWell in
                    logger.notice(
                        isWell ? "origin is used again" : "origin is left out",
                        metadata: ["upstream": "\(upstream)", "target": "\(target)"]
                    )
                }
                if let others { worker.value.checkHealth(for: others) }
            }.get()
        }
    }

    /// How every target of the upstreams in use is, over all workers, by name.
    ///
    /// Requests take no notice of it: each worker is asked between two of them.
    public func originStatuses() async -> [OriginStatus] {
        var statuses: [[OriginStatus]] = []
        for worker in workers {
            let one = try? await worker.eventLoop.submit { worker.value.originStatuses }.get()
            statuses.append(one ?? [])
        }
        return OriginStatus.merged(statuses)
    }
}
