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
    /// In whose name it is counted; nil if it is not.
    private var counted: PeerAddress?

    init(worker: Worker) { self.worker = worker }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.refreshClock()
        deadlineMilliseconds =
            worker.now.monotonicMilliseconds + worker.configuration.limits.headTimeoutMilliseconds
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
    func passed() { deadlineMilliseconds = .max }

    func isExpired(_ nowMilliseconds: Int64) -> Bool { nowMilliseconds >= deadlineMilliseconds }

    /// Ends the connection at once, without a word that anybody could take for a proper end.
    func cut() { context?.close(promise: nil) }

    /// Lets HTTP/2 end gracefully; a connection that has not got through is closed.
    ///
    /// HTTP/1.1 is told by the worker itself.
    func drain() {
        guard deadlineMilliseconds == .max else { return cut() }
        context?.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Entrance: Sendable {}
