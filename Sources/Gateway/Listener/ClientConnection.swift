internal import HTTPMessage
internal import MethodPolicy
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
    /// How it came here.
    let arrival: Arrival
    /// Whether the peer is a proxy whose word is taken for what it says of clients.
    let isTrustedProxy: Bool
    /// Who asks: the peer, or whom a trusted peer's current request names.
    var requester: Requester
    let peer: Requester
    /// How the current request came here by the word of trusted proxies.
    var chain = TrustedChain()
    var phase = Phase.head
    /// The line that the current request will get in the access log, if there is one.
    var access: AccessRecord?
    var body = BodyReader(.none, limits: MessageLimits())
    var requestsDone = 0
    /// What `consume` could not use yet.
    var pending = ByteBuffer()
    var context: ChannelHandlerContext?
    var deadlineMilliseconds: Int64 = .max
    var isHeadArriving = false
    /// Content received since its deadline was last moved.
    var bodyProgress = 0
    var inputEnded = false
    private var isReadWithheld = false
    /// Whether NIO holds octets that it was not told to send yet.
    var isQueued = false
    /// Whether NIO may hold octets, told to send them or not.
    var mayHoldOutput = false
    /// The channel's socket, to send to where nothing but NIO's queue stands between.
    ///
    /// Nil before it is connected and once it is closed, and where another handler stands between.
    private(set) var socket: CInt?
    var isConsuming = false
    var isFlushing = false
    var becameWritable = false
    /// Whether a response that went on for long is to go on later.
    var goesOnLater = false
    /// When the client has left what was written unread for too long.
    var sendDeadlineMilliseconds: Int64 = .max
    /// When a client that closed its sending side is given up if its answer has not begun.
    var abandonsAtMilliseconds: Int64 = .max
    /// Whether this connection is in the ledger.
    private var isCounted = false
    var isOutputClosed = false
    /// How many octets of an arriving head were looked at already.
    private var headSearched = 0

    init(worker: Worker, arrival: Arrival) {
        self.worker = worker
        self.arrival = arrival
        isTrustedProxy =
            arrival.address.network.map { network in
                worker.configuration.trustedProxies.contains { $0.contains(network) }
            } ?? false
        var peer = Requester(arrival.address, port: arrival.port)
        peer.client.certificate = arrival.certificate
        self.peer = peer
        requester = peer
    }

    var address: PeerAddress { arrival.address }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.refreshClock()
        let patience = worker.configuration.limits.headTimeoutMilliseconds
        deadlineMilliseconds =
            worker.now.monotonicMilliseconds
            + (worker.isDraining ? min(patience, Worker.firstRequestMilliseconds) : patience)
        worker.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { ended() }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        // What carries the octets otherwise has been counted by its `Entrance`.
        guard arrival.carrier == .socket else { return }
        worker.refreshClock()
        socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable { $0 }
        isCounted = worker.ledger.open(address)
        if !isCounted { refuseConnection() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        worker.refreshClock()
        if isCounted { worker.ledger.close(address) }
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client, mostly; whatever it was, the connection is of no more use.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let stream = event as? MalformedStream {
            worker.refreshClock()
            refuseMalformed(stream.fault, RequestHead(), Span())
            return flush()
        }
        guard let event = event as? ChannelEvent else { return }
        worker.refreshClock()
        switch event {
        case .inputClosed: inputDidEnd()
        case .outputClosed:
            isOutputClosed = true
            // One that was refused for want of room has less of it.
            let limits = worker.configuration.limits
            let isWelcome = isCounted || arrival.carrier != .socket
            setDeadline(in: isWelcome ? limits.lingerMilliseconds : 1_000)
            if inputEnded { close() }
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
        endIfDone()
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
        worker.refreshClock()
        guard context.channel.isWritable else {
            sendDeadlineMilliseconds =
                worker.now.monotonicMilliseconds
                + worker.configuration.limits.sendTimeoutMilliseconds
            return
        }
        sendDeadlineMilliseconds = .max
        becameWritable = true
        guard !isFlushing, !goesOnLater else { return }
        // Not from inside NIO's own flush, which would send what is written here, say so again, and
        // leave nobody else a turn as long as the client keeps up.
        goesOnLater = true
        worker.eventLoop.assumeIsolated().execute { [weak self] in self?.goOnLater() }
    }

    private func ended() {
        guard context != nil else { return }
        discardOutput()
        context = nil
        socket = nil
        endAccess(.clientGone)
        let last = phase
        phase = .closed
        if case .forwarding(let exchange) = last { exchange.clientLost() }
        worker.closed(self)
    }

    // MARK: Reading

    private var wantsRead: Bool {
        switch phase {
        // A client that takes no answers gets to ask no more.
        case .head:
            !worker.isHeldByLog && isWritable
                && pending.readableBytes < worker.configuration.limits.message.headBytesMax
        // Behind a whole request one read ahead is allowed: changing what the selector waits for
        // would cost two system calls a request, and most clients send nothing meanwhile.
        case .forwarding(let exchange):
            exchange.isTunnel
                ? exchange.wantsTunnelOctets
                : body.isFinished ? pending.readableBytes == 0 : exchange.wantsContent
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
        endIfDone()
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
        guard taken.readableBytes > 0 else { return }
        // Kept without what was used, or a client that never pauses would make it grow for ever.
        // An idle connection keeps no storage.
        taken.discardReadBytes()
        swap(&taken, &pending)
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
        return used
    }

    private func readHead(_ bytes: Span<UInt8>) -> Int {
        if worker.isHeldByLog || !isWritable || !mayBeComplete(bytes) { return 0 }
        var head = worker.takeRequestHead()
        defer { worker.giveBack(&head) }
        switch head.parse(bytes, limits: worker.configuration.limits.message) {
        case .incomplete:
            headSearched = bytes.count
            if !isHeadArriving {
                isHeadArriving = true
                setDeadline(in: worker.configuration.limits.headTimeoutMilliseconds)
            }
            return 0
        case .malformed(let fault):
            refuseMalformed(fault, head, bytes)
            return bytes.count
        case .complete:
            headSearched = 0
            isHeadArriving = false
            judge(head, bytes)
            return head.length
        }
    }

    /// Whether reading the head again can tell more than the last time.
    ///
    /// It can if a line has ended since, or if a limit has been passed. So a head that comes octet
    /// by octet does not cost its square.
    private func mayBeComplete(_ bytes: Span<UInt8>) -> Bool {
        let limits = worker.configuration.limits.message
        guard headSearched > 0, bytes.count <= limits.headBytesMax else { return true }
        let passesTarget = headSearched <= limits.targetBytesMax
        if passesTarget, bytes.count > limits.targetBytesMax { return true }
        for index in min(headSearched, bytes.count)..<bytes.count where bytes[index] == 0x0A {
            return true
        }
        headSearched = bytes.count
        return false
    }

    private func readContent(_ bytes: Span<UInt8>, for exchange: Exchange) -> Int {
        if exchange.isTunnel {
            guard exchange.wantsTunnelOctets else { return 0 }
            exchange.tunnel(bytes)
            return bytes.count
        }
        guard !body.isFinished, exchange.wantsContent else { return 0 }
        var used = 0
        switch body.read(bytes, consumed: &used) {
        case .content(let range):
            noteProgress(range.count)
            let content = bytes.bytes(in: range)
            guard forwardContent(content, of: exchange) else { return bytes.count }
            if body.isFinished { exchange.contentEnded(trailers: Span()) }
        case .needsMore:
            break
        case .end(let trailers):
            endContent(of: exchange, trailers: bytes.bytes(in: trailers))
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

    // MARK: Phases

    func startForwarding(_ exchange: Exchange) {
        phase = .forwarding(exchange)
        bodyProgress = 0
        setDeadline(in: worker.configuration.limits.bodyTimeoutMilliseconds)
        if inputEnded { limitPatience() }
    }

    /// The answer to the current request is written whole.
    ///
    /// - Parameter closes: Whether the answer said so, or has to be followed by it.
    func answered(closes: Bool) {
        endAccess(.whole)
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
        headSearched = 0
        setDeadline(in: worker.configuration.limits.idleTimeoutMilliseconds)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ClientConnection: Sendable {}
