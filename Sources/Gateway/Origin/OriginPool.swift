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

    private struct Waiter {
        weak var exchange: Exchange?
        let deadlineMilliseconds: Int64
    }

    init(_ configuration: OriginConfiguration, worker: Worker) {
        self.configuration = configuration
        self.worker = worker
    }

    /// Finds or makes a connection and hands it to the exchange, now or later.
    ///
    /// - Parameters:
    ///   - exchange: Who needs the connection.
    ///   - isFresh: Whether an idle connection will not do, as for a retry.
    func acquire(for exchange: Exchange, isFresh: Bool) {
        if !isFresh, !idle.isEmpty, let connection = takeIdle() {
            connection.exchange = exchange
            exchange.originReady(connection)
            return
        }
        // A retry may not use an idle connection, but may have its place.
        if isFresh, open.count >= configuration.connectionsMax, let oldest = idle.first {
            idle.removeFirst()
            discard(oldest)
        }
        if open.count < configuration.connectionsMax {
            connect(for: exchange)
        } else if waiting.count < configuration.waitingMax {
            waiting.append(
                Waiter(
                    exchange: exchange,
                    deadlineMilliseconds: worker.now.monotonicMilliseconds
                        + configuration.waitTimeoutMilliseconds
                )
            )
        } else {
            exchange.originFailed(.busy)
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
        // Events that the kernel has and we have not seen yet count too.
        worker.gatherOriginEvents()
        let events = connection.transport.pendingEvents
        if events.contains(.hangup) { return false }
        guard mayHaveMore || events.contains(.readable) else { return true }
        // TLS sends messages of its own, such as session tickets; a look tells them from content.
        if !mayHaveMore, !configuration.url.isSecure { return false }
        return worker.isQuiet(connection.transport)
    }

    private func connect(for exchange: Exchange) {
        do throws(CurlError) {
            let transport = try worker.curl.connect(
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
        guard !(mayHaveMore || !waiting.isEmpty) || isClean(connection, mayHaveMore: mayHaveMore)
        else { return discard(connection) }
        while let waiter = waiting.popFirst() {
            guard let exchange = waiter.exchange, exchange.isWaitingForOrigin else { continue }
            connection.exchange = exchange
            exchange.originReady(connection)
            return
        }
        guard idle.count < configuration.idleConnectionsMax else { return discard(connection) }
        connection.idleSinceMilliseconds = worker.now.monotonicMilliseconds
        idle.append(connection)
    }

    /// Closes a connection; the next request that waits gets to open one.
    func discard(_ connection: OriginConnection) {
        connection.exchange = nil
        connection.transport.close()
        open[ObjectIdentifier(connection)] = nil
        while open.count < configuration.connectionsMax, let waiter = waiting.popFirst() {
            guard let exchange = waiter.exchange, exchange.isWaitingForOrigin else { continue }
            connect(for: exchange)
        }
    }

    func idleConnectionChanged(_ connection: OriginConnection) {
        // A TLS origin may send session tickets; anything else ends the connection.
        if configuration.url.isSecure, isClean(connection, mayHaveMore: true) { return }
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
        discard(connection)
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
            guard let exchange = first.exchange, exchange.isWaitingForOrigin else { continue }
            exchange.originFailed(.busy)
        }
    }

    /// Closes every idle connection; those in use are closed when their exchange ends.
    func closeIdle() {
        let connections = idle
        idle = []
        for connection in connections { discard(connection) }
    }
}
