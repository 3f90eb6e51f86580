import HTTPMessage
import Judgement
import MethodPolicy
import PolicyFile

/// What the policies make of one request.
struct Explanation {
    /// What becomes of the request.
    enum Outcome {
        /// It is forwarded; in report mode perhaps with what enforcing would have said.
        case forwarded(upstream: String, reported: Refusal?)
        case answeredOptions(allow: [UInt8])
        case answeredPreflight(PreflightVerdict, allow: [UInt8])
        case refused(Refusal)
        case malformed(MessageFault)
        /// A form that cannot be judged.
        case unscannable(MessageFault)
    }

    let request: ExplainedRequest
    private(set) var outcome = Outcome.malformed(MessageFault(.invalidRequestLine))
    /// The path that is judged and forwarded; nil if the path is refused before that.
    private(set) var canonicalPath: String?
    /// What patterns are compared with, where it differs from the canonical path.
    private(set) var matchingPath: String?
    /// The canonical path of `Destination`, if there is one.
    private(set) var destination: String?
    /// The methods that the request claims beside that of its request line.
    private(set) var claims: [MethodClaim] = []
    private(set) var policy: CompiledPolicy?
    /// Every rule that matches, the one that decides first.
    private(set) var candidates: [CompiledRule] = []
    /// What this client may do by the rule that decides.
    private(set) var view: RuleView?
    /// How the content of what is forwarded is judged; refused in report mode alone.
    private(set) var content = FormContent.none

    init(of request: ExplainedRequest, by snapshot: PolicySnapshot) {
        self.request = request
        // Read as the gateway reads it, so that what it refuses is refused here too.
        let octets = request.head
        let bytes = octets.span
        var head = RequestHead()
        switch head.parse(bytes, limits: MessageLimits()) {
        case .complete: break
        case .malformed(let fault):
            outcome = .malformed(fault)
            return
        case .incomplete: return
        }
        let host = bytes.bytes(in: head.host)
        policy = snapshot.policy(forHost: host)
        var judge = RequestJudge()
        let client = Client(address: request.client)
        let judgement = judge.judge(
            head,
            bytes,
            by: JudgedPolicies(snapshot),
            client: client
        )
        claims = judge.claims
        if !judge.destination.isEmpty {
            destination = String(decoding: judge.destination, as: UTF8.self)
        }
        switch consume judgement {
        case .malformed(let fault, _):
            outcome = .malformed(fault)
        case .decided(let decision):
            var path = judge.path
            if judge.isPathAsSent { path = Array(request.pathWithoutQuery.utf8) }
            findRules(path, host, in: snapshot)
            outcome = result(of: decision, FormContent(of: head, bytes), snapshot)
            view = rule?.view(for: client)
        }
    }

    private mutating func findRules(
        _ path: [UInt8],
        _ host: Span<UInt8>,
        in snapshot: PolicySnapshot
    ) {
        canonicalPath = String(decoding: path, as: UTF8.self)
        var compared: [UInt8] = []
        let tolerances = PathTolerances(policy?.tolerances ?? [])
        guard
            CanonicalPath.matchingForm(of: path.span, into: &compared, tolerating: tolerances)
        else {
            candidates = snapshot.candidates(path: path.span, host: host)
            return
        }
        matchingPath = String(decoding: compared, as: UTF8.self)
        candidates = snapshot.candidates(path: compared.span, host: host)
    }

    private mutating func result(
        of decision: consuming Decision,
        _ form: FormContent,
        _ snapshot: PolicySnapshot
    ) -> Outcome {
        switch consume decision {
        case .forward(let permit):
            return forwarded(permit, form, snapshot)
        case .options(let answer):
            return .answeredOptions(allow: answer.allow)
        case .preflight(let answer):
            let verdict = answer.cors.preflight(
                origin: request.origin,
                requestMethod: request.asking,
                requestFields: request.askingFields
            )
            let allow = answer.view?.allow ?? answer.policy.allow
            if let reason = verdict.reason, let permit = answer.permit(reporting: reason) {
                return forwarded(permit, form, snapshot)
            }
            return .answeredPreflight(verdict, allow: allow)
        case .refuse(let refusal):
            return .refused(refusal)
        }
    }

    private mutating func forwarded(
        _ permit: consuming Permit,
        _ form: FormContent,
        _ snapshot: PolicySnapshot
    ) -> Outcome {
        // In report mode content is not looked into where the head is reported already, or where
        // enforcing would answer OPTIONS.
        let isAnswered = permit.rule?.options == .local && request.method == "OPTIONS"
        let isJudged = permit.mode == .enforce || permit.wouldRefuse == nil && !isAnswered
        if permit.overrides != .ignore, isJudged {
            if case .refused(let fault) = form, permit.mode == .enforce {
                return .unscannable(fault)
            }
            content = form
        }
        let isKnown = snapshot.upstreams.indices.contains(permit.upstream)
        return .forwarded(
            upstream: isKnown ? snapshot.upstreams[permit.upstream] : "",
            reported: permit.wouldRefuse
        )
    }
}

extension Explanation {
    /// The rule that decided, where one did.
    var rule: CompiledRule? {
        switch outcome {
        case .forwarded, .answeredOptions, .answeredPreflight, .unscannable: candidates.first
        case .refused(let refusal): refusal.rule
        case .malformed: nil
        }
    }

    /// What becomes of what is not allowed here.
    var mode: PolicyMode { rule?.mode ?? policy?.mode ?? .enforce }

    /// What becomes of claimed methods here.
    var overrides: OverrideMode { rule?.overrides ?? policy?.overrides ?? .judge }

    /// Whether the client is refused, or its browser will refuse for it.
    var isRefused: Bool {
        switch outcome {
        case .forwarded, .answeredOptions: false
        case .answeredPreflight(let verdict, _): verdict.reason != nil
        case .refused, .malformed, .unscannable: true
        }
    }

    /// The status code of the gateway's own answer; nil for what the origin server answers.
    var status: Int? {
        switch outcome {
        case .forwarded: nil
        case .answeredOptions, .answeredPreflight: 204
        case .refused(let refusal): refusal.status
        case .malformed(let fault), .unscannable(let fault): fault.status
        }
    }

    /// The reason as the log records it, where there is one.
    var reason: String? {
        switch outcome {
        case .forwarded(_, let refusal):
            refusal?.reason.rawValue ?? fault?.refusalReason.rawValue
        case .answeredOptions: nil
        case .answeredPreflight(let verdict, _): verdict.reason?.rawValue
        case .refused(let refusal): refusal.reason.rawValue
        case .malformed(let fault), .unscannable(let fault): fault.refusalReason.rawValue
        }
    }

    /// What exactly is wrong with the message, where that is why it is refused or reported.
    var fault: MessageFault? {
        switch outcome {
        case .malformed(let fault), .unscannable(let fault): return fault
        case .forwarded(_, nil):
            guard case .refused(let fault) = content else { return nil }
            return fault
        default: return nil
        }
    }
}
