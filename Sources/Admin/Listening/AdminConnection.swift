internal import NIOCore
internal import NIOHTTP1

/// One connection of a client: reads requests, answers them one after the other.
///
/// On its event loop alone. Until an answer is on its way to the client as a whole, the next
/// request is not read, so that a client who asks and does not read holds one answer and no more.
final class AdminConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// What the connection is doing.
    enum Phase {
        /// Nothing; a request may come.
        case idle
        /// A request has begun.
        case reading
        /// The answer is being made.
        case answering
        /// The answer is being sent.
        case sending
        /// Events are being sent.
        case streaming
        /// The last answer is out; what still comes is dropped.
        case lingering
        /// Over.
        case closed
    }

    let register: ConnectionRegister
    var phase = Phase.idle
    var context: ChannelHandlerContext?
    /// Octets of an event stream that the socket has not taken.
    var unsentBytes = 0
    /// Events of a stream that were lost and not told.
    var lostEvents: UInt64 = 0
    /// Heartbeats in a row that found the stream full.
    var fullHeartbeats = 0

    private var timer: Scheduled<Void>?
    private var plan: Answerer.Plan?
    private var contentBytes = 0
    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var closesAfter = false
    private var unsent = AdminAnswer.Content.none

    init(register: ConnectionRegister) { self.register = register }

    var limits: AdminLimits { register.limits }

    // MARK: Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setTimer(limits.requestTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// Closes the connection as it is.
    func close() { context?.close(promise: nil) }

    private func end() {
        phase = .closed
        timer?.cancel()
        timer = nil
        context = nil
        unsent = .none
        register.remove(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch phase {
        case .answering, .sending: closesAfter = true
        case .idle, .reading, .streaming, .lingering: close()
        case .closed: break
        }
    }

    // MARK: Time

    /// Has `timeIsOver` called when the time is over, unless it is set anew before.
    func setTimer(_ time: TimeAmount) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            self?.timeIsOver()
        }
    }

    private func timeIsOver() {
        switch phase {
        case .reading:
            // The pipeline takes no response before it has seen a request.
            let octets = ByteBuffer(string: Self.timeoutAnswer)
            phase = .lingering
            closesAfter = true
            let marker = try? context?.pipeline.syncOperations.context(
                handlerType: ArrivalMarker.self
            )
            marker?.writeAndFlush(NIOAny(octets), promise: nil)
            marker?.close(mode: .output, promise: nil)
            setTimer(limits.lingerTimeout)
        case .streaming: beat()
        case .idle, .answering, .sending, .lingering: close()
        case .closed: break
        }
    }

    private static var timeoutAnswer: String {
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    }

    // MARK: Requests

    /// Octets have come, whatever they are.
    func octetsArrive() {
        guard phase == .idle else { return }
        phase = .reading
        setTimer(limits.requestTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .idle || phase == .reading else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer):
            contentBytes += buffer.readableBytes
            if contentBytes > limits.contentBytesMax { refuseContent() }
        case .end: answer(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        octetsArrive()
        version = head.version
        isHead = head.method == .HEAD
        contentBytes = 0
        // After a request for another protocol the parser reads no further one.
        closesAfter =
            !head.isKeepAlive || head.version != .http1_1 || head.method == .CONNECT
            || head.headers.contains(name: "Upgrade")
        plan = register.answerer.plan(for: head, localAddress: context.localAddress?.ipAddress)
        let length = head.headers["Content-Length"].first.flatMap { Int($0) } ?? 0
        if length > limits.contentBytesMax { refuseContent() }
    }

    private func refuseContent() {
        refuse(.text(.payloadTooLarge, "Requests need no content here."))
    }

    /// Answers a request that is not read to its end.
    private func refuse(_ answer: AdminAnswer) {
        closesAfter = true
        send(answer)
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let plan else { return }
        self.plan = nil
        switch plan {
        case .answer(let answer): send(answer)
        case .refuse(let reason, let value):
            register.note(reason.rawValue, value: value)
            send(.text(reason.status, reason.detail))
        case .ask(let route, let query):
            phase = .answering
            setTimer(limits.answerTimeout)
            let answerer = register.answerer
            context.eventLoop.makeFutureWithTask { await answerer.answer(route, query: query) }
                .assumeIsolated().whenSuccess { [weak self] answer in
                    guard let self, self.phase == .answering else { return }
                    self.send(answer)
                }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard phase == .idle || phase == .reading, let fault = error as? HTTPParserError else {
            // What follows a message that cannot be read is dropped; its answer still goes out.
            if !closesAfter { close() }
            return
        }
        isHead = false
        version = .http1_1
        switch fault {
        case .headerOverflow:
            refuse(.text(.requestHeaderFieldsTooLarge, "The head of the request is too large."))
        case .invalidMethod:
            refuse(.text(.notImplemented, "The method is not known."))
        case .invalidVersion:
            refuse(.text(.httpVersionNotSupported, "This listener speaks HTTP/1.1."))
        default:
            refuse(.text(.badRequest, "The request is not valid HTTP/1.1."))
        }
    }
}

// MARK: - Answers

extension AdminConnection {
    private func send(_ answer: AdminAnswer) {
        var answer = answer
        if case .events = answer.content, !isHead, !register.addStream(self) {
            answer = .text(.serviceUnavailable, "There are too many event streams already.")
        }
        phase = .sending
        unsent = isHead ? .none : answer.content
        let head = HTTPServerResponsePart.head(responseHead(of: answer))
        switch unsent {
        case .none:
            // Until the socket has it, the next request waits, as with content.
            setTimer(limits.sendTimeout)
            write(head) { $0.continueSending() }
        case .events:
            context?.write(wrapOutboundOut(head), promise: nil)
            beginStream()
        case .whole, .pieces:
            context?.write(wrapOutboundOut(head), promise: nil)
            continueSending()
        }
    }

    private func responseHead(of answer: AdminAnswer) -> HTTPResponseHead {
        var fields = HTTPHeaders()
        if let date = AdminTime.now.httpDate { fields.add(name: "Date", value: date) }
        for field in answer.fields + AdminAnswer.securityFields {
            fields.add(name: field.name, value: field.value)
        }
        switch answer.content {
        case .none: break
        case .whole(let octets): fields.add(name: "Content-Length", value: String(octets.count))
        case .pieces, .events:
            // An answer without content has no framing; HTTP/1.0 ends it with the connection.
            if version == .http1_1, !isHead {
                fields.add(name: "Transfer-Encoding", value: "chunked")
            }
        }
        if closesAfter { fields.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: answer.status, headers: fields)
    }

    /// Sends the next piece of the content, and so on when the socket has taken it.
    private func sendMore() {
        guard let context, phase == .sending else { return }
        guard let piece = nextPiece() else {
            finish(context)
            return
        }
        setTimer(limits.sendTimeout)
        write(.body(.byteBuffer(ByteBuffer(bytes: piece)))) { $0.continueSending() }
    }

    /// Goes on, but not at once: others have a turn, and the stack does not grow with the requests
    /// of a client that sends many in one go.
    private func continueSending() {
        context?.eventLoop.assumeIsolated().execute { self.sendMore() }
    }

    private func nextPiece() -> [UInt8]? {
        switch unsent {
        case .none, .events:
            return nil
        case .whole(let octets):
            unsent = .none
            return octets.isEmpty ? nil : octets
        case .pieces(var pieces):
            // Not two owners while it changes: the text would be copied.
            unsent = .none
            let piece = pieces.next()
            unsent = .pieces(pieces)
            return piece
        }
    }

    /// Writes a part of an answer, and calls `done` when the socket has taken it.
    func write(_ part: HTTPServerResponsePart, _ done: @escaping (AdminConnection) -> Void) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [weak self] result in
            guard let self, self.phase != .closed else { return }
            switch result {
            case .success: done(self)
            case .failure: self.close()
            }
        }
        context.writeAndFlush(wrapOutboundOut(part), promise: promise)
    }

    /// Ends the answer, and the connection if this was its last.
    private func finish(_ context: ChannelHandlerContext) {
        unsent = .none
        phase = closesAfter ? .lingering : .idle
        setTimer(closesAfter ? limits.lingerTimeout : limits.idleTimeout)
        // A request that waited arrives within this call.
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if phase == .lingering { context.close(mode: .output, promise: nil) }
    }
}
