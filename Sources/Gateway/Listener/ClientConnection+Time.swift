internal import HTTPMessage

/// Deadlines: one a connection, looked at by the worker's sweep, so that none costs a timer.
extension ClientConnection {
    /// Whether nothing of this connection's is being worked on up the call stack.
    var isIdleNow: Bool { !isConsuming }

    func setDeadline(in milliseconds: Int64) {
        deadlineMilliseconds = worker.now.monotonicMilliseconds + milliseconds
    }

    /// Content has to bring so many octets within its time: a trickle does not hold a connection.
    func noteProgress(_ count: Int) {
        bodyProgress += count
        if bodyProgress >= worker.configuration.limits.bodyProgressBytes || body.isFinished {
            bodyProgress = 0
            setDeadline(in: worker.configuration.limits.bodyTimeoutMilliseconds)
        }
    }

    func isExpired(_ nowMilliseconds: Int64) -> Bool {
        if case .lingering = phase {
            if inputEnded, !hasUnsentOutput { return true }
            return nowMilliseconds >= max(deadlineMilliseconds, turnEndsAtMilliseconds)
        }
        if takesNothing(nowMilliseconds) { return true }
        guard case .forwarding(let exchange) = phase else {
            // A client that waits for the log has not been slow.
            if worker.isHeldByLog, case .head = phase { return false }
            return nowMilliseconds >= deadlineMilliseconds
        }
        return exchange.isExpired(nowMilliseconds) || isAbandoned(exchange, nowMilliseconds)
            || owesContent(exchange) && nowMilliseconds >= deadlineMilliseconds
    }

    /// Whether the client has left what was written unread for too long.
    private func takesNothing(_ nowMilliseconds: Int64) -> Bool {
        nowMilliseconds >= max(sendDeadlineMilliseconds, turnEndsAtMilliseconds)
    }

    /// Until when the response of a stream may wait for its turn: as long as the client of the
    /// connection goes on taking others.
    private var turnEndsAtMilliseconds: Int64 {
        guard arrival.carrier == .stream, let entrance = arrival.entrance else { return 0 }
        return entrance.tookAtMilliseconds + worker.configuration.limits.sendTimeoutMilliseconds
    }

    /// Whether a client that closed its sending side has waited long enough to be taken for gone.
    private func isAbandoned(_ exchange: Exchange, _ nowMilliseconds: Int64) -> Bool {
        nowMilliseconds >= abandonsAtMilliseconds && (!exchange.hasAnswered || exchange.isTunnel)
    }

    /// Whether it is the client's turn to send content: once the response has begun, both sides may
    /// send as they like.
    private func owesContent(_ exchange: Exchange) -> Bool {
        !body.isFinished && exchange.wantsContent && !exchange.awaitsContinue
            && !exchange.hasAnswered
    }

    func expire() {
        let now = worker.now.monotonicMilliseconds
        if takesNothing(now) { return cut() }
        switch phase {
        case .head:
            if isHeadArriving { refuseSlowHead() } else { linger() }
        case .forwarding(let exchange):
            if isAbandoned(exchange, now) {
                cut()
            } else if exchange.isExpired(now) {
                exchange.expire()
            } else {
                let hasAnswered = exchange.hasAnswered
                exchange.cancel()
                if hasAnswered { abort() } else { refuseSlowContent(exchange) }
            }
        case .discarding: linger()
        case .lingering, .closed: close()
        }
        flush()
    }

    /// Ends the connection because the gateway goes down, unless it is a tunnel.
    func cutUnlessTunnel() {
        if case .forwarding(let exchange) = phase, exchange.isTunnel { return }
        cut()
    }

    /// Its request waited for room in the log, which was not its fault.
    func wasHeld() {
        guard case .head = phase, !worker.isDraining else { return }
        let limits = worker.configuration.limits
        setDeadline(
            in: isHeadArriving ? limits.headTimeoutMilliseconds : limits.idleTimeoutMilliseconds
        )
    }

    /// Gives a client up that takes nothing, or is gone.
    private func cut() {
        if case .forwarding(let exchange) = phase { exchange.cancel() }
        abort()
    }
}
