internal import Logging
internal import NIOCore

/// The connections and event streams of the listener, on its event loop.
final class ConnectionRegister {
    let limits: AdminLimits
    let answerer: Answerer
    private let feed: RefusalFeed
    private let eventLoop: any EventLoop
    private var notices: RefusalNotices
    private var connections: [ObjectIdentifier: AdminConnection] = [:]
    private var streams: [ObjectIdentifier: AdminConnection] = [:]

    init(
        limits: AdminLimits,
        answerer: Answerer,
        feed: RefusalFeed,
        logger: Logger,
        eventLoop: any EventLoop
    ) {
        self.limits = limits
        self.answerer = answerer
        self.feed = feed
        self.eventLoop = eventLoop
        notices = RefusalNotices(logger: logger)
    }

    /// Takes a connection in; false where there is no room for one more.
    func add(_ connection: AdminConnection) -> Bool {
        guard connections.count < limits.connectionsMax else {
            note("too_many_connections", value: "")
            return false
        }
        connections[ObjectIdentifier(connection)] = connection
        return true
    }

    func remove(_ connection: AdminConnection) {
        connections[ObjectIdentifier(connection)] = nil
        guard streams.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if streams.isEmpty { feed.unfollow() }
    }

    /// Makes a connection an event stream; false where there is no room for one more.
    func addStream(_ connection: AdminConnection) -> Bool {
        guard streams.count < limits.streamsMax else { return false }
        streams[ObjectIdentifier(connection)] = connection
        if streams.count == 1 { follow() }
        return true
    }

    /// Tells the operator of a refused request.
    func note(_ reason: String, value: String) { notices.note(reason, value: value) }

    /// Closes every connection.
    func closeAll() {
        feed.unfollow()
        for connection in connections.values { connection.close() }
    }

    /// Gathers for a moment before it takes, so that a flood costs a bounded part of one thread.
    private func follow() {
        let register = NIOLoopBound(self, eventLoop: eventLoop)
        let (eventLoop, gatherTime) = (eventLoop, limits.gatherTime)
        feed.follow {
            eventLoop.scheduleTask(in: gatherTime) { register.value.deliver() }
        }
    }

    private func deliver() {
        let (lines, lost) = feed.take()
        let pieces = EventText.pieces(of: lines)
        for stream in streams.values { stream.deliver(pieces, lost: lost) }
    }
}

/// Tells the operator of refused requests, at most once a second.
struct RefusalNotices {
    private let logger: Logger
    private var next = NIODeadline.uptimeNanoseconds(0)
    private var suppressed = 0

    private static var valueBytesMax: Int { 128 }

    init(logger: Logger) { self.logger = logger }

    mutating func note(_ reason: String, value: String, now: NIODeadline = .now()) {
        guard now >= next else {
            suppressed += 1
            return
        }
        next = now + .seconds(1)
        logger.warning(
            "admin request refused",
            metadata: [
                "reason": "\(reason)", "value": "\(Self.printable(value))",
                "suppressed": "\(suppressed)",
            ]
        )
        suppressed = 0
    }

    /// What a client sent, without what could forge or upset a line of the log.
    private static func printable(_ text: String) -> String {
        let octets = text.utf8.prefix(valueBytesMax).map { 0x20...0x7E ~= $0 ? $0 : 0x3F }
        return String(decoding: octets, as: UTF8.self)
    }
}
