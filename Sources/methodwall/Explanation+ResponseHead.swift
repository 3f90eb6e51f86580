import Gateway
import MethodPolicy

extension Explanation {
    /// The head of the gateway's own answer, written by the code that answers requests; empty for
    /// what the origin server answers.
    func responseHeadLines() -> [String] {
        let preview = AnswerPreview(policy: policy, rule: rule, origin: request.origin)
        let asked = (method: request.method, path: request.pathWithoutQuery, host: request.host)
        let head: String
        switch outcome {
        case .forwarded: return []
        case .answeredOptions: head = preview.options(preflight: nil)
        case .answeredPreflight(let verdict): head = preview.options(preflight: verdict)
        case .refused(let refusal):
            head = preview.refusal(refusal.reason, fault: nil, request: asked)
        case .malformed(let fault):
            head = preview.refusal(.malformedRequest, fault: fault, request: asked)
        }
        return head.split(separator: "\r\n").map(String.init)
    }
}
