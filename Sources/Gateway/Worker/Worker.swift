internal import Curl
internal import HTTPMessage
internal import Judgement
internal import Logging
internal import MethodPolicy
internal import NIOCore

/// One event loop's share of the gateway: connections, policy, pools, libcurl, log.
///
/// Shares nothing with the other workers while it serves a request.
///
/// Everything here belongs to the event loop: it is made on it and only touched on it.
final class Worker {
    let eventLoop: any EventLoop
    let configuration: GatewayConfiguration
    /// The fields that only trusted proxies may send.
    let identityFields: IdentityFields
    private let logs: LogWriters
    let ledger: ConnectionLedger
    let origins: OriginLoop
    let nextLook: NextLook
    var log: RefusalLog
    /// The log of every request; nil where there is none.
    let access: AccessLog?
    private(set) var now = LogInstant.now()
    private(set) var date = DateCache()
    private(set) var policy: PolicyState?
    var counters = WorkerCounters()
    var metrics = WorkerMetrics()
    var identifier = RequestIdentifier()
    var trace: RequestTrace
    /// What each listener proves itself with.
    var tls = TLSContexts()
    let incidents: Incidents
    /// How much is held for HTTP/2 connections: for each client, and in all.
    let heldBytesMax: (client: Int, all: Int)

    // Scratch, used by one callback at a time and kept for its capacity.
    private var requestHead = RequestHead()
    private var responseHead = ResponseHead()
    private var spareUploads: [OctetBuffer] = []
    var judge = RequestJudge()
    var joinedFields: [UInt8] = []
    var output = OctetBuffer()
    /// Whose octets are in `output`.
    var outputOwner: ClientConnection?
    var detail = OctetBuffer()
    var problemBody = OctetBuffer()
    private var sendBuffer = ByteBuffer()

    private(set) var connections: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var entrances: [ObjectIdentifier: Entrance] = [:]
    private(set) var upstreams: [String: Upstream] = [:]
    /// Told of targets that requests are sent to no longer, or again.
    var onHealthChange: ((_ upstream: String, _ target: String, _ isWell: Bool) -> Void)?
    /// In the worker that asks targets whether they are well: those that it tells.
    var checksFor: [NIOLoopBound<Worker>]?
    private(set) var isDraining = false
    /// Whether requests wait until the log has room for what refusing them would write.
    private(set) var isHeldByLog = false
    private var whenDrained: (() -> Void)?
    private var tick: Scheduled<Void>?
    private var tickAtMilliseconds: Int64 = 0
    private var nextSweepMilliseconds: Int64 = 0

    /// How long connections that are new when draining begins have for their first request.
    static let firstRequestMilliseconds: Int64 = 2_000
    private static let tickMilliseconds: Int64 = 50
    private static let sweepMilliseconds: Int64 = 250

    init(
        eventLoop: any EventLoop,
        configuration: GatewayConfiguration,
        ledger: ConnectionLedger,
        watcher: Watcher?,
        logs: LogWriters,
        logger: Logger
    ) throws {
        self.eventLoop = eventLoop
        self.configuration = configuration
        identityFields = IdentityFields(
            strip: configuration.identityFieldsToStrip,
            keep: configuration.identityFieldsToKeep
        )
        self.ledger = ledger
        self.logs = logs
        trace = RequestTrace(configuration.trace, identityFields)
        incidents = Incidents(logger: logger)
        heldBytesMax = HTTP2Limits.heldBytesMax(
            configuration.limits,
            workers: configuration.workers
        )
        var options = RefusalLogOptions()
        options.includesQuery = configuration.log.includesQuery
        log = RefusalLog(writer: logs.refusals, options: options)
        access = Self.accessLog(configuration, logs)
        nextLook = try NextLook(eventLoop: eventLoop)
        origins = try OriginLoop(eventLoop: eventLoop, watcher: watcher, nextLook: nextLook)
        date.update(unixMilliseconds: now.unixMilliseconds)
        origins.onEvent = { [unowned self] in refreshClock() }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        if configuration.log.waitsOnOverflow {
            logs.whenRoomReturns { [eventLoop] in
                eventLoop.execute { bound.value.logHasRoom() }
            }
        }
    }

