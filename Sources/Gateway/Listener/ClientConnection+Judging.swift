internal import HTTPMessage
internal import Judgement
internal import MethodPolicy
internal import NIOCore

/// From a request's head to its answer or its exchange.
///
/// Everywhere `bytes` are the octets that `head` was read from. Nothing of either is kept when this
/// returns. The head is handed down rather than read from the worker, because each access to a
/// class's property is checked while the program runs (decision record 14).
extension ClientConnection {
    func judge(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        worker.counters.requests &+= 1
        worker.nextRequest()
        body = BodyReader(head.framing, limits: worker.configuration.limits.message)
        identifyClient(head, bytes)
        worker.trace.read(head, bytes, fromTrustedProxy: isTrustedProxy)
        beginAccess(head, bytes)
        guard let policy = worker.policy else {
            return refuse(GatewayRefusal(.noPolicyLoaded), head, bytes)
        }
        if head.form == .authority {
            return refuse(GatewayRefusal(.connectRefused, closes: true), head, bytes)
        }
        let judgement = worker.judge.judge(
            head,
            bytes,
            by: policy.judged,
            client: requester.client
        )
        switch consume judgement {
        case .malformed(let fault, let compiled):
            refuse(GatewayRefusal(fault, policy: compiled), head, bytes)
        case .decided(let decision):
            carryOut(decision, policy, head, bytes)
        }
    }

    private func carryOut(
        _ decision: consuming Decision,
        _ policy: PolicyState,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        switch consume decision {
        case .refuse(let refusal):
            refuse(GatewayRefusal(refusal), head, bytes)
        case .options(let answer):
            answerOptions(answer, head, bytes)
        case .preflight(let answer):
            answerPreflight(answer, policy, head, bytes)
        case .forward(let permit):
            forward(permit, policy, head, bytes)
        }
    }

    // MARK: Forwarding

    /// Forwards what a policy permits, unless the gateway itself has something against it.
    func forward(
        _ permit: consuming Permit,
        _ policy: PolicyState,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        if let refusal = obstacle(to: permit, head, bytes) { return refuse(refusal, head, bytes) }
        let handshake = handshake(of: permit, head, bytes)
        if let refusal = handshake.refusal { return refuse(refusal, head, bytes) }
        if let port = arrival.redirectPort {
            return redirect(to: port, reporting: permit.wouldRefuse, head, bytes)
        }
        worker.trace.beginIfAbsent()
        if let refusal = permit.wouldRefuse { report(GatewayRefusal(refusal), head, bytes) }
        if case .none = hops(head, bytes) { return answerLocalOptions(permit, head, bytes) }
        let form = formContent(of: permit, head, bytes)
        if case .refused(let fault) = form {
            let refusal = GatewayRefusal(
                unscannable: fault,
                policy: permit.policy,
                rule: permit.rule,
                view: permit.view
            )
            guard permit.mode == .report else { return refuse(refusal, head, bytes) }
            report(refusal, head, bytes)
        }
        let upstream =
            policy.upstreams.indices.contains(permit.upstream)
            ? policy.upstreams[permit.upstream] : nil
        var request = ForwardedRequest(worker: worker, client: requester, head, bytes)
        request.closes = mustClose(head)
        request.cors = responseCORS(of: permit, head, bytes)
        if let rule = permit.rule, rule.options == .forward, request.isOptions,
            permit.mode == .enforce
        {
            request.allowed = permit.view?.allow ?? rule.allow
        }
        if form != .none { request.userAgent = bytes.bytes(in: head.userAgent).array }
        var edits = RequestEdits(of: permit, policy)
        edits.asksForWebSocket = handshake.offer != nil
        let exchange = Exchange(
            request,
            permit: permit,
            by: policy,
            client: self,
            upstream: upstream
        )
        exchange.offer = handshake.offer
        if form != .none { exchange.scanner = FormScanner(form, names: exchange.overrideNames) }
        exchange.writeHead(edits, head, bytes)
        worker.counters.forwarded &+= 1
        access?.forwards(trace: worker.trace.parent)
        policy.count(exchange.rule, .forwarded)
        startForwarding(exchange)
        if body.isFinished { endContent(of: exchange, trailers: Span()) }
        exchange.start()
    }

