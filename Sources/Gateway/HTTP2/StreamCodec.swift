internal import HTTPMessage
internal import NIOCore
internal import NIOHTTP2

/// Makes one HTTP/2 stream look like an HTTP/1.1 connection with one request on it.
///
/// So HTTP/2 gets the same parser, the same judgement and the same exchange, and none of them knows
/// of it (decision record 17).
final class StreamCodec: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Phase {
        case head
        case content
        /// The request was malformed; what follows of it is thrown away.
        case refused
    }

    /// Counts what the client is sent and what it takes.
    private let entrance: Entrance
    private var phase = Phase.head
    private var request = StreamRequest()
    private var response: StreamResponse
    /// Whether the client has ended the request.
    private var isRequestEnded = false
    /// Whether the end of the response has gone out.
    private var isResponseSent = false
    /// Whether the stream is to be closed once it has.
    private var closesWhenSent = false
    private var isReset = false
    /// What was written and is in no frame yet.
    private var unframedBytes = 0

    init(worker: Worker, entrance: Entrance) {
        self.entrance = entrance
        response = StreamResponse(limits: worker.configuration.limits.message)
    }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers): readHeaders(context, headers)
        case .data(let data): readContent(context, data)
        default: break
        }
    }

    private func readHeaders(
        _ context: ChannelHandlerContext,
        _ frame: HTTP2Frame.FramePayload.Headers
    ) {
        isRequestEnded = frame.endStream
        var buffer = context.channel.allocator.buffer(capacity: 512)
        switch phase {
        case .head:
            phase = .content
            let fault = request.writeHead(
                frame.headers,
                endsStream: frame.endStream,
                into: &buffer
            )
            if let fault { return refuse(context, fault) }
        case .content:
            guard request.writeTrailers(frame.headers, into: &buffer) == nil else {
                return reset(context, .protocolError)
            }
        case .refused: return
        }
        if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
    }

    private func readContent(
        _ context: ChannelHandlerContext,
        _ frame: HTTP2Frame.FramePayload.Data
    ) {
        isRequestEnded = frame.endStream
        guard case .content = phase, case .byteBuffer(let data) = frame.data else { return }
        var buffer = context.channel.allocator.buffer(capacity: data.readableBytes + 16)
        guard request.writeContent(data, endsStream: frame.endStream, into: &buffer) else {
            return reset(context, .protocolError)
        }
        if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
    }

    /// Has the request answered 400, and recorded, like one that HTTP/1.1's parser refuses.
    ///
    /// A client that takes no answers gets none: SwiftNIO bounds how many resets wait for it.
    private func refuse(_ context: ChannelHandlerContext, _ fault: MessageFault) {
        phase = .refused
        guard context.channel.isWritable else { return reset(context, .protocolError) }
        context.fireUserInboundEventTriggered(MalformedStream(fault: fault))
    }

    // MARK: The response

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isReset else { return fail(promise) }
        let octets = unwrapOutboundIn(data)
        unframedBytes += octets.readableBytes
        // Each frame waits for the next, so that the last of this write is known.
        var last: (frame: OutboundOut, endsStream: Bool)?
        let isSound = response.read(octets, answeringHead: request.isHead) { frame, endsStream in
            if let last { context.write(wrapOutboundOut(last.frame), promise: nil) }
            last = (frame, endsStream)
        }
        promise?.succeed()
        if let last { writeLast(context, last.frame, endsStream: last.endsStream) }
        if !isSound { reset(context, .internalError) }
    }

    /// Writes a frame and has the connection told when all that was written is sent.
    private func writeLast(
        _ context: ChannelHandlerContext,
        _ frame: OutboundOut,
        endsStream: Bool
    ) {
        let count = unframedBytes
        unframedBytes = 0
        entrance.queued(count)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return self.entrance.dropped(count) }
            self.entrance.took(count)
            if endsStream { self.responseSent(context) }
        }
        context.write(wrapOutboundOut(frame), promise: sent)
    }

    /// The connection that this stream is taken for is closed.
    ///
    /// A whole response closes the stream; one that is cut short resets it, so that no client takes
    /// it for whole.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .input { return fail(promise) }
        guard response.isComplete else { return reset(context, .internalError, promise) }
        if mode == .all { return reset(context, .noError, promise) }
        promise?.succeed()
        closesWhenSent = true
        if isResponseSent { closeSent(context) }
    }

    private func responseSent(_ context: ChannelHandlerContext) {
        isResponseSent = true
        if closesWhenSent { closeSent(context) }
    }

    /// Nobody reads the rest of the request (RFC 9113 §8.1); a stream that both sides have ended
    /// closes by itself.
    private func closeSent(_ context: ChannelHandlerContext) {
        if !isRequestEnded { reset(context, .noError) }
    }

    private func reset(
        _ context: ChannelHandlerContext,
        _ code: HTTP2ErrorCode,
        _ promise: EventLoopPromise<Void>? = nil
    ) {
        guard !isReset else { return fail(promise) }
        isReset = true
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
        context.close(mode: .all, promise: promise)
    }

    private func fail(_ promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension StreamCodec: Sendable {}

/// A request of HTTP/2 that cannot be said in HTTP/1.1.
struct MalformedStream {
    let fault: MessageFault
}
