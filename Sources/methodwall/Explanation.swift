import HTTPMessage
import MethodPolicy
import PolicyFile

/// What the policies make of one request.
struct Explanation {
    /// What becomes of the request.
    enum Outcome {
        case forwarded(upstream: String)
        case answeredOptions(allow: [UInt8])
        case answeredPreflight(PreflightVerdict)
        case refused(Refusal)
        case malformed(MessageFault)
    }

    let request: ExplainedRequest
    let outcome: Outcome
    /// The path that is judged and forwarded; nil if the path is refused before that.
    let canonicalPath: String?
    let policy: CompiledPolicy?
    /// Every rule that matches, the one that decides first.
    let candidates: [CompiledRule]

    init(of request: ExplainedRequest, by snapshot: PolicySnapshot) {
        self.request = request
        // Read as the gateway reads it, so that what it refuses is refused here too.
        let octets = request.head
        let bytes = octets.span
        var head = RequestHead()
        switch head.parse(bytes, limits: MessageLimits()) {
        case .complete: break
        case .malformed(let fault):
            (policy, outcome, canonicalPath, candidates) = (nil, .malformed(fault), nil, [])
            return
        case .incomplete:
            let fault = MessageFault(.invalidRequestLine)
            (policy, outcome, canonicalPath, candidates) = (nil, .malformed(fault), nil, [])
            return
        }
        let host = bytes.bytes(in: head.host)
        policy = snapshot.policy(forHost: host)
        var path: [UInt8] = [0x2A]
        if !head.isServerWideOptions {
            switch CanonicalPath.canonicalize(bytes.bytes(in: head.path), into: &path) {
            case .unchanged: path = Array(request.pathWithoutQuery.utf8)
            case .rewritten: break
            case .refused(let fault):
                (outcome, canonicalPath, candidates) = (.malformed(fault), nil, [])
                return
            }
        }
        canonicalPath = String(decoding: path, as: UTF8.self)
        var matching: [UInt8] = []
        if CanonicalPath.matchingForm(of: path.span, into: &matching) { path = matching }
        candidates = snapshot.candidates(path: path.span, host: host)
        outcome = Self.decide(request, path, host, snapshot)
    }

    private static func decide(
        _ request: ExplainedRequest,
        _ path: [UInt8],
        _ host: Span<UInt8>,
        _ snapshot: PolicySnapshot
    ) -> Outcome {
        let method = Array(request.method.utf8)
        let decision = snapshot.decide(
            method: method.span,
            path: path.span,
            host: host,
            isPreflight: request.asking != nil
        )
        switch decision {
        case .forward(let permit):
            let upstreams = snapshot.upstreams
            let isKnown = upstreams.indices.contains(permit.upstream)
            return .forwarded(upstream: isKnown ? upstreams[permit.upstream] : "")
        case .options(let answer):
            return .answeredOptions(allow: answer.allow)
        case .preflight(let answer):
            let origin = Array((request.origin ?? "").utf8)
            let asking = Array((request.asking ?? "").utf8)
            let fields = Array((request.askingFields ?? "").utf8)
            return .answeredPreflight(
                answer.cors.preflight(
                    origin: origin.span,
                    requestMethod: asking.span,
                    requestFields: fields.span
                )
            )
        case .refuse(let refusal):
            return .refused(refusal)
        }
    }

    /// The rule that decided, where one did.
    var rule: CompiledRule? {
        switch outcome {
        case .forwarded, .answeredOptions, .answeredPreflight: candidates.first
        case .refused(let refusal): refusal.rule
        case .malformed: nil
        }
    }

    /// Whether the client is refused, or its browser will refuse for it.
    var isRefused: Bool {
        switch outcome {
        case .forwarded, .answeredOptions: false
        case .answeredPreflight(let verdict): verdict.reason != nil
        case .refused, .malformed: true
        }
    }

    /// The status code of the gateway's own answer; nil for what the origin server answers.
    var status: Int? {
        switch outcome {
        case .forwarded: nil
        case .answeredOptions, .answeredPreflight: 204
        case .refused(let refusal): refusal.status
        case .malformed(let fault): fault.status
        }
    }

    /// The reason as the log records it, where there is one.
    var reason: String? {
        switch outcome {
        case .forwarded, .answeredOptions: nil
        case .answeredPreflight(let verdict): verdict.reason?.rawValue
        case .refused(let refusal): refusal.reason.rawValue
        case .malformed(let fault): fault.code.rawValue
        }
    }
}
