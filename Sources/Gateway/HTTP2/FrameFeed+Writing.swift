internal import NIOCore

extension FrameFeed {
    /// Makes several frames of fields that are too many for one, as SwiftNIO does not
    /// (RFC 9113 §4.3).
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytesMax = HTTP2Limits.frameContentBytesMax
        let octets = unwrapOutboundIn(data)
        sends(octets.readableBytes)
        guard case .byteBuffer(var block) = octets,
            block.readableBytes > FrameHead.bytes + bytesMax,
            var head = FrameHead(block), head.kind == .headers
        else { return context.write(data, promise: promise) }
        block.moveReaderIndex(forwardBy: FrameHead.bytes)
        head.length = bytesMax
        head.endsBlock = false
        while let piece = block.readSlice(length: min(block.readableBytes, bytesMax)) {
            let isLast = block.readableBytes == 0
            context.write(wrapOutboundOut(.byteBuffer(head.encoded)), promise: nil)
            context.write(wrapOutboundOut(.byteBuffer(piece)), promise: isLast ? promise : nil)
            if isLast { return }
            let length = min(block.readableBytes, bytesMax)
            head = FrameHead(
                continuing: head.stream,
                length: length,
                endsBlock: length == block.readableBytes
            )
        }
    }
}
