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
        if worker.outputOwner !== self {
            worker.outputOwner?.queueOutput()
            worker.outputOwner = self
        }
        body(&worker.output)
    }

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
            guard becameWritable, case .forwarding(let exchange) = phase else { return }
            exchange.clientBecameWritable()
        }
        flushOnce()
        guard becameWritable else { return }
        worker.eventLoop.assumeIsolated().execute { [weak self] in
            guard let self, case .forwarding(let exchange) = self.phase else { return }
            self.worker.refreshClock()
            exchange.clientBecameWritable()
            self.flush()
        }
    }

    private static var flushRoundsMax: Int { 16 }

    /// Sends what there is; sets `becameWritable` if that made room.
    func flushOnce() {
        becameWritable = false
        if case .forwarding(let exchange) = phase { exchange.flushToOrigin() }
        guard worker.outputOwner === self, let context else {
            queueOutput()
            context?.flush()
            return
        }
        worker.outputOwner = nil
        context.writeAndFlush(wrapOutboundOut(worker.output), promise: nil)
        worker.output.clear()
    }

    /// Drops what was written and not queued.
    func discardOutput() {
        guard worker.outputOwner === self else { return }
        worker.outputOwner = nil
        worker.output.clear()
    }
}
