internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

/// OPTIONS and preflights, answered from the policy.
extension ClientConnection {
    func answerOptions(
        _ answer: OptionsAnswer,
        _ template: RefusalTemplate,
        _ bytes: Span<UInt8>
    ) {
        let cors = (answer.rule.map { $0.cors } ?? answer.policy.cors).map {
            responseCORSFields($0, bytes)
        }
        let asksForCORS =
            worker.requestHead.first(.origin) != nil
            && worker.requestHead.first(.accessControlRequestMethod) != nil
        if cors == nil, asksForCORS, answer.rule != nil {
            worker.counters.refused &+= 1
            record(.corsNotConfigured, bytes, status: 204, template: template)
        }
        writeOptions(template, cors: cors, bytes)
    }

    func answerPreflight(
        _ answer: PreflightAnswer,
        _ template: RefusalTemplate,
        _ bytes: Span<UInt8>
    ) {
        let verdict = preflightVerdict(answer.cors, bytes)
        if let reason = verdict.reason {
            worker.counters.refused &+= 1
            record(reason, bytes, status: 204, template: template)
        }
        let fields = CORSFields(cors: answer.cors, grant: verdict.grant, purpose: .preflight)
        writeOptions(template, cors: fields, bytes)
    }

    private func preflightVerdict(
        _ cors: CompiledCORS,
        _ bytes: Span<UInt8>
    ) -> PreflightVerdict {
        // Lines of the same name are one list (RFC 9110 §5.3).
        var joined: [UInt8] = []
        swap(&joined, &worker.joinedFields)
        defer { swap(&joined, &worker.joinedFields) }
        joined.removeAll(keepingCapacity: true)
        for line in worker.requestHead.fields where line.field == .accessControlRequestHeaders {
            if !joined.isEmpty { joined.append(0x2C) }
            let value = bytes.bytes(in: line.value)
            for index in 0..<value.count { joined.append(value[index]) }
        }
        let method = worker.requestHead.first(.accessControlRequestMethod)?.value ?? .empty
        return cors.preflight(
            origin: originField(bytes),
            requestMethod: bytes.bytes(in: method),
            requestFields: joined.span
        )
    }

    func writeOptions(_ template: RefusalTemplate, cors: CORSFields?, _ bytes: Span<UInt8>) {
        worker.counters.answered &+= 1
        var answer = LocalAnswer(status: 204)
        answer.closes = mustClose || mustCloseForContent
        answer.version = worker.requestHead.version
        write { output in
            output.writeOptionsAnswer(
                answer,
                allow: template.allow,
                cors: cors,
                origin: originField(bytes),
                date: worker.date.value
            )
        }
        answered(closes: answer.closes)
    }
}
