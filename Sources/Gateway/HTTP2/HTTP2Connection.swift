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
        // These end their stream alone. Others of one stream, which no client makes that knows
        // HTTP/2, end the connection: SwiftNIO does not tell them from its errors.
        let isOfOneStream =
            error is NIOHTTP2Errors.StreamError || error is NIOHTTP2Errors.TrailersWithoutEndStream
        if isOfOneStream || hasFailed { return }
        // A frame of ours that waited while its stream was reset: SwiftNIO has dropped it. Of a
        // client's fault it tells the client before it tells us.
        if error is NIOHTTP2Errors.NoSuchStream, !feed.toldFault { return }
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
}

/// Belongs to its event loop.
@available(*, unavailable)
extension HTTP2Connection: Sendable {}
