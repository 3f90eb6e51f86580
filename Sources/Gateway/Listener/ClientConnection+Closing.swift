internal import Glibc
internal import HTTPMessage
internal import NIOCore

/// The ends of a connection: gently, so that the client gets all it was sent, or so that it cannot
/// take what it has for the whole.
extension ClientConnection {
    func inputDidEnd() {
        inputEnded = true
        switch phase {
        case .head: endIfDone()
        case .discarding: linger()
        // The answer may still be on its way; `.outputClosed` follows it.
        case .lingering: if isOutputClosed { close() }
        case .forwarding(let exchange):
            // A client that is gone looks the same as one that only closed its sending side. One
            // that still owed content is gone; another has a while until its answer begins.
            if !body.isFinished && pending.readableBytes == 0 {
                exchange.cancel()
                close()
            } else {
                limitPatience()
                exchange.clientEndedTunnel()
            }
        case .closed: break
        }
    }

    /// Gives a client that has closed its sending side so long until its answer begins.
    func limitPatience() {
        abandonsAtMilliseconds = worker.now.monotonicMilliseconds + Self.abandonMilliseconds
    }

    private static var abandonMilliseconds: Int64 { 10_000 }

    /// Closes a connection that waits for a request which will not come, or must not.
    func endIfDone() {
        guard !isConsuming, case .head = phase else { return }
        // A head that is incomplete at the end of the input stays so.
        let isPaused = pending.readableBytes > 0 && !isHeadArriving
        let isDrained = worker.isDraining && requestsDone > 0 && pending.readableBytes == 0
        if inputEnded ? !isPaused : isDrained { linger() }
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
        // Nothing is left to read. NIO would drop what it holds, so the sweep closes behind it.
        if !hasUnsentOutput { close() }
    }

    /// Ends a tunnel whose time is over because the gateway goes down.
    func drainTunnel() {
        guard case .forwarding(let exchange) = phase, exchange.isTunnel else { return }
        exchange.endTunnel()
    }

    func drain() {
        // Streams end with their connection, which ends when they are done.
        if arrival.carrier == .stream { return }
        guard case .head = phase, !isHeadArriving, pending.readableBytes == 0 else { return }
        if requestsDone > 0 { return linger() }
        // A request may be on its way, and whoever made the connection for it would not expect it
        // to be closed unanswered.
        let soon = worker.now.monotonicMilliseconds + Worker.firstRequestMilliseconds
        deadlineMilliseconds = min(deadlineMilliseconds, soon)
    }

    func close() {
        endAccess(.clientGone)
        flushOnce()
        phase = .closed
        context?.close(promise: nil)
    }

    /// Ends the connection in a way that no client takes for the end of a response.
    func abort() {
        endAccess(.cut)
        if let provider = context?.channel as? any SocketOptionProvider {
            _ = provider.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0))
        }
        // What was written and not sent yet is not for a response that is cut.
        discardOutput()
        phase = .closed
        // TLS would close in order, and say that this was all.
        if arrival.carrier == .layer, let entrance = arrival.entrance { return entrance.cut() }
        context?.close(promise: nil)
    }
}