    /// What stands against forwarding a request that the policy permits; nil if nothing does.
    private func obstacle(
        to permit: borrowing Permit,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> GatewayRefusal? {
        func refusal(_ reason: RefusalReason) -> GatewayRefusal {
            GatewayRefusal(reason, policy: permit.policy, rule: permit.rule, view: permit.view)
        }
        if head.hasUnknownExpectation { return refusal(.expectationFailed) }
        if let max = worker.configuration.limits.contentBytesMax,
            case .length(let length) = head.framing, length > max
        {
            return refusal(.contentTooLarge)
        }
        if case .invalid = hops(head, bytes) { return refusal(.malformedRequest) }
        let pseudonym = worker.configuration.pseudonym
        if RequestHeadWriter.countsLoop(head, bytes, pseudonym: pseudonym) {
            return refusal(.loopDetected)
        }
        return nil
    }

    /// What a request asks for with Upgrade, where its rule lets it ask (RFC 9110 §7.8).
    ///
    /// Where it does not, the field is not forwarded, and the request is one like any other.
    private func handshake(
        of permit: borrowing Permit,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> (offer: WebSocketOffer?, refusal: GatewayRefusal?) {
        guard head.hasUpgrade, let rule = permit.rule, rule.upgrades.contains(.websocket) else {
            return (nil, nil)
        }
        func refusal(_ reason: RefusalReason) -> GatewayRefusal {
            GatewayRefusal(
                reason,
                policy: permit.policy,
                rule: rule,
                view: permit.view,
                closes: true
            )
        }
        switch WebSocketHandshake(of: head, bytes) {
        case .notAnUpgrade, .otherProtocol: return (nil, nil)
        case .offer(let offer): return (offer, nil)
        case .unsupportedVersion: return (nil, refusal(.upgradeRequired))
        case .invalid(let fault):
            var refusal = refusal(.invalidHandshake)
            refusal.handshakeFault = fault
            return (nil, refusal)
        }
    }

    /// How content is to be looked through for method overrides.
    private func formContent(
        of permit: borrowing Permit,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> FormContent {
        if permit.overrides == .ignore || body.isFinished { return .none }
        if permit.mode == .report {
            // One line a request: what else there may be against it does not matter. Neither does
            // the content of OPTIONS where enforce mode would answer and not look.
            let isAnswered =
                permit.rule?.options == .local
                && bytes.bytes(in: head.method).equals("OPTIONS")
            if permit.wouldRefuse != nil || isAnswered { return .none }
        }
        return FormContent(of: head, bytes)
    }

    enum Hops { case unlimited, left, none, invalid }

    /// Max-Forwards (RFC 9110 §7.6.2), for OPTIONS alone: TRACE is never forwarded.
    private func hops(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Hops {
        guard let line = head.first(.maxForwards),
            bytes.bytes(in: head.method).equals("OPTIONS")
        else { return .unlimited }
        let value = bytes.bytes(in: line.value)
        guard head.count(of: .maxForwards) == 1,
            let number = DecimalNumber.read(value)
        else { return .invalid }
        return number == 0 ? .none : .left
    }

    /// OPTIONS that may go no further (Max-Forwards: 0).
    private func answerLocalOptions(
        _ permit: borrowing Permit,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        writeOptions(
            allow: permit.view?.allow ?? permit.policy.allow,
            cors: permit.cors.map { responseCORSFields($0, head, bytes) },
            head,
            bytes
        )
    }

    /// The CORS fields of a forwarded response: the origin's octets are copied, as the head's are
    /// gone by then.
    ///
    /// The answer to OPTIONS in report mode is the origin server's own, CORS fields included.
    private func responseCORS(
        of permit: borrowing Permit,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> ForwardedRequest.CORS? {
        guard let cors = permit.cors else { return nil }
        let isOptions = bytes.bytes(in: head.method).equals("OPTIONS")
        if permit.mode == .report, isOptions { return nil }
        let fields = responseCORSFields(cors, head, bytes)
        let origin = originField(head, bytes)
        return ForwardedRequest.CORS(
            fields: fields,
            origin: fields.grant == .echo ? origin.array : []
        )
    }

    /// Whether the connection has to close behind the answer to this request.
    func mustClose(_ head: borrowing RequestHead) -> Bool {
        !head.keepsAlive || head.hasUpgrade || worker.isDraining || arrival.carrier == .stream
            || requestsDone + 1 >= worker.configuration.limits.requestsPerConnectionMax
    }
}
