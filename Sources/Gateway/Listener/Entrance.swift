internal import Glibc
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
    /// How many of their requests are under way: a stream stays a little longer.
    private var requests = 0
    /// In whose name it is counted; nil if it is not.
    private(set) var counted: PeerAddress?
    /// How many octets of responses an HTTP/2 connection's client has not taken yet.
    private var unreadBytes = 0
    /// How many it has taken since it was last noted that it takes any.
    private var takenBytes = 0
    /// When that was.
    private(set) var tookAtMilliseconds: Int64 = 0
    /// When an HTTP/2 connection's client has taken nothing for too long.
    private var sendDeadlineMilliseconds: Int64 = .max
    /// What the kernel held for a client that is to close its side, and when.
    private var rest: (bytes: Int, atMilliseconds: Int64)?
    /// Knows which frames an HTTP/2 connection's streams have not taken yet.
    private var feed: FrameFeed?
    /// How much of requests its streams hold themselves, by the last count.
    private var requestBytes = 0

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

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if stage == .http2 {
            worker.refreshClock()
            let patience = worker.configuration.limits.sendTimeoutMilliseconds
            let isWritable = context.channel.isWritable
            sendDeadlineMilliseconds =
                isWritable ? .max : worker.now.monotonicMilliseconds + patience
        }
        context.fireChannelWritabilityChanged()
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
    func begins(_ feed: FrameFeed) {
        stage = .http2
        self.feed = feed
        setDeadline(in: worker.configuration.limits.headTimeoutMilliseconds)
        if worker.isDraining { drain() }
    }

    /// A request begins.
    ///
    /// - Returns: Whether it may: no more are under way than the client was told (RFC 9113 §5.1.2).
    func admitsRequest() -> Bool {
        guard requests < HTTP2Limits.streamsMax else { return false }
        requests += 1
        return true
    }

    /// A request that was admitted is over, as its client sees it.
    func requestEnded() { requests -= 1 }

    func streamOpened() {
        streams += 1
        deadlineMilliseconds = .max
    }

    func streamClosed() {
        streams -= 1
        guard streams == 0, context != nil else { return }
        if isQuiescing { return setLeave() }
        setDeadline(in: worker.configuration.limits.idleTimeoutMilliseconds)
    }

    /// How many octets are held for an HTTP/2 connection that its client, or its origins, do not
    /// take.
    var heldBytes: Int {
        unreadBytes + (feed?.heldBytes ?? 0) + requestBytes + streams * HTTP2Limits.streamBytes
    }

    func beginCount() { requestBytes = 0 }

    /// One of its streams holds so much of its request.
    func count(requestBytes count: Int) { requestBytes += count }

    /// So much of a response waits for the client.
    func queued(_ count: Int) { unreadBytes += count }

    /// It waits no more, nor has it been taken.
    func dropped(_ count: Int) {
        unreadBytes -= count
        setLeaveIfOver()
    }

    /// The client has taken it, and so much content with it.
    func took(_ count: Int, contentBytes: Int) {
        unreadBytes -= count
        setLeaveIfOver()
        takenBytes += contentBytes
        guard takenBytes >= HTTP2Limits.queuedBytesMax / 2 else { return }
        takenBytes = 0
        worker.refreshClock()
        tookAtMilliseconds = worker.now.monotonicMilliseconds
    }

    /// How long a client has to take its leave.
    private static var graceMilliseconds: Int64 { 2_000 }

    /// Sets how long a connection that is to end, and has no streams any more, has for it: a moment
    /// once its client has taken everything.
    private func setLeave() {
        feed?.stops()
        guard unreadBytes > 0 else { return awaitRest() }
        setDeadline(in: worker.configuration.limits.sendTimeoutMilliseconds)
    }

    private func setLeaveIfOver() {
        guard isQuiescing, streams == 0, unreadBytes == 0, context != nil else { return }
        worker.refreshClock()
        setLeave()
    }

    /// The connection is closed as soon as its client has taken all that was written.
    func leaves() {
        worker.refreshClock()
        isQuiescing = true
        setDeadline(in: worker.configuration.limits.sendTimeoutMilliseconds)
    }

    /// It is, and has a moment to close, too.
    func hasLeft() {
        worker.refreshClock()
        awaitRest()
    }

    /// The socket has taken everything: the moment begins when the client has the kernel's share.
    private func awaitRest() {
        rest = (kernelBytes, worker.now.monotonicMilliseconds)
        setDeadline(in: Self.graceMilliseconds)
    }

    /// Whether the client still takes what the kernel holds for it, at no less a pace than others.
    private func takesRest() -> Bool {
        guard let before = rest else { return false }
        let (bytes, now) = (kernelBytes, worker.now.monotonicMilliseconds)
        guard bytes > 0 else {
            rest = nil
            return before.bytes > 0
        }
        if before.bytes - bytes >= HTTP2Limits.queuedBytesMax / 2 { rest = (bytes, now) }
        return now - before.atMilliseconds < worker.configuration.limits.sendTimeoutMilliseconds
    }

    /// How many octets the kernel holds for the client (tcp(7), SIOCOUTQ).
    private var kernelBytes: Int {
        let pipeline = context?.channel.pipeline.syncOperations
        let count = try? pipeline?.withUnsafeTransportIfAvailable { (socket: CInt) -> CInt in
            var count: CInt = 0
            return unsafe ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? count : 0
        }
        return Int(count ?? 0)
    }

    private func setDeadline(in milliseconds: Int64) {
        deadlineMilliseconds = worker.now.monotonicMilliseconds + milliseconds
    }

    // MARK: Ends

    func isExpired(_ nowMilliseconds: Int64) -> Bool {
        nowMilliseconds >= min(deadlineMilliseconds, sendDeadlineMilliseconds)
    }

    /// Its time is over: HTTP/2 is told, and cut if that does not help.
    func expire() {
        if worker.now.monotonicMilliseconds >= sendDeadlineMilliseconds {
            cut(because: "its client takes next to nothing")
        } else if stage == .http2, !isQuiescing {
            quiesce()
        } else if takesRest() {
            setDeadline(in: Self.graceMilliseconds)
        } else {
            cut()
        }
    }

    private func quiesce() {
        isQuiescing = true
        feed?.refusesStreams()
        if streams == 0 { setLeave() }
        context?.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Ends the connection at once, without a word that anybody could take for a proper end.
    func cut() { context?.close(promise: nil) }

    /// The same, for what the client of an HTTP/2 connection does.
    func cut(because reason: String) {
        worker.counters.http2ConnectionsFailed &+= 1
        worker.report(.http2, from: counted ?? .none, reason)
        cut()
    }

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
