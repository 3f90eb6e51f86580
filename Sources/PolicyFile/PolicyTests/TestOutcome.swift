import HTTPMessage
import Judgement
import MethodPolicy

/// What became of the request of a test.
struct TestOutcome: Sendable {
    var result: TestExpectation.Result
    /// The reasons by which it may be called, the most precise first; none if nothing is amiss.
    var reasons: [String] = []
    /// The members of `Allow`, where the answer has one.
    var allow: [String]?
    /// The method that the request claims, where that is why.
    var claim: MethodClaim?
    var rule: CompiledRule?

    /// Why the outcome is not what was expected, in a few words; nil if it is.
    func contradiction(of expectation: TestExpectation) -> String? {
        guard Self.agree(result, expectation.result) else { return description }
        if let reason = expectation.reason, !reasons.contains(reason) { return description }
        if let allow = expectation.allow, self.allow?.sorted() != allow.sorted() {
            return description
        }
        // A preflight is answered with 204 even where the browser will refuse: that is a result of
        // its own, which a test states with its reason.
        if case .answer(status: 204) = result, expectation.reason == nil, !reasons.isEmpty {
            return description
        }
        return nil
    }

    private static func agree(
        _ result: TestExpectation.Result,
        _ expected: TestExpectation.Result
    ) -> Bool {
        if case .forward = result, case .forward(upstream: nil) = expected { return true }
        return result == expected
    }

    /// The outcome in the words of a test, and what led to it.
    var description: String {
        var text: String =
            switch result {
            case .forward(let upstream): "forward" + (upstream.map { " to \($0)" } ?? "")
            case .answer(let status): "\(status)"
            case .report(let status): "report \(status)"
            }
        if let allow { text += ", Allow " + allow.joined(separator: " ") }
        if let reason = reasons.first { text += ", reason \(reason)" }
        if let claim {
            let method = String(decoding: claim.method, as: UTF8.self)
            text += " (\(claim.name) claims \(method))"
        }
        if let rule { text += ", by the rule \(rule.pattern) at \(rule.locationText)" }
        return text
    }
}

extension TestOutcome {
    /// What a judgement comes to.
    ///
    /// - Parameters:
    ///   - judgement: The judgement.
    ///   - request: The test's request.
    ///   - upstreams: The names of the snapshot's upstreams.
    init(_ judgement: consuming Judgement, of request: TestRequest, upstreams: [String]) {
        switch consume judgement {
        case .malformed(let fault, _):
            self.init(fault)
        case .decided(let decision):
            switch consume decision {
            case .refuse(let refusal):
                self.init(refusal, result: .answer(status: refusal.status))
            case .options(let answer):
                self.init(answer, of: request)
            case .preflight(let answer):
                self.init(answer, of: request)
            case .forward(let permit):
                self.init(permit, upstreams: upstreams)
            }
        }
    }

    init(_ fault: MessageFault) {
        self.init(result: .answer(status: fault.status), reasons: [fault.code.rawValue])
        // The log and the problem body have a reason beside the fault, which may be called alike.
        let reason = fault.refusalReason.rawValue
        if !reasons.contains(reason) { reasons.append(reason) }
    }

    private init(_ refusal: Refusal, result: TestExpectation.Result) {
        self.init(
            result: result,
            reasons: [refusal.reason.rawValue],
            allow: refusal.allow.map { Self.members(of: $0) },
            claim: refusal.claim,
            rule: refusal.rule
        )
    }

    private init(_ answer: OptionsAnswer, of request: TestRequest) {
        self.init(
            result: .answer(status: 204),
            allow: Self.members(of: answer.allow),
            rule: answer.rule
        )
        // Without CORS fields in the answer a browser does not go on.
        if request.asking != nil { reasons = [RefusalReason.corsNotConfigured.rawValue] }
    }

    private init(_ permit: consuming Permit, upstreams: [String]) {
        if let refusal = permit.wouldRefuse {
            self.init(refusal, result: .report(status: refusal.status))
            return
        }
        let isKnown = upstreams.indices.contains(permit.upstream)
        let upstream = isKnown ? upstreams[permit.upstream] : nil
        self.init(result: .forward(upstream: upstream), rule: permit.rule)
    }

    private init(_ answer: consuming PreflightAnswer, of request: TestRequest) {
        let verdict = answer.cors.preflight(
            origin: request.origin,
            requestMethod: request.asking,
            requestFields: request.askingFields
        )
        self.init(result: .answer(status: 204), rule: answer.rule)
        guard let reason = verdict.reason else { return }
        reasons = [reason.rawValue]
        if let permit = answer.permit(reporting: reason), let refusal = permit.wouldRefuse {
            result = .report(status: refusal.status)
        }
    }

    private static func members(of allow: [UInt8]) -> [String] {
        String(decoding: allow, as: UTF8.self).split(separator: ", ").map(String.init)
    }
}
