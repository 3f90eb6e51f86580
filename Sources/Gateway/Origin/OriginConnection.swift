internal import Curl

/// One connection to an origin server, owned by an exchange or idle in its pool.
final class OriginConnection {
    let transport: CurlConnection
    unowned let pool: OriginPool
    /// The exchange it serves; nil while it is idle, and once it is closed.
    var exchange: Exchange?
    /// How many exchanges it has carried to their end.
    var exchangesDone = 0
    /// Whether an exchange before this one was carried: then the origin may have closed it since.
    var wasUsedBefore: Bool { exchangesDone > 0 || transport.isOnUsedConnection }
    /// When it was begun, on the monotonic clock.
    var bornMilliseconds: Int64 = 0
    /// When it became idle, on the monotonic clock.
    var idleSinceMilliseconds: Int64 = 0

    init(transport: CurlConnection, pool: OriginPool, exchange: Exchange) {
        self.transport = transport
        self.pool = pool
        self.exchange = exchange
        transport.onEvents = { [unowned self] events in self.report(events) }
    }

    private func report(_ events: CurlConnection.Events) {
        if let exchange {
            exchange.originChanged(self, events)
        } else {
            pool.idleConnectionChanged(self)
        }
    }
}
