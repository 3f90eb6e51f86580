internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

/// Answers made here: refusals, OPTIONS and preflights. Each is written whole, recorded, and
/// followed by what becomes of the connection.
extension ClientConnection {
    // MARK: Refusals

    /// Refuses the request whose head is in `worker.requestHead`.
    func refuse(
        _ reason: RefusalReason,
        _ bytes: Span<UInt8>,
        policy: CompiledPolicy? = nil,
        rule: CompiledRule? = nil,
        fault: MessageFault? = nil,
        closes: Bool = false
    ) {
        worker.counters.refused &+= 1
        let template = template(policy: policy, rule: rule)
        var answer = LocalAnswer(status: fault?.status ?? reason.status)
        answer.reason = reason.rawValue
        answer.carriesAllow = answer.status == 405
        answer.isHead = bytes.bytes(in: worker.requestHead.method).equals("HEAD")
        answer.version = worker.requestHead.version
        if let accept = worker.requestHead.first(.accept) {
            answer.prefersHTML = ContentPreference.prefersHTML(
                accept: bytes.bytes(in: accept.value)
            )
        }
        if answer.status == 503 { answer.retryAfterSeconds = 1 }
        answer.closes = closes || mustClose || mustCloseForContent
        let cors = (rule.map { $0.cors } ?? policy?.cors).map { cors in
            CORSFields(
                cors: cors,
                grant: cors.grant(origin: originField(bytes)),
                purpose: .refusal
            )
        }
        worker.detail.clear()
        worker.detail.writeDetail(
            reason,
            fault: fault,
            template: template,
            method: bytes.bytes(in: worker.requestHead.method),
            target: bytes.bytes(in: worker.requestHead.path),
            host: bytes.bytes(in: worker.requestHead.authority)
        )
        writeProblem(answer, template, cors: cors, origin: originField(bytes))
        record(reason, bytes, status: answer.status, template: template, fault: fault)
        answered(closes: answer.closes)
    }

    /// Refuses a head that could not be read.
    ///
    /// Nothing of it is trusted, so the connection closes.
    func refuseMalformed(_ fault: MessageFault, _ bytes: Span<UInt8>) {
        worker.counters.requests &+= 1
        worker.identifier.advance()
        body = BodyReader(.none, limits: MessageLimits())
        let reason: RefusalReason =
            switch fault.status {
            case 414: .targetTooLong
            case 431: .fieldsTooLarge
            case 501: fault.code == .methodTooLong ? .unknownMethod : .unsupportedTransferCoding
            case 505: .unsupportedVersion
            default: .malformedRequest
            }
        refuse(reason, bytes, fault: fault, closes: true)
    }

    /// Refuses a request whose content turned out malformed, before anything was answered.
    func refuseContent(_ fault: MessageFault, _ exchange: Exchange) {
        refuseLate(.malformedRequest, exchange, fault: fault)
    }

    func refuseSlowContent(_ exchange: Exchange) {
        refuseLate(.requestTimeout, exchange, fault: nil)
    }

    func refuseTooMuchContent(_ exchange: Exchange) {
        refuseLate(.contentTooLarge, exchange, fault: nil)
    }

    /// 408 for a head that began and did not end in time.
    func refuseSlowHead() {
        worker.identifier.advance()
        refuseWithoutHead(.requestTimeout)
    }

    /// 503 for a connection over the limits.
    func refuseConnection() {
        worker.identifier.advance()
        refuseWithoutHead(.tooManyConnections)
        flush()
    }

    /// Refuses a request that was being forwarded; the connection closes.
    private func refuseLate(
        _ reason: RefusalReason,
        _ exchange: Exchange,
        fault: MessageFault?
    ) {
        let request = exchange.request
        let status = fault?.status ?? reason.status
        worker.counters.refused &+= 1
        record(
            request,
            exchange.logContext,
            decision: .refused,
            status: status,
            reason: reason.rawValue,
            detail: fault?.code.rawValue ?? ""
        )
        var answer = LocalAnswer(status: status)
        answer.reason = reason.rawValue
        answer.isHead = request.isHead
        answer.version = request.version
        answer.closes = true
        worker.detail.clear()
        worker.detail.writeDetail(
            reason,
            fault: fault,
            template: Self.templateWithoutPolicy,
            method: Span(),
            target: Span(),
            host: Span()
        )
        writeProblem(answer, nil, request.cors, requestID: request.identifier)
        answered(closes: true)
    }

