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

    /// Counts what the client is sent and has not taken.
    private let entrance: Entrance
    /// Keeps content until this reads.
    private let feed: FrameFeed
    private let stream: Int
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
    /// Whether it counts among the requests that its connection may have under way.
    private var isAdmitted = false

    init(worker: Worker, entrance: Entrance, feed: FrameFeed, stream: Int) {
        self.entrance = entrance
        self.feed = feed
        self.stream = stream
        response = StreamResponse(limits: worker.configuration.limits.message)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isAdmitted = entrance.admitsRequest()
        feed.opened(stream, by: self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        feed.closed(stream)
    }

    private func leave() {
        guard isAdmitted else { return }
        isAdmitted = false
        entrance.requestEnded()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A window that waited while the client ended its request, and that is opened too late.
        if error is NIOHTTP2Errors.BadStreamStateTransition { return }
        context.fireErrorCaught(error)
    }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        feed.takes(stream)
        switch unwrapInboundIn(data) {
        case .headers(let headers): readHeaders(context, headers)
        case .data(let data): readContent(context, data)
        default: break
        }
    }

    func read(context: ChannelHandlerContext) {
        feed.reads(stream)
        context.read()
    }

    private func readHeaders(
        _ context: ChannelHandlerContext,
        _ frame: HTTP2Frame.FramePayload.Headers
    ) {
        isRequestEnded = frame.endStream
        var buffer = context.channel.allocator.buffer(capacity: 512)
        switch phase {
        case .head:
            // Its client has not read our SETTINGS yet, or does not heed them.
            guard isAdmitted else { return resetForFault(context, .refusedStream) }
            phase = .content
            let fault = request.writeHead(
                frame.headers,
                endsStream: frame.endStream,
                into: &buffer
            )
            if let fault { return refuse(context, fault) }
        case .content:
            guard request.writeTrailers(frame.headers, into: &buffer) == nil else {
                return resetForFault(context, .protocolError)
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
            return resetForFault(context, .protocolError)
        }
        if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
    }

    /// Has the request answered 400, and recorded, like one that HTTP/1.1's parser refuses.
    private func refuse(_ context: ChannelHandlerContext, _ fault: MessageFault) {
        phase = .refused
        context.fireUserInboundEventTriggered(MalformedStream(fault: fault))
    }

    // MARK: The response

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isReset else { return fail(promise) }
        feed.hasWork()
        let octets = unwrapOutboundIn(data)
        let isSound = response.read(octets, answeringHead: request.isHead) { frame, isLast in
            send(context, frame, isLast: isLast)
        }
        promise?.succeed()
        if !isSound { reset(context, .internalError) }
    }

    /// Writes a frame and has the connection told when it is sent.
    private func send(
        _ context: ChannelHandlerContext,
        _ frame: OutboundOut,
        isLast: Bool
    ) {
        let contentBytes = frame.contentBytes
        let count = contentBytes + frame.fieldBytes + HTTP2Limits.frameBytes
        // Most heads are small and wait with what follows them.
        guard contentBytes > 0 || isLast || count > HTTP2Limits.streamBytes else {
            return context.write(wrapOutboundOut(frame), promise: nil)
        }
        entrance.queued(count)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return self.entrance.dropped(count) }
            self.entrance.took(count, contentBytes: contentBytes)
            if isLast { self.responseSent(context) }
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
        if mode == .all {
            return reset(context, isResponseSent ? .noError : .internalError, promise)
        }
        promise?.succeed()
        closesWhenSent = true
        if isResponseSent { closeSent(context) }
    }

    private func responseSent(_ context: ChannelHandlerContext) {
        isResponseSent = true
        leave()
        if closesWhenSent { closeSent(context) }
    }

    /// Nobody reads the rest of the request (RFC 9113 §8.1); a stream that both sides have ended
    /// closes by itself.
    private func closeSent(_ context: ChannelHandlerContext) {
        if !isRequestEnded { reset(context, .noError) }
    }

    /// Passes on nothing more of the request and writes no response: the stream is reset.
    ///
    /// SwiftNIO may still hand in what came before.
    func wasReset() {
        leave()
        isReset = true
        phase = .refused
    }

    /// Resets the stream because of what its client sent.
    private func resetForFault(_ context: ChannelHandlerContext, _ code: HTTP2ErrorCode) {
        reset(context, code)
        feed.hadFault()
    }

    private func reset(
        _ context: ChannelHandlerContext,
        _ code: HTTP2ErrorCode,
        _ promise: EventLoopPromise<Void>? = nil
    ) {
        guard !isReset else { return fail(promise) }
        wasReset()
        // SwiftNIO remembers so many resets: what still comes for this one does not wait.
        feed.closed(stream)
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

extension HTTP2Frame.FramePayload {
    /// How many octets of content it holds.
    fileprivate var contentBytes: Int {
        if case .data(let frame) = self { frame.data.readableBytes } else { 0 }
    }

    /// How many octets of fields it holds.
    fileprivate var fieldBytes: Int {
        guard case .headers(let frame) = self else { return 0 }
        return frame.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }
}

/// A request of HTTP/2 that cannot be said in HTTP/1.1.
struct MalformedStream {
    let fault: MessageFault
}
