internal import NIOCore

/// The exchanges that wait for a connection to an upstream, in order.
struct WaitingLine {
    private struct Waiter {
        let exchange: Exchange
        let deadlineMilliseconds: Int64
    }

    private var waiters: CircularBuffer<Waiter> = []

    var count: Int { waiters.count }
    var isEmpty: Bool { waiters.isEmpty }

    var first: Exchange? { waiters.first?.exchange }

    mutating func append(_ exchange: Exchange, until deadlineMilliseconds: Int64) {
        waiters.append(Waiter(exchange: exchange, deadlineMilliseconds: deadlineMilliseconds))
    }

    mutating func removeFirst() { _ = waiters.removeFirst() }

    /// The first one lets the others go ahead.
    mutating func postponeFirst() {
        if let first = waiters.popFirst() { waiters.append(first) }
    }

    /// Takes out those whose time is over, and who waits for nothing any more.
    mutating func removeExpired(at now: Int64) -> [Exchange] {
        // Not in the order of their deadlines once one was postponed.
        guard waiters.contains(where: { $0.deadlineMilliseconds <= now }) else { return [] }
        var expired: [Exchange] = []
        waiters.removeAll { waiter in
            guard waiter.exchange.isWaitingForOrigin else { return true }
            guard waiter.deadlineMilliseconds <= now else { return false }
            expired.append(waiter.exchange)
            return true
        }
        return expired
    }

    /// Takes out the last ones until no more than so many are left.
    ///
    /// Of a line that is too long one client has no more than half, so that one that asks without
    /// end leaves the others room.
    mutating func removeExcess(over max: Int) -> [Exchange] {
        waiters.removeAll { !$0.exchange.isWaitingForOrigin }
        var excess = waiters.count - max
        guard excess > 0 else { return [] }
        var counts: [UInt64: Int] = [:]
        for waiter in waiters { counts[waiter.exchange.clientNumber, default: 0] += 1 }
        let share = Swift.max(1, max / 2)
        var removed: [Exchange] = []
        var kept: [Waiter] = []
        for waiter in waiters.reversed() {
            let client = waiter.exchange.clientNumber
            if excess > 0, client != 0, counts[client, default: 0] > share {
                counts[client, default: 0] -= 1
                excess -= 1
                removed.append(waiter.exchange)
            } else {
                kept.append(waiter)
            }
        }
        waiters.removeAll(keepingCapacity: true)
        waiters.append(contentsOf: kept.reversed())
        while waiters.count > max, let last = waiters.popLast() { removed.append(last.exchange) }
        return removed
    }
}