    /// Refuses where there is no head to speak of; the connection closes.
    private func refuseWithoutHead(_ reason: RefusalReason) {
        worker.counters.refused &+= 1
        worker.requestHead.reset()
        let template = template(policy: nil, rule: nil)
        var answer = LocalAnswer(status: reason.status)
        answer.reason = reason.rawValue
        answer.closes = true
        if answer.status == 503 { answer.retryAfterSeconds = 1 }
        worker.detail.clear()
        worker.detail.writeDetail(
            reason,
            fault: nil,
            template: template,
            method: Span(),
            target: Span(),
            host: Span()
        )
        writeProblem(answer, template, cors: nil, origin: Span())
        record(reason, Span(), status: answer.status, template: template)
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
                detail: detail.readableBytesUInt8Span,
                cors: cors,
                origin: origin,
                requestID: worker.identifier.text,
                date: worker.date.value,
                pseudonym: worker.configuration.pseudonym,
                body: &worker.problemBody
            )
        }
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
        worker.detail.clear()
        worker.detail.writeString(failure.detail)
        writeProblem(answer, nil, request.cors, requestID: request.identifier)
        answered(closes: answer.closes)
    }

    /// Writes a problem in place of a response that was awaited from the origin.
    private func writeProblem(
        _ answer: LocalAnswer,
        _ template: RefusalTemplate?,
        _ cors: ForwardedRequest.CORS?,
        requestID: [UInt8]
    ) {
        let detail = worker.detail
        let origin = cors?.origin ?? []
        var fields = cors?.fields
        fields?.purpose = .refusal
        write { output in
            output.writeProblem(
                answer,
                template: template,
                detail: detail.readableBytesUInt8Span,
                cors: fields,
                origin: origin.span,
                requestID: requestID,
                date: worker.date.value,
                pseudonym: worker.configuration.pseudonym,
                body: &worker.problemBody
            )
        }
    }

    /// Records that the origin failed a permitted request; `isCut`: in the midst of its response.
    func recordFailure(_ failure: OriginFailure, _ exchange: Exchange, isCut: Bool) {
        record(
            exchange.request,
            exchange.logContext,
            decision: .failed,
            status: failure.status,
            reason: failure.proxyError,
            detail: isCut ? "response_cut" : ""
        )
    }

    /// Records what became of a request whose head's octets are gone.
    private func record(
        _ request: ForwardedRequest,
        _ context: RefusalContext,
        decision: LoggedDecision,
        status: Int,
        reason: String,
        detail: String
    ) {
        let (client, identity) = (address.text, request.identity)
        let pathEnd = request.methodCount + request.pathCount
        let octets = identity.span
        var attempt = RefusedAttempt(
            method: octets.bytes(in: ByteRange(0, request.methodCount)),
            path: octets.bytes(in: ByteRange(request.methodCount, pathEnd)),
            host: octets.bytes(in: ByteRange(pathEnd, octets.count)),
            userAgent: Span(),
            clientAddress: client.span,
            requestID: request.identifier.span,
            context: context
        )
        attempt.clientPort = port
        attempt.protocolVersion = request.version == .http10 ? "1.0" : "1.1"
        attempt.status = status
        attempt.decision = decision
        attempt.reason = reason
        attempt.detail = detail
        log(attempt)
    }

    // MARK: Parts

    func responseCORSFields(_ cors: CompiledCORS, _ bytes: Span<UInt8>) -> CORSFields {
        CORSFields(cors: cors, grant: cors.grant(origin: originField(bytes)), purpose: .response)
    }

    /// The Origin field's value; empty where there is none, or more than one.
    @_lifetime(copy bytes)
    func originField(_ bytes: Span<UInt8>) -> Span<UInt8> {
        guard worker.requestHead.count(of: .origin) == 1 else { return Span() }
        return bytes.bytes(in: worker.requestHead.first(.origin)?.value ?? .empty)
    }

    /// Whether content that is still to come is too much to read, or may never come: a client
    /// that waits for `100 Continue` and gets an answer need not send it (RFC 9110 §10.1.1).
    var mustCloseForContent: Bool {
        if body.isFinished { return false }
        if worker.requestHead.expectsContinue { return true }
        guard let remaining = body.remaining else { return false }
        return remaining > worker.configuration.limits.refusedContentBytesMax
    }

    private func template(policy: CompiledPolicy?, rule: CompiledRule?) -> RefusalTemplate {
        worker.policy?.template(policy: policy, rule: rule) ?? Self.templateWithoutPolicy
    }

    private static var templateWithoutPolicy: RefusalTemplate {
        RefusalTemplate(policy: nil, rule: nil, version: "none")
    }

    /// Records a refused attempt.
    func record(
        _ reason: RefusalReason,
        _ bytes: Span<UInt8>,
        status: Int,
        template: RefusalTemplate,
        fault: MessageFault? = nil
    ) {
        let head = worker.requestHead.userAgent
        let (client, identifier) = (address.text, worker.identifier.text)
        var attempt = RefusedAttempt(
            method: bytes.bytes(in: worker.requestHead.method),
            path: bytes.bytes(in: worker.requestHead.loggedPath),
            query: bytes.bytes(in: worker.requestHead.query),
            host: bytes.bytes(in: worker.requestHead.authority),
            userAgent: bytes.bytes(in: head),
            clientAddress: client.span,
            requestID: identifier.span,
            context: status == 405 || status == 204
                ? template.logContext : template.logContextWithoutAllow
        )
        attempt.clientPort = port
        attempt.protocolVersion = worker.requestHead.version == .http10 ? "1.0" : "1.1"
        attempt.status = status
        attempt.reason = reason.rawValue
        attempt.detail = fault?.code.rawValue ?? ""
        log(attempt)
    }

    private func log(_ attempt: borrowing RefusedAttempt) {
        worker.log.record(attempt, at: worker.now)
        worker.holdIfLogIsFull()
        worker.scheduleTick()
    }
}

extension RequestHead {
    /// The path for the log; where the target could not be read as one, the target.
    var loggedPath: ByteRange { path.isEmpty ? target : path }

    var userAgent: ByteRange { first(.userAgent)?.value ?? .empty }
}