    /// Reads the clock, once for everything one event causes.
    func refreshClock() {
        now = LogInstant.now()
        date.update(unixMilliseconds: now.unixMilliseconds)
    }

    /// Has NIO read what the kernel and this worker tell it.
    func readNotices() throws -> EventLoopFuture<Void> {
        let look = try nextLook.open()
        let origins = try origins.readNotices()
        return look.and(origins).map { _ in }
    }

    // MARK: Policy

    /// Puts a snapshot in force.
    ///
    /// Requests under way keep what was decided for them.
    func install(_ judged: JudgedPolicies) {
        let snapshot = judged.snapshot
        let known = snapshot.upstreams.map { upstream(named: $0) }
        policy = PolicyState(judged, upstreams: known, pseudonym: configuration.pseudonym)
        let current = Set(snapshot.upstreams)
        for (name, upstream) in upstreams where !current.contains(name) {
            upstream.stopChecks()
            upstream.closeIdle()
        }
        if checksFor != nil { startChecks() }
    }

    private func upstream(named name: String) -> Upstream? {
        if let upstream = upstreams[name] { return upstream }
        let known = configuration.origins[name]
        guard let origin = known ?? (try? OriginURL(name)).map(OriginConfiguration.init(url:)),
            !origin.targets.isEmpty
        else { return nil }
        let upstream = Upstream(name, origin, worker: self)
        upstreams[name] = upstream
        return upstream
    }

    // MARK: Connections

    func opened(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        switch connection.arrival.carrier {
        case .socket: counters.connections &+= 1
        // Counted with its entrance.
        case .layer: break
        case .stream: connection.arrival.entrance?.streamOpened()
        }
        scheduleTick()
    }

    func closed(_ connection: ClientConnection) {
        if connection.arrival.carrier == .stream { connection.arrival.entrance?.streamClosed() }
        connections[ObjectIdentifier(connection)] = nil
        finishDrainIfEmpty()
    }

    func opened(_ entrance: Entrance) {
        entrances[ObjectIdentifier(entrance)] = entrance
        counters.connections &+= 1
        scheduleTick()
    }

    func closed(_ entrance: Entrance) {
        entrances[ObjectIdentifier(entrance)] = nil
        finishDrainIfEmpty()
    }

    /// Closes idle connections now and the others after their exchange.
    func drain(_ whenDrained: @escaping () -> Void) {
        isDraining = true
        self.whenDrained = whenDrained
        for entrance in Array(entrances.values) { entrance.drain() }
        for connection in Array(connections.values) { connection.drain() }
        finishDrainIfEmpty()
    }

    /// Closes tunnels, whose time is over before that of the rest may be.
    func drainTunnels() {
        refreshClock()
        for connection in Array(connections.values) { connection.drainTunnel() }
    }

    /// Cuts what is still under way and no tunnel, whose time may be longer.
    func cutRequests() {
        refreshClock()
        for entrance in Array(entrances.values) { entrance.cutUnlessHTTP1() }
        for connection in Array(connections.values) { connection.cutUnlessTunnel() }
    }

    private func finishDrainIfEmpty() {
        guard isDraining, connections.isEmpty, entrances.isEmpty, let done = whenDrained else {
            return
        }
        whenDrained = nil
        done()
    }

    /// Ends everything: what is still open is cut.
    func stop() {
        for connection in Array(connections.values) { connection.abort() }
        for entrance in Array(entrances.values) { entrance.cut() }
        for upstream in upstreams.values {
            upstream.stopChecks()
            upstream.closeIdle()
        }
        checksFor = nil
        tick?.cancel()
        origins.stop()
        nextLook.stop()
        refreshClock()
        log.finish(at: now)
        access?.handOver()
        incidents.finish()
    }

    // MARK: Log

    /// With `overflow: wait`, holds requests while the writer has no room.
    func holdIfLogIsFull() {
        guard configuration.log.waitsOnOverflow, !isHeldByLog, !logs.hasRoom else { return }
        isHeldByLog = true
        // Room may have returned before this was noted.
        // Not at once: a request is being judged, with what the worker keeps for one at a time.
        guard logs.hasRoom else { return }
        eventLoop.assumeIsolated().execute { [unowned self] in self.logHasRoom() }
    }

