internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// OPTIONS and preflights, answered from the policy.
extension ClientConnection {
    func answerOptions(_ answer: OptionsAnswer, _ head: borrowing RequestHead, _ bytes: Span<UInt8>)
    {
        let compiled = answer.rule == nil ? answer.policy.cors : answer.view?.cors
        if compiled == nil, head.isPreflight, answer.rule != nil {
            let refusal = GatewayRefusal(
                .corsNotConfigured,
                policy: answer.policy,
                rule: answer.rule,
                view: answer.view
            )
            worker.countRefused(refusal, by: worker.policy)
            record(refusal, head, bytes, status: 204)
        }
        writeOptions(
            allow: answer.allow,
            cors: compiled.map { responseCORSFields($0, head, bytes) },
            head,
            bytes
        )
    }

    func answerPreflight(
        _ answer: consuming PreflightAnswer,
        _ policy: PolicyState,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        let (cors, view) = (answer.cors, answer.view)
        let (compiled, rule) = (answer.policy, answer.rule)
        let verdict = preflightVerdict(cors, head, bytes)
        if let reason = verdict.reason {
            // In report mode the origin server answers what a browser would refuse.
            if let permit = answer.permit(reporting: reason) {
                return forward(permit, policy, head, bytes)
            }
            let refusal = GatewayRefusal(reason, policy: compiled, rule: rule, view: view)
            worker.countRefused(refusal, by: policy)
            record(refusal, head, bytes, status: 204)
        }
        let fields = CORSFields(cors: cors, grant: verdict.grant, purpose: .preflight)
        writeOptions(allow: view?.allow ?? compiled.allow, cors: fields, head, bytes)
    }

    private func preflightVerdict(
        _ cors: CompiledCORS,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> PreflightVerdict {
        // Lines of the same name are one list (RFC 9110 §5.3).
        var joined: [UInt8] = []
        swap(&joined, &worker.joinedFields)
        defer { swap(&joined, &worker.joinedFields) }
        joined.removeAll(keepingCapacity: true)
        for line in head.fields where line.field == .accessControlRequestHeaders {
            if !joined.isEmpty { joined.append(0x2C) }
            let value = bytes.bytes(in: line.value)
            for index in 0..<value.count { joined.append(value[index]) }
        }
        let method = head.first(.accessControlRequestMethod)?.value ?? .empty
        return cors.preflight(
            origin: originField(head, bytes),
            requestMethod: bytes.bytes(in: method),
            requestFields: joined.span
        )
    }

    func writeOptions(
        allow: [UInt8],
        cors: CORSFields?,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        worker.counters.answered &+= 1
        access?.answers(204)
        var answer = LocalAnswer(status: 204)
        answer.closes = mustClose(head) || mustCloseForContent(head)
        answer.version = head.version
        write { output in
            output.writeOptionsAnswer(
                answer,
                allow: allow,
                cors: cors,
                origin: originField(head, bytes),
                date: worker.date.value
            )
        }
        answered(closes: answer.closes)
    }
}
