public import HTTPMessage
public import MethodPolicy

/// The head of an answer that the gateway makes itself, for `explain`: written by the code that
/// answers requests, so it is what a client gets, but for the moment and the request's identifier.
public struct AnswerPreview {
    private let policy: CompiledPolicy?
    private let rule: CompiledRule?
    private let view: RuleView?
    private let origin: [UInt8]

    /// - Parameters:
    ///   - policy: The policy that decided, if any.
    ///   - rule: The rule that decided, if any.
    ///   - view: What the client may do by that rule.
    ///   - origin: The Origin field's value, if any.
    public init(
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?,
        origin: String?
    ) {
        self.policy = policy
        self.rule = rule
        self.view = view
        self.origin = Array((origin ?? "").utf8)
    }

    /// The head of a refusal.
    ///
    /// - Parameters:
    ///   - reason: Why it is refused.
    ///   - fault: What exactly is wrong with a malformed request.
    ///   - claim: The method that the request claims, where that is why.
    ///   - request: The request's method, path and host.
    /// - Returns: The head's lines, ended by CRLF, without the empty line.
    public func refusal(
        _ reason: RefusalReason,
        fault: MessageFault?,
        claim: MethodClaim? = nil,
        request: (method: String, path: String, host: String)
    ) -> String {
        let template = RefusalTemplate(
            policy: policy,
            rule: rule,
            view: view,
            version: "",
            pseudonym: GatewayConfiguration().pseudonym
        )
        var refusal = GatewayRefusal(reason, policy: policy, rule: rule, view: view)
        refusal.fault = fault
        refusal.claim = claim
        let (method, path, host) = (
            Array(request.method.utf8), Array(request.path.utf8), Array(request.host.utf8)
        )
        var detail = OctetBuffer()
        detail.writeDetail(
            refusal,
            template: template,
            method: method.span,
            target: path.span,
            host: host.span
        )
        var answer = LocalAnswer(status: refusal.status)
        answer.reason = reason.rawValue
        answer.carriesAllow = refusal.carriesAllow
        answer.acceptsIdentityOnly = answer.status == 415
        answer.closes = answer.status == 400 || fault != nil
        var (output, body) = (OctetBuffer(), OctetBuffer())
        output.writeProblem(
            answer,
            template: template,
            detail: detail.span,
            cors: fields(.refusal),
            origin: origin.span,
            requestID: RequestIdentifier(),
            date: Self.date,
            pseudonym: GatewayConfiguration().pseudonym,
            body: &body
        )
        return Self.head(output)
    }

    /// The head of an answer to OPTIONS.
    ///
    /// - Parameters:
    ///   - allow: The methods that this client may use.
    ///   - preflight: What was found of a preflight; nil for other OPTIONS requests.
    /// - Returns: The head's lines, ended by CRLF, without the empty line.
    public func options(allow: [UInt8], preflight: PreflightVerdict?) -> String {
        var cors = fields(preflight == nil ? .response : .preflight)
        if let preflight { cors?.grant = preflight.grant }
        var output = OctetBuffer()
        output.writeOptionsAnswer(
            LocalAnswer(status: 204),
            allow: allow,
            cors: cors,
            origin: origin.span,
            date: Self.date
        )
        return Self.head(output)
    }

    private func fields(_ purpose: CORSFields.Purpose) -> CORSFields? {
        // A rule that turned CORS off has none, whatever the policy says.
        (rule.map { view?.cors ?? $0.cors } ?? policy?.cors).map { cors in
            CORSFields(cors: cors, grant: cors.grant(origin: origin.span), purpose: purpose)
        }
    }

    private static var date: [UInt8] {
        DateCache.text(unixSeconds: LogInstant.now().unixMilliseconds / 1000)
    }

    private static func head(_ output: OctetBuffer) -> String {
        let text = String(decoding: output.octets, as: UTF8.self)
        return text.firstRange(of: "\r\n\r\n").map { String(text[..<$0.lowerBound]) } ?? text
    }
}
