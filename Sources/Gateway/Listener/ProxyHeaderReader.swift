internal import HTTPMessage
internal import NIOCore

/// Reads the PROXY protocol header that a connection begins with, then leaves the pipeline.
final class ProxyHeaderReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Sets up what follows; told the header, or why there is none.
    private let onHeader: (Result<ProxyHeader, ProxyHeader.Fault>) -> Void
    private var collected = ByteBuffer()
    private var isDone = false

    init(_ onHeader: @escaping (Result<ProxyHeader, ProxyHeader.Fault>) -> Void) {
        self.onHeader = onHeader
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard !isDone else { return context.fireChannelRead(wrapInboundOut(buffer)) }
        collected.writeBuffer(&buffer)
        switch ProxyHeader.parse(collected.readableBytesUInt8Span) {
        case .incomplete: break
        case .malformed(let fault):
            isDone = true
            collected.clear()
            onHeader(.failure(fault))
        case .complete(let header, let length):
            isDone = true
            onHeader(.success(header))
            collected.moveReaderIndex(forwardBy: length)
            if collected.readableBytes > 0 {
                context.fireChannelRead(wrapInboundOut(collected))
                context.fireChannelReadComplete()
            }
            collected = ByteBuffer()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ProxyHeaderReader: Sendable {}
