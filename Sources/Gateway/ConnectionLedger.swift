internal import Locking

/// Counts the open connections of every worker, in all and for each client.
///
/// Touched once when a connection opens and once when it closes, never by a request.
final class ConnectionLedger: Sendable {
    private struct Counts {
        var total = 0
        var byClient: [PeerAddress: Int] = [:]
    }

    private let counts = Lock(Counts())
    private let connectionsMax: Int
    private let perClientMax: Int

    init(connectionsMax: Int, perClientMax: Int) {
        self.connectionsMax = connectionsMax
        self.perClientMax = perClientMax
    }

    /// Notes a connection.
    ///
    /// - Returns: Whether it is within the limits. Either way `close` must follow.
    func open(_ client: PeerAddress) -> Bool {
        counts.withLock { counts in
            counts.total += 1
            counts.byClient[client, default: 0] += 1
            return counts.total <= connectionsMax
                && counts.byClient[client, default: 0] <= perClientMax
        }
    }

    func close(_ client: PeerAddress) {
        counts.withLock { counts in
            counts.total -= 1
            let left = counts.byClient[client, default: 1] - 1
            counts.byClient[client] = left > 0 ? left : nil
        }
    }

    var total: Int { counts.withLock { $0.total } }
}
