internal import NIOCore

/// Ends an HTTP/2 connection in the clear such that its client gets all that was written.
///
/// SwiftNIO drops what the socket has not taken, and the kernel what it has not sent, if the client
/// has sent anything that nobody reads any more. TLS, whose end is a message of its own, does the
/// same for itself.
final class ClearEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let entrance: Entrance
    private var isEnding = false
    private var (hasSent, hasClientEnded) = (false, false)

    init(entrance: Entrance) { self.entrance = entrance }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isEnding { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { hasClientEnded = true }
        context.fireUserInboundEventTriggered(event)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else { return context.close(mode: mode, promise: promise) }
        guard !isEnding else {
            if hasSent, hasClientEnded { context.close(mode: .all, promise: nil) }
            return context.channel.closeFuture.cascade(to: promise)
        }
        isEnding = true
        entrance.leaves()
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            hasSent = true
            entrance.hasLeft()
            // The client answers with its own end, or is cut after a moment.
            context.close(mode: hasClientEnded ? .all : .output, promise: promise)
        }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: sent)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ClearEnd: Sendable {}
