internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// Answers made here: refusals, OPTIONS and preflights. Each is written whole, recorded, and
/// followed by what becomes of the connection.
extension ClientConnection {
    // MARK: Refusals

    /// Refuses a request.
    func refuse(_ refusal: GatewayRefusal, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        worker.countRefused(refusal, by: worker.policy)
        let template = template(of: refusal, by: worker.policy)
        var answer = LocalAnswer(status: refusal.status)
        answer.reason = refusal.reason.rawValue
        answer.isMethodNotAllowed = refusal.reason == .methodNotAllowed && refusal.fault == nil
        answer.carriesAllow = refusal.carriesAllow
        answer.acceptsIdentityOnly = answer.status == 415
        answer.isHead = bytes.bytes(in: head.method).equals("HEAD")
        answer.version = head.version
        if let accept = head.first(.accept) {
            answer.prefersHTML = ContentPreference.prefersHTML(
                accept: bytes.bytes(in: accept.value)
            )
        }
        if answer.status == 503 { answer.retryAfterSeconds = 1 }
        answer.closes = refusal.closes || mustClose(head) || mustCloseForContent(head)
        let cors = (refusal.view.map { $0.cors } ?? refusal.policy?.cors).map { cors in
            CORSFields(
                cors: cors,
                grant: cors.grant(origin: originField(head, bytes)),
                purpose: .refusal
            )
        }
        worker.detail.removeAll()
        worker.detail.writeDetail(
            refusal,
            template: template,
            method: bytes.bytes(in: head.method),
            target: bytes.bytes(in: head.path),
            host: bytes.bytes(in: head.authority)
        )
        writeProblem(answer, template, cors: cors, origin: originField(head, bytes))
        record(refusal, head, bytes, status: answer.status, template: template)
        answered(closes: answer.closes)
    }

    /// Records a request that a policy in report mode lets through and would refuse.
    func report(_ refusal: GatewayRefusal, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        worker.countReported(refusal, by: worker.policy)
        record(refusal, head, bytes, status: refusal.status, decision: .wouldRefuse)
    }

    /// Refuses a head that could not be read.
    ///
    /// Nothing of it is trusted, so the connection closes.
    func refuseMalformed(_ fault: MessageFault, _ head: borrowing RequestHead, _ bytes: Span<UInt8>)
    {
        worker.counters.requests &+= 1
        worker.nextRequest()
        forgetRequester()
        beginAccess(head, bytes)
        body = BodyReader(.none, limits: MessageLimits())
        var refusal = GatewayRefusal(fault.refusalReason, closes: true)
        refusal.fault = fault
        refuse(refusal, head, bytes)
    }

    /// Nothing that a proxy said of an earlier request's client holds for a head that nobody could
    /// read: it is the peer's own.
    private func forgetRequester() {
        requester = peer
        chain = TrustedChain()
    }

    /// Refuses a request whose content turned out malformed, before anything was answered.
    func refuseContent(_ fault: MessageFault, _ exchange: Exchange) {
        var refusal = GatewayRefusal(.malformedRequest)
        refusal.fault = fault
        refuseLate(refusal, exchange)
    }

    func refuseSlowContent(_ exchange: Exchange) {
        refuseLate(GatewayRefusal(.requestTimeout), exchange)
    }

    func refuseTooMuchContent(_ exchange: Exchange) {
        refuseLate(GatewayRefusal(.contentTooLarge), exchange)
    }

    /// 408 for a head that began and did not end in time.
    func refuseSlowHead() {
        worker.nextRequest()
        forgetRequester()
        refuseWithoutHead(.requestTimeout)
    }

    /// 503 for a connection over the limits.
    func refuseConnection() {
        worker.counters.connectionsRefused &+= 1
        worker.nextRequest()
        refuseWithoutHead(.tooManyConnections)
        flush()
    }

    /// Refuses a request that was being forwarded; the connection closes.
    func refuseLate(_ refusal: GatewayRefusal, _ exchange: Exchange) {
        let request = exchange.request
        worker.countRefused(refusal, by: exchange.policy)
        record(refusal, exchange, decision: .refused)
        let template = template(of: refusal, by: exchange.policy)
        var answer = LocalAnswer(status: refusal.status)
        answer.reason = refusal.reason.rawValue
        answer.carriesAllow = refusal.carriesAllow
        answer.isHead = request.isHead
        answer.version = request.version
        answer.closes = true
        worker.detail.removeAll()
        worker.detail.writeDetail(
            refusal,
            template: template,
            method: request.method,
            target: request.path,
            host: request.host
        )
        writeProblem(answer, template, request.cors, requestID: request.identifier)
        answered(closes: true)
    }

