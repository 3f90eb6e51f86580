internal import Curl
internal import NIOCore

/// A worker's connections to one upstream.
///
/// An idle connection on which anything happens is closed (RFC 9112 §9.2: octets that no request
/// asked for are no response), and one is never reused before that has been checked.
final class OriginPool {
    let configuration: OriginConfiguration
    private unowned let worker: Worker
    private var idle: [OriginConnection] = []
    private var waiting: CircularBuffer<Waiter> = []
    private var open: [ObjectIdentifier: OriginConnection] = [:]
    /// Requests that it failed.
    var failures: UInt64 = 0

    private struct Waiter {
        let exchange: Exchange
        let deadlineMilliseconds: Int64
    }

    init(_ configuration: OriginConfiguration, worker: Worker) {
        self.configuration = configuration
        self.worker = worker
    }

    /// Puts an exchange in line for a connection, which it gets in the origins' next turn, or later
    /// when one is free.
    ///
    /// So one look at all origins' sockets, taken when the requests of a turn have been read, shows
    /// of every idle connection whether anything has happened on it.
    func enqueue(_ exchange: Exchange) {
        worker.origins.serveSoon(self)
        waiting.append(
            Waiter(
                exchange: exchange,
                deadlineMilliseconds: worker.now.monotonicMilliseconds
                    + configuration.waitTimeoutMilliseconds
            )
        )
    }

    /// Gives those who wait idle connections, or new ones, while there are any.
    ///
    /// The kernel has just been asked of all idle ones, and none becomes idle meanwhile. Who joins
    /// the line meanwhile is served in the next turn, behind another look.
    func serveWaiting() {
        var left = waiting.count
        while left > 0, let waiter = waiting.first {
            left -= 1
            if waiter.exchange.isWaitingForOrigin {
                if let connection = takeIdle() {
                    waiting.removeFirst()
                    connection.exchange = waiter.exchange
                    waiter.exchange.originReady(connection)
                } else if open.count < configuration.connectionsMax {
                    waiting.removeFirst()
                    connect(for: waiter.exchange)
                } else {
                    break
                }
            } else {
                waiting.removeFirst()
            }
        }
        guard waiting.count > configuration.waitingMax else { return }
        waiting.removeAll { !$0.exchange.isWaitingForOrigin }
        while waiting.count > configuration.waitingMax, let last = waiting.popLast() {
            if last.exchange.isWaitingForOrigin { last.exchange.originFailed(.busy) }
        }
    }

    /// The most recently used idle connection on which nothing has happened since.
    private func takeIdle() -> OriginConnection? {
        while let connection = idle.popLast() {
            if isClean(connection, mayHaveMore: false) { return connection }
            discard(connection)
        }
        return nil
    }

    /// Whether nothing has arrived that no request asked for (RFC 9112 §9.2).
    ///
    /// `mayHaveMore`: the last look at the socket took all there was room for, or TLS may hold a
    /// record back, so that no event would tell of what is there.
    private func isClean(_ connection: OriginConnection, mayHaveMore: Bool) -> Bool {
        let events = connection.transport.pendingEvents
        if events.contains(.hangup) { return false }
        guard mayHaveMore || events.contains(.readable) else { return true }
        // TLS sends messages of its own, such as session tickets; a look tells them from content.
        if !mayHaveMore, !configuration.url.isSecure { return false }
        return worker.origins.isQuiet(connection.transport)
    }

    /// Makes a connection for an exchange.
    func connect(for exchange: Exchange) {
        do throws(CurlError) {
            let transport = try worker.origins.curl.connect(
                to: configuration.url,
                options: configuration.connect
            )
            let connection = OriginConnection(transport: transport, pool: self, exchange: exchange)
            open[ObjectIdentifier(connection)] = connection
            exchange.originConnecting(connection)
        } catch {
            exchange.originFailed(.connect(error))
        }
    }

    /// Takes a connection back whose exchange has ended cleanly on both sides.
    ///
    /// - Parameters:
    ///   - connection: The connection, which no exchange uses any more.
    ///   - mayHaveMore: Whether there may be octets that no event will tell of.
    func release(_ connection: OriginConnection, mayHaveMore: Bool) {
        connection.exchange = nil
        connection.exchangesDone += 1
        if mayHaveMore, !isClean(connection, mayHaveMore: true) { return discard(connection) }
        guard idle.count < configuration.idleConnectionsMax + waiting.count else {
            return discard(connection)
        }
        connection.idleSinceMilliseconds = worker.now.monotonicMilliseconds
        idle.append(connection)
        if !waiting.isEmpty { worker.origins.serveSoon(self) }
    }

    /// Closes a connection; the next request that waits gets to open one.
    func discard(_ connection: OriginConnection) {
        connection.exchange = nil
        connection.transport.close()
        open[ObjectIdentifier(connection)] = nil
        if !waiting.isEmpty { worker.origins.serveSoon(self) }
    }

    func idleConnectionChanged(_ connection: OriginConnection) {
        // A TLS origin may send session tickets; anything else ends the connection.
        if configuration.url.isSecure, isClean(connection, mayHaveMore: true) { return }
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
        discard(connection)
    }

    /// What there is to tell of it.
    func state(named name: String) -> OriginState {
        var state = OriginState(upstream: name, target: configuration.url.description)
        state.connections = open.count
        state.idle = idle.count
        state.waiting = waiting.count
        state.failures = failures
        return state
    }

    /// Whether time-outs have to be looked after.
    var needsSweep: Bool { !idle.isEmpty || !waiting.isEmpty }

    /// Closes connections that have been idle for too long and answers those who waited too long.
    func sweep(nowMilliseconds: Int64) {
        let oldest = nowMilliseconds - configuration.keepMilliseconds
        let expired = idle.prefix { $0.idleSinceMilliseconds <= oldest }.count
        if expired > 0 {
            let connections = idle.prefix(expired)
            idle.removeFirst(expired)
            for connection in connections { discard(connection) }
        }
        while let first = waiting.first, first.deadlineMilliseconds <= nowMilliseconds {
            waiting.removeFirst()
            if first.exchange.isWaitingForOrigin { first.exchange.originFailed(.busy) }
        }
    }

    /// Closes every idle connection; those in use are closed when their exchange ends.
    func closeIdle() {
        let connections = idle
        idle = []
        for connection in connections { discard(connection) }
    }
}
