internal import Curl
internal import NIOCore

/// A worker's connections to one target of an upstream.
///
/// An idle connection on which anything happens is closed (RFC 9112 §9.2: octets that no request
/// asked for are no response), and one is never reused before that has been checked.
final class OriginPool {
    let url: OriginURL
    /// The target's number in its upstream.
    let index: Int
    let isSecure: Bool
    unowned let upstream: Upstream
    private unowned let worker: Worker
    private let connectionsMax: Int
    private let idleConnectionsMax: Int
    private let lifeMilliseconds: Int64
    private var idle: [OriginConnection] = []
    private var open: [ObjectIdentifier: OriginConnection] = [:]
    var health = TargetHealth()
    /// How often an exchange failed because of this target.
    private(set) var failures: UInt64 = 0

    init(_ url: OriginURL, index: Int, of upstream: Upstream, worker: Worker) {
        self.url = url
        self.index = index
        isSecure = url.isSecure
        self.upstream = upstream
        self.worker = worker
        connectionsMax = upstream.configuration.connectionsMax
        idleConnectionsMax = upstream.configuration.idleConnectionsMax
        lifeMilliseconds = upstream.configuration.lifeMilliseconds
    }

    /// How many connections there are, idle ones included.
    var openCount: Int { open.count }
    var idleCount: Int { idle.count }
    var hasIdle: Bool { !idle.isEmpty }
    /// How many exchanges are under way.
    var busyCount: Int { open.count - idle.count }
    /// Whether another connection may be made.
    var canConnect: Bool { open.count < connectionsMax }
    /// Whether another exchange can be served.
    var hasRoom: Bool { !idle.isEmpty || canConnect }

    /// The clients of the exchanges that are under way.
    var clientNumbers: [UInt64] { open.values.compactMap { $0.exchange?.clientNumber } }

    // MARK: Serving

    /// Gives an exchange an idle connection, or makes one.
    func serve(_ exchange: Exchange) {
        guard let connection = takeIdle() else { return connect(for: exchange) }
        connection.exchange = exchange
        upstream.began(exchange)
        exchange.originReady(connection)
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
        // Only a look tells content from what is none: TLS's own messages, such as session tickets,
        // or news of a response's last octets, which were read before the news came.
        return worker.origins.isQuiet(connection.transport)
    }

    /// Makes a connection for an exchange.
    func connect(for exchange: Exchange) {
        do throws(CurlError) {
            let transport = try open(for: exchange)
            let connection = OriginConnection(transport: transport, pool: self, exchange: exchange)
            connection.bornMilliseconds = worker.now.monotonicMilliseconds
            open[ObjectIdentifier(connection)] = connection
            upstream.began(exchange)
            exchange.originConnecting(connection)
        } catch {
            exchange.originFailed(.connect(error))
        }
    }

    /// A connection, or what looks like one and is a request over HTTP/2 (decision record 19).
    ///
    /// Who asks for another protocol is served over HTTP/1.1, which alone can change to one.
    private func open(for exchange: Exchange) throws(CurlError) -> CurlConnection {
        var options = upstream.configuration.connect
        guard upstream.configuration.speaksHTTP2, exchange.offer == nil else {
            return try worker.origins.curl.connect(to: url, options: options)
        }
        // NTLM and Negotiate authenticate a connection, so theirs is their own (L-24).
        options.isKept = !exchange.request.authenticatesConnection
        // A connection that was kept may be what it failed on.
        options.isFresh = exchange.wasResent || !options.isKept
        let head = exchange.upload
        let span = head.span
        return try worker.origins.curl.request(span, from: url, options: options)
    }

    // MARK: Taking back

    /// Takes a connection back whose exchange has ended cleanly on both sides.
    ///
    /// - Parameters:
    ///   - connection: The connection, which no exchange uses any more.
    ///   - mayHaveMore: Whether there may be octets that no event will tell of.
    func release(_ connection: OriginConnection, mayHaveMore: Bool) {
        endExchange(of: connection)
        connection.exchangesDone += 1
        let now = worker.now.monotonicMilliseconds
        guard !connection.transport.isTransfer,
            now - connection.bornMilliseconds < lifeMilliseconds,
            idle.count < idleConnectionsMax + upstream.waitingCount,
            !mayHaveMore || isClean(connection, mayHaveMore: true)
        else { return discard(connection) }
        connection.idleSinceMilliseconds = now
        idle.append(connection)
        upstream.hasRoomAgain()
    }

    /// Closes a connection; the next request that waits gets to open one.
    func discard(_ connection: OriginConnection) {
        endExchange(of: connection)
        connection.transport.close()
        open[ObjectIdentifier(connection)] = nil
        upstream.hasRoomAgain()
    }

    private func endExchange(of connection: OriginConnection) {
        guard let exchange = connection.exchange else { return }
        connection.exchange = nil
        upstream.ended(exchange)
    }

    func idleConnectionChanged(_ connection: OriginConnection) {
        if isClean(connection, mayHaveMore: true) { return }
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
        discard(connection)
    }

    // MARK: Health

    /// Notes that a response has come.
    func answered() {
        if health.failuresInARow > 0 { change { $0.succeeded() } }
    }

    /// Notes that an exchange failed because of this target.
    ///
    /// - Parameter isUnwell: Whether that speaks against the target's health.
    func failed(isUnwell: Bool) {
        failures &+= 1
        let now = worker.now.monotonicMilliseconds
        if isUnwell { change { $0.failed(at: now) } }
    }

    /// Takes over what checks found.
    func checked(isWell: Bool) {
        let now = worker.now.monotonicMilliseconds
        change { $0.checked(isWell: isWell, at: now) }
    }

    private func change(_ change: (inout TargetHealth) -> Void) {
        let wasWell = health.isWell
        change(&health)
        guard health.isWell != wasWell else { return }
        worker.onHealthChange?(upstream.name, url.description, health.isWell)
    }

    // MARK: Time

    /// Closes connections that have been idle for too long.
    func sweep(nowMilliseconds: Int64) {
        let oldest = nowMilliseconds - upstream.configuration.keepMilliseconds
        let expired = idle.prefix { $0.idleSinceMilliseconds <= oldest }.count
        guard expired > 0 else { return }
        let connections = idle.prefix(expired)
        idle.removeFirst(expired)
        for connection in connections { discard(connection) }
    }

    /// Closes every idle connection; those in use are closed when their exchange ends.
    func closeIdle() {
        let connections = idle
        idle = []
        for connection in connections { discard(connection) }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension OriginPool: Sendable {}