    /// Records a refusal of a request whose head's octets are gone.
    func record(_ refusal: GatewayRefusal, _ exchange: Exchange, decision: LoggedDecision) {
        let template = template(of: refusal, by: exchange.policy)
        record(
            exchange.request,
            refusal.carriesAllow ? template.logContext : exchange.logContext
        ) {
            $0.decision = decision
            $0.status = refusal.status
            $0.reason = refusal.reason.rawValue
            $0.detail = refusal.detailCode
            $0.effectiveMethod = refusal.claim?.method ?? []
            $0.overrideCarrier = refusal.carrierText
        }
    }

    /// Refuses where there is no head to speak of; the connection closes.
    private func refuseWithoutHead(_ reason: RefusalReason) {
        let head = RequestHead()
        beginAccess(head, Span())
        let refusal = GatewayRefusal(reason)
        worker.countRefused(refusal, by: nil)
        let template = template(of: refusal, by: worker.policy)
        var answer = LocalAnswer(status: reason.status)
        answer.reason = reason.rawValue
        answer.closes = true
        if answer.status == 503 { answer.retryAfterSeconds = 1 }
        worker.detail.removeAll()
        worker.detail.writeDetail(
            refusal,
            template: template,
            method: Span(),
            target: Span(),
            host: Span()
        )
        writeProblem(answer, template, cors: nil, origin: Span())
        record(refusal, head, Span(), status: answer.status, template: template)
        answered(closes: true)
    }

    private func writeProblem(
        _ answer: LocalAnswer,
        _ template: RefusalTemplate,
        cors: CORSFields?,
        origin: Span<UInt8>
    ) {
        let detail = worker.detail
        write { output in
            output.writeProblem(
                answer,
                template: template,
                detail: detail.span,
                cors: cors,
                origin: origin,
                requestID: worker.identifier,
                date: worker.date.value,
                pseudonym: worker.configuration.pseudonym,
                body: &worker.problemBody
            )
        }
        access?.answers(
            answer.status,
            contentBytes: answer.isHead ? 0 : worker.problemBody.count
        )
    }

    /// 502, 503 or 504 in place of an origin's response.
    func answerFailure(_ failure: OriginFailure, _ request: ForwardedRequest) {
        worker.counters.originFailures &+= 1
        var answer = LocalAnswer(status: failure.status)
        answer.reason = failure.proxyError
        answer.proxyError = failure.proxyError
        answer.isHead = request.isHead
        answer.version = request.version
        answer.closes = request.closes || !body.isFinished
        if answer.status == 503 { answer.retryAfterSeconds = 1 }
        worker.detail.removeAll()
        worker.detail.append(text: failure.detail)
        writeProblem(answer, nil, request.cors, requestID: request.identifier)
        answered(closes: answer.closes)
    }

    /// Writes a problem in place of a response that was awaited from the origin.
    private func writeProblem(
        _ answer: LocalAnswer,
        _ template: RefusalTemplate?,
        _ cors: ForwardedRequest.CORS?,
        requestID: RequestIdentifier
    ) {
        let detail = worker.detail
        let origin = cors?.origin ?? []
        var fields = cors?.fields
        fields?.purpose = .refusal
        write { output in
            output.writeProblem(
                answer,
                template: template,
                detail: detail.span,
                cors: fields,
                origin: origin.span,
                requestID: requestID,
                date: worker.date.value,
                pseudonym: worker.configuration.pseudonym,
                body: &worker.problemBody
            )
        }
        access?.answers(
            answer.status,
            contentBytes: answer.isHead ? 0 : worker.problemBody.count
        )
    }

    /// Records that the origin failed a permitted request; `isCut`: in the midst of its response.
    func recordFailure(_ failure: OriginFailure, _ exchange: Exchange, isCut: Bool) {
        record(exchange.request, exchange.logContext) {
            $0.decision = .failed
            $0.status = failure.status
            $0.reason = failure.proxyError
            $0.detail = isCut ? "response_cut" : ""
            $0.origin = FailedOrigin(
                upstream: exchange.upstreamName,
                target: exchange.target,
                words: failure.words
            )
        }
    }

