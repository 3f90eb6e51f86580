internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL

/// The end of an HTTP/2 connection's pipeline: what nobody before it dealt with closes it.
///
/// Requests are in the streams' own pipelines, where `StreamCodec` reads them.
final class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let worker: Worker
    private let address: PeerAddress
    private let feed: FrameFeed
    private var hasFailed = false

    init(worker: Worker, address: PeerAddress, feed: FrameFeed) {
        self.worker = worker
        self.address = address
        self.feed = feed
    }

    /// SETTINGS, PING, GOAWAY and their like, which the handlers before this one have obeyed.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    /// HTTP/2 ends with frames and not by halves: who sends no more is gone (RFC 9113 §9.1).
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if hasFailed || endsStreamAlone(error) { return }
        hasFailed = true
        // The connection may stay a while for what was written, but nothing is read any more.
        feed.breaks()
        // A client that is gone has done nothing wrong.
        guard !(error is IOError), !(error is NIOSSLError) else {
            return context.close(promise: nil)
        }
        worker.refreshClock()
        worker.counters.http2ConnectionsFailed &+= 1
        // Its text would have places in SwiftNIO's sources, and perhaps what the client sent.
        worker.report(.http2, from: address, "\(type(of: error))")
        context.close(promise: nil)
    }

    /// Whether an error is of one stream alone: SwiftNIO has reset it, or a frame of ours came too
    /// late for it.
    ///
    /// Few errors say so. But of those of the whole connection SwiftNIO tells the client first,
    /// or else it tells us that it cannot.
    private func endsStreamAlone(_ error: any Error) -> Bool {
        if error is NIOHTTP2Errors.StreamError { return true }
        return error is any NIOHTTP2Error && !(error is NIOHTTP2Errors.RaisedGoawayLastStreamID)
            && !feed.toldFault
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension HTTP2Connection: Sendable {}
