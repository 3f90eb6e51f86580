import Gateway
import HTTPMessage
import Judgement
import MethodPolicy

extension Explanation {
    /// The head of the gateway's own answer, written by the code that answers requests; empty for
    /// what the origin server answers.
    func responseHeadLines() -> [String] {
        let preview = AnswerPreview(
            policy: policy,
            rule: rule,
            view: view,
            origin: request.origin
        )
        let asked = (method: request.method, path: request.pathWithoutQuery, host: request.host)
        let head: String
        switch outcome {
        case .forwarded: return []
        case .answeredOptions(let allow): head = preview.options(allow: allow, preflight: nil)
        case .answeredPreflight(let verdict, let allow):
            head = preview.options(allow: allow, preflight: verdict)
        case .refused(let refusal):
            head = preview.refusal(
                refusal.reason,
                fault: nil,
                claim: refusal.claim,
                request: asked
            )
        case .malformed(let fault), .unscannable(let fault):
            head = preview.refusal(fault.refusalReason, fault: fault, request: asked)
        }
        return head.split(separator: "\r\n").map(String.init)
    }
}
