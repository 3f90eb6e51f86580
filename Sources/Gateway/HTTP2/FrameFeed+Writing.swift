internal import NIOCore

extension FrameFeed {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let octets = unwrapOutboundIn(data)
        sends(octets.readableBytes)
        // SwiftNIO writes the content of DATA apart, right behind the frame's head.
        let isContent = isContentNext
        isContentNext = false
        guard !isContent, case .byteBuffer(let frame) = octets, let head = FrameHead(frame) else {
            return context.write(data, promise: promise)
        }
        switch head.kind {
        case .data: isContentNext = head.length > 0
        case .settings where head.hasSettings:
            let announced = IOData.byteBuffer(Self.announced(frame))
            return context.write(wrapOutboundOut(announced), promise: promise)
        case .headers where head.length > HTTP2Limits.frameContentBytesMax:
            return writeInPieces(context, frame, head, promise)
        case .goAway where frame.tellsFault: toldFault = true
        default: break
        }
        context.write(data, promise: promise)
    }

    /// Makes several frames of fields that are too many for one, as SwiftNIO does not
    /// (RFC 9113 §4.3).
    private func writeInPieces(
        _ context: ChannelHandlerContext,
        _ frame: ByteBuffer,
        _ first: FrameHead,
        _ promise: EventLoopPromise<Void>?
    ) {
        let bytesMax = HTTP2Limits.frameContentBytesMax
        var (block, head) = (frame, first)
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

extension ByteBuffer {
    /// Whether the error code of a GOAWAY frame is one (RFC 9113 §6.8).
    fileprivate var tellsFault: Bool {
        let place = readerIndex + FrameHead.bytes + 4
        return getInteger(at: place, as: UInt32.self).map { $0 != 0 } ?? false
    }
}
