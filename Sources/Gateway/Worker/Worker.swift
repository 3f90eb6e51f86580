internal import Curl
internal import HTTPMessage
internal import Judgement
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
    private let writer: LogWriter
    let ledger: ConnectionLedger
    let curl: CurlLoop
    private let watcher: Watcher
    var log: RefusalLog
    private(set) var now = LogInstant.now()
    private(set) var date = DateCache()
    private(set) var policy: PolicyState?
    var counters = WorkerCounters()
    var identifier = RequestIdentifier()

    // Scratch, used by one callback at a time and kept for its capacity.
    var requestHead = RequestHead()
    var responseHead = ResponseHead()
    var judge = RequestJudge()
    var joinedFields: [UInt8] = []
    var output = ByteBuffer()
    /// Whose octets are in `output`.
    weak var outputOwner: ClientConnection?
    var detail = ByteBuffer()
    var problemBody = ByteBuffer()
    private var receiveBuffer = ByteBuffer()

    private(set) var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var poolsByUpstream: [String: OriginPool] = [:]
    private(set) var isDraining = false
    /// Whether requests wait until the log has room for what refusing them would write.
    private(set) var isHeldByLog = false
    private var whenDrained: (() -> Void)?
    private var tick: Scheduled<Void>?
    private var curlTimer: Scheduled<Void>?
    private var nextSweepMilliseconds: Int64 = 0
    private var isDrainScheduled = false

    static let receiveBytes = CurlConnection.receiveBytesMax
    private static let tickMilliseconds: Int64 = 50
    private static let sweepMilliseconds: Int64 = 250

    init(
        eventLoop: any EventLoop,
        configuration: GatewayConfiguration,
        ledger: ConnectionLedger,
        watcher: Watcher,
        writer: LogWriter
    ) throws {
        self.eventLoop = eventLoop
        self.configuration = configuration
        identityFields = IdentityFields(
            strip: configuration.identityFieldsToStrip,
            keep: configuration.identityFieldsToKeep
        )
        self.ledger = ledger
        self.watcher = watcher
        self.writer = writer
        var options = RefusalLogOptions()
        options.includesQuery = configuration.log.includesQuery
        log = RefusalLog(writer: writer, options: options)
        curl = try CurlLoop()
        date.update(unixMilliseconds: now.unixMilliseconds)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        try watcher.add(curl.descriptor) { [eventLoop] in
            eventLoop.execute { bound.value.originsReady() }
        }
        if configuration.log.waitsOnOverflow {
            writer.whenRoomReturns { [eventLoop] in
                eventLoop.execute { bound.value.logHasRoom() }
            }
        }
        curl.onTimer = { [unowned self] milliseconds in self.setCurlTimer(milliseconds) }
    }

    /// Reads the clock, once for everything one event causes.
    func refreshClock() {
        now = LogInstant.now()
        date.update(unixMilliseconds: now.unixMilliseconds)
    }

    // MARK: Policy

    /// Puts a snapshot in force.
    ///
    /// Requests under way keep what was decided for them.
    func install(_ judged: JudgedPolicies) {
        let snapshot = judged.snapshot
        let pools = snapshot.upstreams.map { pool(named: $0) }
        policy = PolicyState(judged, pools: pools)
        let current = Set(snapshot.upstreams)
        for (name, pool) in poolsByUpstream where !current.contains(name) { pool.closeIdle() }
    }

    private func pool(named name: String) -> OriginPool? {
        if let pool = poolsByUpstream[name] { return pool }
        let known = configuration.origins[name]
        guard let origin = known ?? (try? OriginURL(name)).map(OriginConfiguration.init(url:))
        else { return nil }
        let pool = OriginPool(origin, worker: self)
        poolsByUpstream[name] = pool
        return pool
    }

    // MARK: Connections

    func opened(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        counters.connections &+= 1
        scheduleTick()
    }

    func closed(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
        finishDrainIfEmpty()
    }

    /// Closes idle connections now and the others after their exchange.
    func drain(_ whenDrained: @escaping () -> Void) {
        isDraining = true
        self.whenDrained = whenDrained
        for connection in Array(connections.values) { connection.drain() }
        finishDrainIfEmpty()
    }

    private func finishDrainIfEmpty() {
        guard isDraining, connections.isEmpty, let done = whenDrained else { return }
        whenDrained = nil
        done()
    }

    /// Ends everything: what is still open is cut.
    func stop() {
        for connection in Array(connections.values) { connection.abort() }
        for pool in poolsByUpstream.values { pool.closeIdle() }
        tick?.cancel()
        curlTimer?.cancel()
        watcher.remove(curl.descriptor)
        refreshClock()
        log.finish(at: now)
    }

    // MARK: Log

    /// With `overflow: wait`, holds requests while the writer has no room.
    func holdIfLogIsFull() {
        guard configuration.log.waitsOnOverflow, !isHeldByLog, !writer.hasRoom else { return }
        isHeldByLog = true
        // Room may have returned before this was noted.
        if writer.hasRoom { logHasRoom() }
    }

    private func logHasRoom() {
        guard isHeldByLog else { return }
        isHeldByLog = false
        refreshClock()
        for connection in Array(connections.values) {
            connection.setDeadline(in: configuration.limits.idleTimeoutMilliseconds)
            connection.resume()
            connection.flush()
        }
    }

    // MARK: Time

    /// Sees that time-outs and the log's windows are looked after while there are any.
    func scheduleTick() {
        guard tick == nil else { return }
        tick = eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(Self.tickMilliseconds)
        ) { [unowned self] in
            self.ticked()
        }
    }

    private func ticked() {
        tick = nil
        refreshClock()
        log.advance(to: now)
        let milliseconds = now.monotonicMilliseconds
        if milliseconds >= nextSweepMilliseconds {
            nextSweepMilliseconds = milliseconds + Self.sweepMilliseconds
            let expired = connections.values.filter { $0.isExpired(milliseconds) }
            for connection in expired { connection.expire() }
            for pool in poolsByUpstream.values { pool.sweep(nowMilliseconds: milliseconds) }
        }
        let hasPools = poolsByUpstream.values.contains { $0.needsSweep }
        if !connections.isEmpty || hasPools || log.nextDeadline != nil { scheduleTick() }
    }

    // MARK: libcurl

    private func setCurlTimer(_ milliseconds: Int?) {
        curlTimer?.cancel()
        curlTimer = nil
        guard let milliseconds else { return }
        curlTimer = eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(Int64(milliseconds))
        ) { [unowned self] in
            self.refreshClock()
            self.curl.timerFired()
        }
    }

    /// The watcher saw activity, or there was some a moment ago.
    private func originsReady() {
        isDrainScheduled = false
        refreshClock()
        if curl.poll() {
            curl.dispatch()
            // More is likely to come soon: look again after the clients had their turn, and leave
            // the watcher asleep until a look finds nothing.
            scheduleDrain()
        } else {
            watcher.rearm(curl.descriptor)
        }
    }

    private func scheduleDrain() {
        guard !isDrainScheduled else { return }
        isDrainScheduled = true
        eventLoop.assumeIsolated().execute { [unowned self] in self.originsReady() }
    }

    /// Learns what the kernel knows of the origins' sockets; it is reported soon after.
    func gatherOriginEvents() {
        if curl.poll() { scheduleDrain() }
    }

    /// Whether nothing can be received: what made the connection readable was TLS's own.
    func isQuiet(_ transport: CurlConnection) -> Bool {
        var buffer = takeReceiveBuffer()
        defer { giveBack(&buffer) }
        return receive(from: transport, into: &buffer) == .wouldBlock
    }

    /// The shared buffer, empty, with room for one read.
    ///
    /// Give it back after use.
    func takeReceiveBuffer() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &receiveBuffer)
        // Storage that a pending write still holds is left to it.
        buffer.clear(minimumCapacity: Self.receiveBytes)
        return buffer
    }

    func giveBack(_ buffer: inout ByteBuffer) { swap(&buffer, &receiveBuffer) }

    func receive(
        from transport: CurlConnection,
        into buffer: inout ByteBuffer
    ) -> CurlConnection.ReceiveOutcome {
        var outcome = CurlConnection.ReceiveOutcome.wouldBlock
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.receiveBytes) { room in
            unsafe outcome = transport.receive(
                into: UnsafeMutableRawBufferPointer(rebasing: room[..<Self.receiveBytes])
            )
            if case .received(let count) = outcome { return count }
            return 0
        }
        return outcome
    }
}
