internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

/// From a request's head to its answer or its exchange: design rows 1 to 9, in their order.
///
/// `worker.requestHead` holds the head; `bytes` are the octets it was read from. Nothing of either
/// is kept when this returns.
extension ClientConnection {
    func judge(_ bytes: Span<UInt8>) {
        worker.counters.requests &+= 1
        worker.identifier.advance()
        body = BodyReader(worker.requestHead.framing, limits: worker.configuration.limits.message)
        guard let policy = worker.policy else {
            return refuse(.noPolicyLoaded, bytes)
        }
        if worker.requestHead.form == .authority {
            return refuse(.connectRefused, bytes, closes: true)
        }
        let path = bytes.bytes(in: worker.requestHead.path)
        if worker.requestHead.isServerWideOptions {
            let asterisk = Self.asterisk
            return decide(policy, path: asterisk.span, judged: asterisk.span, bytes)
        }
        // Taken out of the worker while it is looked at, so that nothing can change it meanwhile.
        var canonical: [UInt8] = []
        swap(&canonical, &worker.canonicalPath)
        defer { swap(&canonical, &worker.canonicalPath) }
        switch CanonicalPath.canonicalize(path, into: &canonical) {
        case .unchanged: compare(policy, path: path, bytes)
        case .rewritten: compare(policy, path: canonical.span, bytes)
        case .refused(let fault):
            let host = bytes.bytes(in: worker.requestHead.host)
            let compiled = policy.snapshot.policy(forHost: host)
            refuse(.malformedRequest, bytes, policy: compiled, fault: fault, closes: true)
        }
    }

    private static var asterisk: [UInt8] { [0x2A] }

    /// Finds the form of the canonical path that patterns are compared with, most often itself.
    private func compare(_ policy: PolicyState, path: Span<UInt8>, _ bytes: Span<UInt8>) {
        var matching: [UInt8] = []
        swap(&matching, &worker.matchingPath)
        defer { swap(&matching, &worker.matchingPath) }
        if CanonicalPath.matchingForm(of: path, into: &matching) {
            decide(policy, path: path, judged: matching.span, bytes)
        } else {
            decide(policy, path: path, judged: path, bytes)
        }
    }

    private func decide(
        _ policy: PolicyState,
        path: Span<UInt8>,
        judged: Span<UInt8>,
        _ bytes: Span<UInt8>
    ) {
        let method = bytes.bytes(in: worker.requestHead.method)
        let host = bytes.bytes(in: worker.requestHead.host)
        switch policy.snapshot.decide(
            method: method,
            path: judged,
            host: host,
            isPreflight: isPreflight
        )
        {
        case .refuse(let refusal):
            refuse(
                refusal.reason,
                bytes,
                policy: refusal.policy,
                rule: refusal.rule,
                closes: refusal.status == 400
            )
        case .options(let answer):
            let template = policy.template(policy: answer.policy, rule: answer.rule)
            answerOptions(answer, template, bytes)
        case .preflight(let answer):
            let template = policy.template(policy: answer.policy, rule: answer.rule)
            answerPreflight(answer, template, bytes)
        case .forward(let permit):
            forward(permit, policy, path: path, bytes)
        }
    }

    /// Fetch, "CORS-preflight request": OPTIONS with Origin and Access-Control-Request-Method.
    private var isPreflight: Bool {
        worker.requestHead.first(.origin) != nil
            && worker.requestHead.first(.accessControlRequestMethod) != nil
    }

    // MARK: Forwarding

    private func forward(
        _ permit: consuming Permit,
        _ policy: PolicyState,
        path: Span<UInt8>,
        _ bytes: Span<UInt8>
    ) {
        let cors = permit.rule.map { $0.cors } ?? permit.policy.cors
        if worker.requestHead.hasUnknownExpectation {
            return refuse(.expectationFailed, bytes, policy: permit.policy, rule: permit.rule)
        }
        if let max = worker.configuration.limits.contentBytesMax,
            case .length(let length) = worker.requestHead.framing, length > max
        {
            return refuse(.contentTooLarge, bytes, policy: permit.policy, rule: permit.rule)
        }
        switch hops(bytes) {
        case .invalid:
            return refuse(
                .malformedRequest,
                bytes,
                policy: permit.policy,
                rule: permit.rule
            )
        case .none:
            return answerLocalOptions(permit.policy, permit.rule, policy, bytes)
        case .left, .unlimited: break
        }
        if RequestHeadWriter.countsLoop(worker, bytes) {
            return refuse(.loopDetected, bytes, policy: permit.policy, rule: permit.rule)
        }
        let pool =
            policy.pools.indices.contains(permit.upstream)
            ? policy.pools[permit.upstream] : nil
        var request = ForwardedRequest(worker: worker, bytes: bytes)
        request.closes = mustClose
        request.cors = cors.map { responseCORS($0, bytes) }
        if let rule = permit.rule, rule.options == .forward, request.isOptions {
            request.allowed = rule.allow
        }
        let exchange = Exchange(request, permit: permit, client: self, pool: pool)
        exchange.writeHead(path: path, bytes)
        worker.counters.forwarded &+= 1
        startForwarding(exchange)
        if body.isFinished { exchange.contentEnded(trailers: Span()) }
        exchange.start()
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
    private func answerLocalOptions(
        _ compiled: CompiledPolicy,
        _ rule: CompiledRule?,
        _ policy: PolicyState,
        _ bytes: Span<UInt8>
    ) {
        let cors = rule.map { $0.cors } ?? compiled.cors
        writeOptions(
            policy.template(policy: compiled, rule: rule),
            cors: cors.map { responseCORSFields($0, bytes) },
            bytes
        )
    }

    /// The CORS fields of a forwarded response: the origin's octets are copied, as the head's are
    /// gone by then.
    private func responseCORS(_ cors: CompiledCORS, _ bytes: Span<UInt8>) -> ForwardedRequest.CORS {
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
