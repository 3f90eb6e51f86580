internal import NIOCore
internal import NIOPosix

/// Reads an eventfd, and says each time that somebody has written to it.
final class NoticeReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Let go of when the channel is closed.
    private let onNotice: () -> Void

    init(_ onNotice: @escaping () -> Void) { self.onNotice = onNotice }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { onNotice() }

    /// Has an event loop read an eventfd, which it comes to own.
    ///
    /// - Parameters:
    ///   - descriptor: The eventfd.
    ///   - eventLoop: The event loop, on whose thread this is called.
    ///   - onNotice: Called for each notice, on the event loop.
    /// - Returns: The channel, to be closed in the end.
    static func open(
        _ descriptor: Int32,
        on eventLoop: any EventLoop,
        _ onNotice: @escaping () -> Void
    ) -> EventLoopFuture<any Channel> {
        let reader = NIOLoopBound(NoticeReader(onNotice), eventLoop: eventLoop)
        return NIOPipeBootstrap(group: eventLoop)
            // An eventfd is read eight octets at a time; room for more tells NIO that it has all.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(reader.value)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .map { $0 }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension NoticeReader: Sendable {}
