internal import HTTPMessage
internal import Judgement
internal import MethodPolicy
internal import NIOCore

/// From a request's head to its answer or its exchange.
///
/// `worker.requestHead` holds the head; `bytes` are the octets it was read from. Nothing of either
/// is kept when this returns.
extension ClientConnection {
    func judge(_ bytes: Span<UInt8>) {
        worker.counters.requests &+= 1
        worker.identifier.advance()
        body = BodyReader(worker.requestHead.framing, limits: worker.configuration.limits.message)
        identifyClient(bytes)
        guard let policy = worker.policy else {
            return refuse(GatewayRefusal(.noPolicyLoaded), bytes)
        }
        if worker.requestHead.form == .authority {
            return refuse(GatewayRefusal(.connectRefused, closes: true), bytes)
        }
        let judgement = worker.judge.judge(
            worker.requestHead,
            bytes,
            by: policy.judged,
            client: requester.client
        )
        switch consume judgement {
        case .malformed(let fault, let compiled):
            refuse(GatewayRefusal(fault, policy: compiled), bytes)
        case .decided(let decision):
            carryOut(decision, policy, bytes)
        }
    }

    private func carryOut(
        _ decision: consuming Decision,
        _ policy: PolicyState,
        _ bytes: Span<UInt8>
    ) {
        switch consume decision {
        case .refuse(let refusal):
            refuse(GatewayRefusal(refusal), bytes)
        case .options(let answer):
            answerOptions(answer, bytes)
        case .preflight(let answer):
            answerPreflight(answer, policy, bytes)
        case .forward(let permit):
            forward(permit, policy, bytes)
        }
    }

    // MARK: Forwarding

    /// Forwards what a policy permits, unless the gateway itself has something against it.
    func forward(_ permit: consuming Permit, _ policy: PolicyState, _ bytes: Span<UInt8>) {
        if let refusal = obstacle(to: permit, bytes) { return refuse(refusal, bytes) }
        if let refusal = permit.wouldRefuse { report(GatewayRefusal(refusal), bytes) }
        if case .none = hops(bytes) { return answerLocalOptions(permit, bytes) }
        let form = formContent(of: permit, bytes)
        if case .refused(let fault) = form {
            let refusal = GatewayRefusal(
                unscannable: fault,
                policy: permit.policy,
                rule: permit.rule,
                view: permit.view
            )
            guard permit.mode == .report else { return refuse(refusal, bytes) }
            report(refusal, bytes)
        }
        let pool =
            policy.pools.indices.contains(permit.upstream)
            ? policy.pools[permit.upstream] : nil
        var request = ForwardedRequest(worker: worker, client: requester, bytes: bytes)
        request.closes = mustClose
        request.cors = responseCORS(of: permit, bytes)
        if let rule = permit.rule, rule.options == .forward, request.isOptions,
            permit.mode == .enforce
        {
            request.allowed = permit.view?.allow ?? rule.allow
        }
        if form != .none { request.userAgent = bytes.bytes(in: worker.requestHead.userAgent).array }
        let edits = RequestEdits(of: permit, policy)
        let names = policy.judged.overrideNames(of: permit.policy)
        let exchange = Exchange(
            request,
            permit: permit,
            by: policy,
            client: self,
            pool: pool
        )
        exchange.scanner = FormScanner(form, names: names)
        exchange.overrideNames = names
        exchange.writeHead(edits, bytes)
        worker.counters.forwarded &+= 1
        startForwarding(exchange)
        if body.isFinished { endContent(of: exchange, trailers: Span()) }
        exchange.start()
    }

    /// What stands against forwarding a request that the policy permits; nil if nothing does.
    private func obstacle(to permit: borrowing Permit, _ bytes: Span<UInt8>) -> GatewayRefusal? {
        func refusal(_ reason: RefusalReason) -> GatewayRefusal {
            GatewayRefusal(reason, policy: permit.policy, rule: permit.rule, view: permit.view)
        }
        if worker.requestHead.hasUnknownExpectation { return refusal(.expectationFailed) }
        if let max = worker.configuration.limits.contentBytesMax,
            case .length(let length) = worker.requestHead.framing, length > max
        {
            return refusal(.contentTooLarge)
        }
        if case .invalid = hops(bytes) { return refusal(.malformedRequest) }
        if RequestHeadWriter.countsLoop(worker, bytes) { return refusal(.loopDetected) }
        return nil
    }

    /// How content is to be looked through for method overrides.
    private func formContent(of permit: borrowing Permit, _ bytes: Span<UInt8>) -> FormContent {
        if permit.overrides == .ignore || body.isFinished { return .none }
        if permit.mode == .report {
            // One line a request: what else there may be against it does not matter. Neither does
            // the content of OPTIONS where enforce mode would answer and not look.
            let isAnswered =
                permit.rule?.options == .local
                && bytes.bytes(in: worker.requestHead.method).equals("OPTIONS")
            if permit.wouldRefuse != nil || isAnswered { return .none }
        }
        return FormContent(of: worker.requestHead, bytes)
    }

    enum Hops { case unlimited, left, none, invalid }

    /// Max-Forwards (RFC 9110 §7.6.2), for OPTIONS alone: TRACE is never forwarded.
    private func hops(_ bytes: Span<UInt8>) -> Hops {
        guard let line = worker.requestHead.first(.maxForwards),
            bytes.bytes(in: worker.requestHead.method).equals("OPTIONS")
        else { return .unlimited }
        let value = bytes.bytes(in: line.value)
        guard worker.requestHead.count(of: .maxForwards) == 1,
            let number = DecimalNumber.read(value)
        else { return .invalid }
        return number == 0 ? .none : .left
    }

    /// OPTIONS that may go no further (Max-Forwards: 0).
    private func answerLocalOptions(_ permit: borrowing Permit, _ bytes: Span<UInt8>) {
        writeOptions(
            allow: permit.view?.allow ?? permit.policy.allow,
            cors: permit.cors.map { responseCORSFields($0, bytes) },
            bytes
        )
    }

    /// The CORS fields of a forwarded response: the origin's octets are copied, as the head's are
    /// gone by then.
    ///
    /// The answer to OPTIONS in report mode is the origin server's own, CORS fields included.
    private func responseCORS(
        of permit: borrowing Permit,
        _ bytes: Span<UInt8>
    ) -> ForwardedRequest.CORS? {
        guard let cors = permit.cors else { return nil }
        let isOptions = bytes.bytes(in: worker.requestHead.method).equals("OPTIONS")
        if permit.mode == .report, isOptions { return nil }
        let fields = responseCORSFields(cors, bytes)
        let origin = originField(bytes)
        return ForwardedRequest.CORS(
            fields: fields,
            origin: fields.grant == .echo ? origin.array : []
        )
    }

    /// Whether the connection has to close behind the answer to this request.
    var mustClose: Bool {
        !worker.requestHead.keepsAlive || worker.requestHead.hasUpgrade || worker.isDraining
            || requestsDone + 1 >= worker.configuration.limits.requestsPerConnectionMax
    }
}