    private func logHasRoom() {
        guard isHeldByLog, logs.hasRoom else { return }
        isHeldByLog = false
        refreshClock()
        for connection in Array(connections.values) {
            connection.wasHeld()
            connection.resume()
            connection.flush()
        }
    }

    /// Whether lines wait in the logs.
    private var awaitsLog: Bool { log.nextDeadline != nil || access?.nextDeadline != nil }

    // MARK: Time

    /// Sees that time-outs and the log's windows are looked after while there are any: often while
    /// lines wait in the log, else only as often as connections are looked through.
    func scheduleTick() {
        let sweepIn = nextSweepMilliseconds - now.monotonicMilliseconds
        let milliseconds =
            !awaitsLog
            ? min(max(sweepIn, Self.tickMilliseconds), Self.sweepMilliseconds)
            : Self.tickMilliseconds
        let dueMilliseconds = now.monotonicMilliseconds + milliseconds
        if let tick {
            guard tickAtMilliseconds > dueMilliseconds else { return }
            tick.cancel()
        }
        tickAtMilliseconds = dueMilliseconds
        tick = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            [unowned self] in self.ticked()
        }
    }

    private func ticked() {
        tick = nil
        refreshClock()
        log.advance(to: now)
        access?.advance(to: now)
        let milliseconds = now.monotonicMilliseconds
        if milliseconds >= nextSweepMilliseconds {
            nextSweepMilliseconds = milliseconds + Self.sweepMilliseconds
            let expired = connections.values.filter { $0.isExpired(milliseconds) }
            for connection in expired { connection.expire() }
            let stuck = entrances.values.filter { $0.isExpired(milliseconds) }
            for entrance in stuck { entrance.expire() }
            boundHeld()
            incidents.advance(to: now)
            for upstream in upstreams.values { upstream.sweep(nowMilliseconds: milliseconds) }
        }
        let hasOrigins = upstreams.values.contains { $0.needsSweep }
        if !connections.isEmpty || !entrances.isEmpty || hasOrigins || awaitsLog
            || incidents.areWaiting
        {
            scheduleTick()
        }
    }

    // MARK: Scratch

    /// The shared head, empty.
    ///
    /// Give it back after use.
    func takeRequestHead() -> RequestHead {
        var head = RequestHead()
        swap(&head, &requestHead)
        head.reset()
        return head
    }

    func giveBack(_ head: inout RequestHead) { swap(&head, &requestHead) }

    /// The shared head of responses, likewise.
    func takeResponseHead() -> ResponseHead {
        var head = ResponseHead()
        swap(&head, &responseHead)
        head.reset()
        return head
    }

    func giveBack(_ head: inout ResponseHead) { swap(&head, &responseHead) }

    /// An empty buffer for what is sent to an origin, with storage that was used before.
    func takeUploadBuffer() -> OctetBuffer {
        spareUploads.popLast() ?? OctetBuffer(reservingBytes: Self.uploadBytes)
    }

    /// Takes a buffer back, emptied, unless it has grown large or there are enough.
    func giveBack(upload buffer: inout OctetBuffer) {
        var spare = OctetBuffer()
        swap(&spare, &buffer)
        guard spare.capacity <= Self.uploadBytesMax, spareUploads.count < Self.spareUploadsMax
        else { return }
        spare.removeAll()
        spareUploads.append(spare)
    }

    private static var uploadBytes: Int { 1024 }
    private static var uploadBytesMax: Int { 16 * 1024 }
    private static var spareUploadsMax: Int { 256 }

    /// The output as NIO sends it; nothing is left in `output`.
    ///
    /// Give the buffer back after it was sent, so that its storage is used again.
    func takeOutput() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &sendBuffer)
        // Storage that a pending write still holds is left to it.
        buffer.clear(minimumCapacity: output.count)
        buffer.writeBytes(output.octets)
        output.removeAll()
        outputOwner = nil
        return buffer
    }

    func giveBackOutput(_ buffer: inout ByteBuffer) { swap(&buffer, &sendBuffer) }
}
