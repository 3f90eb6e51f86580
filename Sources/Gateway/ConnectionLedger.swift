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
    /// - Returns: Whether it is within the limits. If so, `close` must follow; if not, it does not
    ///   count, so that what one client has too many of costs the others nothing.
    func open(_ client: PeerAddress) -> Bool {
        counts.withLock { counts in
            let ofClient = counts.byClient[client, default: 0]
            guard counts.total < connectionsMax, ofClient < perClientMax else { return false }
            counts.total += 1
            counts.byClient[client] = ofClient + 1
            return true
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
