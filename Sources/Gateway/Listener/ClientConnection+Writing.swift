internal import Glibc
internal import NIOCore

/// The way back to the client: one buffer for all connections of a worker, one send a turn.
extension ClientConnection {
    /// Whether the client takes more; if not, `Exchange.clientBecameWritable` tells when.
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Writes into the output buffer that all connections of the worker share.
    ///
    /// Octets of another connection that are still in it are queued on that connection first, so
    /// what is written can only ever reach this client.
    func write(_ body: (inout OctetBuffer) -> Void) {
        guard context != nil else { return }
        if worker.outputOwner !== self {
            worker.outputOwner?.queueOutput()
            worker.outputOwner = self
        }
        body(&worker.output)
        // Only what is queued counts as unread, and so slows its source.
        if worker.output.count >= Self.outputBytesMax { queueOutput() }
    }

    private static var outputBytesMax: Int { 32 * 1024 }

    /// Queues octets as they are, without copying them, behind what was written before.
    func queue(_ slice: ByteBuffer) {
        queueOutput()
        context?.write(wrapOutboundOut(slice), promise: nil)
        isQueued = true
        mayHoldOutput = true
    }

    private func queueOutput() {
        guard worker.outputOwner === self else { return }
        var queued = worker.takeOutput()
        if let context, queued.readableBytes > 0 {
            context.write(wrapOutboundOut(queued), promise: nil)
            isQueued = true
            mayHoldOutput = true
        }
        worker.giveBackOutput(&queued)
    }

    /// Sends what was written, to the origin and to the client: one system call each.
    ///
    /// When that makes room, the response goes on from here rather than from inside NIO's
    /// notification, so a fast client does not deepen the stack; after some rounds others have
    /// their turn.
    func flush() {
        guard !isFlushing else { return }
        isFlushing = true
        defer { isFlushing = false }
        for _ in 1..<Self.flushRoundsMax {
            flushOnce()
            guard becameWritable else { return }
            goOn()
        }
        flushOnce()
        // Once, whoever else flushes meanwhile: each would go on for ever.
        guard becameWritable, !goesOnLater else { return }
        goesOnLater = true
        worker.nextLook.after { [weak self] in self?.goOnLater() }
    }

    /// Goes on where a response had to wait, for its client or for others.
    func goOnLater() {
        goesOnLater = false
        guard context != nil else { return }
        worker.refreshClock()
        goOn()
        flush()
    }

    /// The client takes more: the response goes on, or the next request is read.
    func goOn() {
        if case .forwarding(let exchange) = phase { exchange.clientBecameWritable() }
        resume()
    }

    private static var flushRoundsMax: Int { 16 }

    /// Sends what there is; sets `becameWritable` if that made room.
    func flushOnce() {
        becameWritable = false
        // A send that fails may end one exchange and begin the next.
        while case .forwarding(let exchange) = phase {
            exchange.flushToOrigin()
            guard case .forwarding(let next) = phase, next !== exchange else { break }
        }
        guard let context else { return discardOutput() }
        guard worker.outputOwner === self else {
            guard isQueued else { return }
            isQueued = false
            return context.flush()
        }
        if sendDirectly(context) { return }
        isQueued = false
        mayHoldOutput = true
        // Taken out: a write that fails closes at once, and others may write meanwhile.
        var sending = worker.takeOutput()
        context.writeAndFlush(wrapOutboundOut(sending), promise: nil)
        worker.giveBackOutput(&sending)
    }

    /// Sends the output straight to the socket, if NIO holds nothing that has to go before it.
    ///
    /// An answer that the socket takes whole, as it nearly always does, costs one system call and
    /// no turn through the pipeline and its queue of writes (decision record 15). What it does not
    /// take, an error included, is NIO's business.
    ///
    /// - Returns: Whether everything is sent.
    private func sendDirectly(_ context: ChannelHandlerContext) -> Bool {
        guard let socket, context.channel.isActive, !hasUnsentOutput else { return false }
        let count = worker.output.count
        let sent = unsafe worker.output.octets.withUnsafeBytes { octets in
            unsafe send(socket, octets.baseAddress, octets.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == count else {
            if sent > 0 { worker.output.removeFirst(sent) }
            return false
        }
        worker.outputOwner = nil
        worker.output.removeAll()
        return true
    }

    /// Whether NIO holds octets that the socket has not taken.
    var hasUnsentOutput: Bool {
        // SwiftNIO cannot say it of a stream.
        guard mayHoldOutput, arrival.carrier != .stream else { return false }
        let options = context?.channel.syncOptions
        let count = (try? options?.getOption(.bufferedWritableBytes)) ?? 0
        mayHoldOutput = isQueued || count > 0
        return mayHoldOutput
    }

    /// Drops what was written and not queued.
    func discardOutput() {
        guard worker.outputOwner === self else { return }
        worker.outputOwner = nil
        worker.output.removeAll()
    }
}
