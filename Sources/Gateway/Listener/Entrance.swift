internal import HTTPMessage
internal import NIOCore

/// The first handler of a connection that has to go through something before its HTTP: a PROXY
/// header, TLS, the choice of a version.
///
/// It counts the connection, gives it a time to get through, and is what a draining worker knows of
/// it until the end. Octets do not pass through it.
final class Entrance: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let worker: Worker
    private(set) var context: ChannelHandlerContext?
    private var deadlineMilliseconds: Int64 = .max
    /// What it is by now.
    private enum Stage { case entering, http1, http2 }
    private var stage = Stage.entering
    /// Whether an HTTP/2 connection has been asked to end.
    private var isQuiescing = false
    /// How many streams of an HTTP/2 connection are open.
    private var streams = 0
    /// In whose name it is counted; nil if it is not.
    private(set) var counted: PeerAddress?
    /// How many octets of responses an HTTP/2 connection's client has not taken yet.
    private(set) var unreadBytes = 0
    /// When it last took any.
    private(set) var tookAtMilliseconds: Int64 = 0

    init(worker: Worker) { self.worker = worker }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.refreshClock()
        setDeadline(in: worker.configuration.limits.headTimeoutMilliseconds)
        if worker.isDraining { drain() }
        worker.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { ended() }

    func channelInactive(context: ChannelHandlerContext) {
        worker.refreshClock()
        ended()
        context.fireChannelInactive()
    }

    private func ended() {
        guard context != nil else { return }
        context = nil
        if let counted { worker.ledger.close(counted) }
        worker.closed(self)
    }

    /// Counts the connection in a client's name.
    ///
    /// - Returns: Whether it is within the limits; if not, it is closed.
    func admit(_ address: PeerAddress) -> Bool {
        guard context != nil else { return false }
        guard worker.ledger.open(address) else {
            worker.counters.connectionsRefused &+= 1
            cut()
            return false
        }
        counted = address
        return true
    }

    /// The connection has got through: from here on its HTTP keeps the time.
    func passed() {
        stage = .http1
        deadlineMilliseconds = .max
    }

    // MARK: HTTP/2

    /// The connection speaks HTTP/2: from here on its streams keep the time, while there are any.
    func begins() {
        stage = .http2
        setDeadline(in: worker.configuration.limits.headTimeoutMilliseconds)
        if worker.isDraining { drain() }
    }

    func streamOpened() {
        streams += 1
        deadlineMilliseconds = .max
    }

    func streamClosed() {
        streams -= 1
        guard streams == 0, context != nil else { return }
        let limits = worker.configuration.limits
        setDeadline(in: isQuiescing ? Self.graceMilliseconds : limits.idleTimeoutMilliseconds)
    }

    func queued(_ count: Int) { unreadBytes += count }

    func dropped(_ count: Int) { unreadBytes -= count }

    func took(_ count: Int) {
        unreadBytes -= count
        tookAtMilliseconds = worker.now.monotonicMilliseconds
    }

    /// How long a client has to take its leave.
    private static var graceMilliseconds: Int64 { 2_000 }

    private func setDeadline(in milliseconds: Int64) {
        deadlineMilliseconds = worker.now.monotonicMilliseconds + milliseconds
    }

    // MARK: Ends

    func isExpired(_ nowMilliseconds: Int64) -> Bool { nowMilliseconds >= deadlineMilliseconds }

    /// Its time is over: HTTP/2 is told, and cut if that does not help.
    func expire() {
        if stage == .http2, !isQuiescing { quiesce() } else { cut() }
    }

    private func quiesce() {
        isQuiescing = true
        if streams == 0 { setDeadline(in: Self.graceMilliseconds) }
        context?.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Ends the connection at once, without a word that anybody could take for a proper end.
    func cut() { context?.close(promise: nil) }

    /// Ends a connection that has not got through, or that speaks HTTP/2.
    func cutUnlessHTTP1() { if stage != .http1 { cut() } }

    /// Lets HTTP/2 end gracefully; a connection that has not got through has a moment to do so.
    ///
    /// HTTP/1.1 is told by the worker itself.
    func drain() {
        switch stage {
        case .entering:
            let soon = worker.now.monotonicMilliseconds + Worker.firstRequestMilliseconds
            deadlineMilliseconds = min(deadlineMilliseconds, soon)
        case .http1: break
        case .http2: if !isQuiescing { quiesce() }
        }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Entrance: Sendable {}