    /// Records what became of a request whose head's octets are gone.
    private func record(
        _ request: ForwardedRequest,
        _ context: RefusalContext,
        _ complete: (inout RefusedAttempt) -> Void
    ) {
        let (client, identifier) = (request.client.text, request.identifier)
        var logged = LoggedRequest(
            method: request.method,
            path: request.path,
            host: request.host,
            userAgent: request.userAgent.span,
            clientAddress: client.span
        )
        logged.clientPort = request.client.port
        logged.protocolVersion = protocolVersion(request.version)
        var attempt = RefusedAttempt(logged, requestID: identifier.text, context: context)
        attempt.trace = request.trace
        complete(&attempt)
        log(attempt)
    }

    // MARK: Parts

    func responseCORSFields(
        _ cors: CompiledCORS,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> CORSFields {
        CORSFields(
            cors: cors,
            grant: cors.grant(origin: originField(head, bytes)),
            purpose: .response
        )
    }

    /// The Origin field's value; empty where there is none, or more than one.
    @_lifetime(copy bytes)
    func originField(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Span<UInt8> {
        guard head.count(of: .origin) == 1 else { return Span() }
        return bytes.bytes(in: head.first(.origin)?.value ?? .empty)
    }

    /// Whether content that is still to come is too much to read, or may never come: a client
    /// that waits for `100 Continue` and gets an answer need not send it (RFC 9110 §10.1.1).
    func mustCloseForContent(_ head: borrowing RequestHead) -> Bool {
        if body.isFinished { return false }
        if head.expectsContinue { return true }
        guard let remaining = body.remaining else { return false }
        return remaining > worker.configuration.limits.refusedContentBytesMax
    }

    private func template(
        of refusal: GatewayRefusal,
        by policy: PolicyState?
    ) -> RefusalTemplate {
        policy?.template(policy: refusal.policy, rule: refusal.rule, view: refusal.view)
            ?? RefusalTemplate(
                policy: nil,
                rule: nil,
                view: nil,
                version: "none",
                pseudonym: worker.configuration.pseudonym
            )
    }

    /// Records a refused attempt, or one that would be refused.
    func record(
        _ refusal: GatewayRefusal,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        status: Int,
        decision: LoggedDecision = .refused,
        template known: RefusalTemplate? = nil
    ) {
        let template = known ?? template(of: refusal, by: worker.policy)
        let (client, identifier) = (requester.text, worker.identifier)
        let showsAllow = refusal.carriesAllow || status == 204
        var attempt = RefusedAttempt(
            logged(head, bytes, by: client.span),
            requestID: identifier.text,
            context: showsAllow ? template.logContext : template.logContextWithoutAllow
        )
        attempt.trace = worker.trace.parent
        attempt.status = status
        attempt.decision = decision
        attempt.reason = refusal.reason.rawValue
        attempt.detail = refusal.detailCode
        attempt.effectiveMethod = refusal.claim?.method ?? []
        attempt.overrideCarrier = refusal.carrierText
        log(attempt)
    }

    /// The version that the client spoke, as `network.protocol.version` says it.
    func protocolVersion(_ version: HTTPVersion) -> String {
        if arrival.carrier == .stream { return "2" }
        return version == .http10 ? "1.0" : "1.1"
    }

    private func log(_ attempt: borrowing RefusedAttempt) {
        access?.note(attempt.decision, reason: attempt.reason, detail: attempt.detail)
        worker.log.record(attempt, at: worker.now)
        worker.holdIfLogIsFull()
        worker.scheduleTick()
    }
}

extension RequestHead {
    /// The path for the log; where the target could not be read as one, what of the target comes
    /// before a query or fragment and behind credentials, which are secrets (B-65).
    func loggedPath(in bytes: Span<UInt8>) -> ByteRange {
        guard path.isEmpty else { return path }
        var start = target.lowerBound
        var index = start
        while index < target.upperBound, bytes[index] != 0x3F, bytes[index] != 0x23 {
            if bytes[index] == 0x40 { start = index + 1 }
            index += 1
        }
        return ByteRange(start, index)
    }

    var userAgent: ByteRange { first(.userAgent)?.value ?? .empty }
}
