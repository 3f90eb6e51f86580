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
        if case .forwarding(let exchange) = phase {
            return exchange.isExpired(nowMilliseconds)
                || (!body.isFinished && exchange.wantsContent && !exchange.awaitsContinue
                    && nowMilliseconds >= deadlineMilliseconds)
        }
        return nowMilliseconds >= deadlineMilliseconds
    }

    func expire() {
        switch phase {
        case .head:
            if isHeadArriving { refuseSlowHead() } else { close() }
        case .forwarding(let exchange):
            if exchange.isExpired(worker.now.monotonicMilliseconds) {
                exchange.expire()
            } else {
                let hasAnswered = exchange.hasAnswered
                exchange.cancel()
                if hasAnswered { abort() } else { refuseSlowContent(exchange) }
            }
        case .discarding, .lingering, .closed: close()
        }
        flush()
    }
}
