internal import NIOCore

/// Reads the eventfd that the kernel writes to when something happens on an origin's socket.
final class NoticeReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Let go of when that stops and closes the channel.
    private let origins: OriginLoop

    init(_ origins: OriginLoop) { self.origins = origins }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { origins.originsReady() }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension NoticeReader: Sendable {}
