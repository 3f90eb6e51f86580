internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// Content is looked through for method overrides while it streams (B-04).
///
/// Nothing of a claimed method's value is forwarded before the claim is judged, because some
/// servers act on content that was cut off, and the end is judged before the last piece is
/// forwarded. So no origin server gets to see a method that the policy refuses.
extension ClientConnection {
    /// Looks the next piece of content through and forwards what of it is settled.
    ///
    /// - Returns: Whether the exchange goes on; if not, the content was refused.
    func forwardContent(_ content: Span<UInt8>, of exchange: Exchange) -> Bool {
        guard exchange.isScanned else {
            exchange.content(content)
            return true
        }
        var claims: [ClaimedMethod] = []
        var fault = exchange.scanner?.scan(content, into: &claims)
        if fault == nil, body.isFinished { fault = exchange.finishScan(into: &claims) }
        guard settle(claims, fault, exchange) else { return false }
        exchange.scannedContent(content)
        return true
    }

    /// The content is complete; what the scanner has not settled is judged before that is passed
    /// on.
    func endContent(of exchange: Exchange, trailers: Span<UInt8>) {
        if exchange.isScanned {
            var claims: [ClaimedMethod] = []
            let fault = exchange.finishScan(into: &claims)
            guard settle(claims, fault, exchange) else { return }
            exchange.scannedContent(Span())
        }
        exchange.contentEnded(trailers: trailers)
    }

    private func settle(
        _ claims: [ClaimedMethod],
        _ fault: MessageFault?,
        _ exchange: Exchange
    ) -> Bool {
        let refused = claims.lazy.compactMap { exchange.refusal(of: $0) }.first
        guard let refusal = refused ?? fault.map({ exchange.refusal(unscannable: $0) }) else {
            return true
        }
        guard exchange.isReported else {
            cut(exchange, refusal)
            return false
        }
        report(refusal, exchange)
        return true
    }

    /// Records what would be refused of the content: once, so nothing more is looked for.
    private func report(_ refusal: GatewayRefusal, _ exchange: Exchange) {
        worker.countReported(refusal, by: exchange.policy)
        record(refusal, exchange, decision: .wouldRefuse)
        exchange.scanner = nil
    }

    /// Ends an exchange whose content is refused: the origin server's connection is closed before
    /// the content is complete.
    private func cut(_ exchange: Exchange, _ refusal: GatewayRefusal) {
        let hasAnswered = exchange.hasAnswered
        exchange.cancel()
        guard hasAnswered else { return refuseLate(refusal, exchange) }
        // The response has begun; it must not look complete.
        worker.countRefused(refusal, by: exchange.policy)
        record(refusal, exchange, decision: .refused)
        abort()
    }
}
