internal import NIOCore

/// The way back to the client: one buffer for all connections of a worker, one send a turn.
extension ClientConnection {
    /// Whether the client takes more; if not, `Exchange.clientBecameWritable` tells when.
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Writes into the output buffer that all connections of the worker share.
    ///
    /// Octets of another connection that are still in it are queued on that connection first, so
    /// what is written can only ever reach this client.
    func write(_ body: (inout ByteBuffer) -> Void) {
        guard context != nil else { return }
        if worker.outputOwner !== self {
            worker.outputOwner?.queueOutput()
            // An owner that is gone took what it wrote with it.
            worker.output.clear()
            worker.outputOwner = self
        }
        body(&worker.output)
        // Only what is queued counts as unread, and so slows its source.
        if worker.output.readableBytes >= Self.outputBytesMax { queueOutput() }
    }

    private static var outputBytesMax: Int { 32 * 1024 }

    /// Queues octets as they are, without copying them, behind what was written before.
    func queue(_ slice: ByteBuffer) {
        queueOutput()
        context?.write(wrapOutboundOut(slice), promise: nil)
    }

    private func queueOutput() {
        guard worker.outputOwner === self else { return }
        worker.outputOwner = nil
        if let context, worker.output.readableBytes > 0 {
            context.write(wrapOutboundOut(worker.output), promise: nil)
        }
        // The storage is kept if the octets are on their way by then; see `flush`.
        worker.output.clear()
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
        guard becameWritable else { return }
        worker.eventLoop.assumeIsolated().execute { [weak self] in
            guard let self, self.context != nil else { return }
            self.worker.refreshClock()
            self.goOn()
            self.flush()
        }
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
        guard worker.outputOwner === self else { return context.flush() }
        worker.outputOwner = nil
        // Taken out: a write that fails closes at once, and others may write meanwhile.
        var sending = ByteBuffer()
        swap(&sending, &worker.output)
        context.writeAndFlush(wrapOutboundOut(sending), promise: nil)
        guard worker.output.capacity == 0 else { return }
        // The storage is free again, unless the socket could not take it all.
        sending.clear()
        swap(&sending, &worker.output)
    }

    /// Drops what was written and not queued.
    func discardOutput() {
        guard worker.outputOwner === self else { return }
        worker.outputOwner = nil
        worker.output.clear()
    }
}
