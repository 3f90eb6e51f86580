internal import Glibc
internal import HTTPMessage
internal import NIOCore

/// One client's connection: reads requests in order, has each judged, and answers or forwards it.
///
/// A thin handler: `ClientConnection+Judging` decides, `ClientConnection+Answering` answers,
/// `Exchange` forwards. It reads only while something can be done with what is read, so a slow
/// origin slows its client.
final class ClientConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// A request head is awaited or arriving.
        case head
        /// A request is being forwarded.
        case forwarding(Exchange)
        /// The rest of a refused request's content is read and thrown away.
        case discarding(remaining: UInt64)
        /// The answer is out and the sending side closed; what still comes is thrown away.
        case lingering
        case closed
    }

    let worker: Worker
    let address: PeerAddress
    let port: UInt16
    private(set) var phase = Phase.head
    var body = BodyReader(.none, limits: MessageLimits())
    var requestsDone = 0
    /// What `consume` could not use yet.
    private var pending = ByteBuffer()
    var context: ChannelHandlerContext?
    var deadlineMilliseconds: Int64 = .max
    var isHeadArriving = false
    /// Content received since its deadline was last moved.
    var bodyProgress = 0
    private(set) var inputEnded = false
    private var isReadWithheld = false
    var isConsuming = false
    var isFlushing = false
    var becameWritable = false

    init(worker: Worker, address: PeerAddress, port: UInt16) {
        self.worker = worker
        self.address = address
        self.port = port
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadlineMilliseconds =
            worker.now.monotonicMilliseconds + worker.configuration.limits.headTimeoutMilliseconds
        worker.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { ended() }

    func channelActive(context: ChannelHandlerContext) {
        worker.refreshClock()
        if !worker.ledger.open(address) { refuseConnection() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        worker.refreshClock()
        worker.ledger.close(address)
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client, mostly; whatever it was, the connection is of no more use.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent else { return }
        worker.refreshClock()
        switch event {
        case .inputClosed: inputDidEnd()
        case .outputClosed: setDeadline(in: worker.configuration.limits.lingerMilliseconds)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        worker.refreshClock()
        var buffer = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&buffer)
            consumePending()
        } else {
            let used = consume(buffer.readableBytesUInt8Span)
            if used < buffer.readableBytes {
                buffer.moveReaderIndex(forwardBy: used)
                pending.clear()
                pending.writeBuffer(&buffer)
            }
        }
        flush()
    }

    func read(context: ChannelHandlerContext) {
        if wantsRead {
            isReadWithheld = false
            context.read()
        } else {
            isReadWithheld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, case .forwarding(let exchange) = phase else { return }
        becameWritable = true
        guard !isFlushing else { return }
        worker.refreshClock()
        exchange.clientBecameWritable()
        flush()
    }

    private func ended() {
        guard context != nil else { return }
        context = nil
        let last = phase
        phase = .closed
        if case .forwarding(let exchange) = last { exchange.clientLost() }
        worker.closed(self)
    }

    // MARK: Reading

    private var wantsRead: Bool {
        switch phase {
        case .head:
            !worker.isHeldByLog
                && pending.readableBytes < worker.configuration.limits.message.headBytesMax
        // Behind a whole request one read ahead is allowed: changing what the selector waits for
        // would cost two system calls a request, and most clients send nothing meanwhile.
        case .forwarding(let exchange):
            body.isFinished ? pending.readableBytes == 0 : exchange.wantsContent
        case .discarding, .lingering: true
        case .closed: false
        }
    }

    /// Uses what is pending, then reads again if there is a use for more.
    func resume() {
        guard !isConsuming else { return }
        // A client that was not read from has not been slow.
        if case .forwarding = phase, isReadWithheld {
            setDeadline(in: worker.configuration.limits.bodyTimeoutMilliseconds)
        }
        consumePending()
        if isReadWithheld, wantsRead, let context {
            isReadWithheld = false
            context.read()
        }
    }

    private func consumePending() {
        guard pending.readableBytes > 0 else { return }
        // Taken out, so that nothing else holds its storage while it is read.
        var taken = ByteBuffer()
        swap(&taken, &pending)
        let used = consume(taken.readableBytesUInt8Span)
        taken.moveReaderIndex(forwardBy: used)
        // An idle connection keeps no storage.
        if taken.readableBytes > 0 { swap(&taken, &pending) }
    }

    /// Uses octets as far as the phase allows.
    private func consume(_ bytes: Span<UInt8>) -> Int {
        isConsuming = true
        defer { isConsuming = false }
        var used = 0
        while used < bytes.count {
            let rest = bytes.bytes(in: ByteRange(used, bytes.count))
            let step: Int
            switch phase {
            case .head: step = readHead(rest)
            case .forwarding(let exchange): step = readContent(rest, for: exchange)
            case .discarding(let remaining): step = discardContent(rest, remaining: remaining)
            case .lingering, .closed: return bytes.count
            }
            if step == 0 { break }
            used += step
        }
        if inputEnded, case .head = phase { close() }
        return used
    }

    private func readHead(_ bytes: Span<UInt8>) -> Int {
        if worker.isHeldByLog { return 0 }
        worker.requestHead.reset()
        switch worker.requestHead.parse(bytes, limits: worker.configuration.limits.message) {
        case .incomplete:
            if !isHeadArriving {
                isHeadArriving = true
                setDeadline(in: worker.configuration.limits.headTimeoutMilliseconds)
            }
            return 0
        case .malformed(let fault):
            refuseMalformed(fault, bytes)
            return bytes.count
        case .complete:
            isHeadArriving = false
            let length = worker.requestHead.length
            judge(bytes)
            return length
        }
    }

    private func readContent(_ bytes: Span<UInt8>, for exchange: Exchange) -> Int {
        guard !body.isFinished, exchange.wantsContent else { return 0 }
        var used = 0
        switch body.read(bytes, consumed: &used) {
        case .content(let range):
            noteProgress(range.count)
            exchange.content(bytes.bytes(in: range))
            if body.isFinished { exchange.contentEnded(trailers: Span()) }
        case .needsMore:
            break
        case .end(let trailers):
            exchange.contentEnded(trailers: bytes.bytes(in: trailers))
        case .malformed(let fault):
            let hasAnswered = exchange.hasAnswered
            exchange.cancel()
            if hasAnswered { abort() } else { refuseContent(fault, exchange) }
            return bytes.count
        }
        return used
    }

    private func discardContent(_ bytes: Span<UInt8>, remaining: UInt64) -> Int {
        var used = 0
        switch body.read(bytes, consumed: &used) {
        case .content, .needsMore:
            noteProgress(used)
            let (left, overflow) = remaining.subtractingReportingOverflow(UInt64(used))
            if overflow {
                linger()
            } else if body.isFinished {
                awaitRequest()
            } else {
                phase = .discarding(remaining: left)
            }
        case .end:
            awaitRequest()
        case .malformed:
            linger()
        }
        return used
    }

    private func inputDidEnd() {
        inputEnded = true
        switch phase {
        case .head, .discarding, .lingering:
            close()
        case .forwarding(let exchange):
            // A client that is gone looks the same as one that only closed its sending side. One
            // that still owed content is gone; another has a while to get its answer.
            if !body.isFinished && pending.readableBytes == 0 {
                exchange.cancel()
                close()
            } else {
                exchange.clientEndedInput()
            }
        case .closed: break
        }
    }

    // MARK: Phases

    func startForwarding(_ exchange: Exchange) {
        phase = .forwarding(exchange)
        bodyProgress = 0
        setDeadline(in: worker.configuration.limits.bodyTimeoutMilliseconds)
    }

    /// The answer to the current request is written whole.
    ///
    /// - Parameter closes: Whether the answer said so, or has to be followed by it.
    func answered(closes: Bool) {
        requestsDone += 1
        if closes {
            linger()
        } else if body.isFinished {
            awaitRequest()
        } else {
            phase = .discarding(remaining: worker.configuration.limits.refusedContentBytesMax)
            setDeadline(in: worker.configuration.limits.bodyTimeoutMilliseconds)
        }
        resume()
    }

    private func awaitRequest() {
        phase = .head
        isHeadArriving = false
        if worker.isDraining, pending.readableBytes == 0 {
            close()
        } else {
            setDeadline(in: worker.configuration.limits.idleTimeoutMilliseconds)
        }
    }

    /// Sends what is written, closes the sending side, and goes on reading for a while, so that
    /// the client sees the answer rather than a reset (RFC 9112 §9.6).
    func linger() {
        flushOnce()
        phase = .lingering
        pending.clear()
        // The client has its time to take the answer; the lingering begins when it is out.
        setDeadline(in: worker.configuration.limits.sendTimeoutMilliseconds)
        guard let context else { return }
        guard inputEnded else { return context.close(mode: .output, promise: nil) }
        // Nothing is left to read: close behind the last octet.
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.close() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
    }

    func drain() {
        if case .head = phase, !isHeadArriving { close() }
    }

    func close() {
        flushOnce()
        phase = .closed
        context?.close(promise: nil)
    }

    /// Ends the connection in a way that no client takes for the end of a response.
    func abort() {
        if let provider = context?.channel as? any SocketOptionProvider {
            _ = provider.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0))
        }
        // What was written and not sent yet is not for a response that is cut.
        discardOutput()
        phase = .closed
        context?.close(promise: nil)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ClientConnection: Sendable {}
