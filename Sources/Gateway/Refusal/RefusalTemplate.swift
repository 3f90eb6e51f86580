internal import MethodPolicy

/// What all answers of one rule to one kind of client (or of a policy's unlisted paths) have in
/// common, encoded once.
final class RefusalTemplate {
    /// What says which methods are allowed.
    let texts: AllowTexts
    /// The operator's reason, if the rule states one.
    let reason: [UInt8]
    /// The part of a log line that the rule decides.
    let logContext: RefusalContext
    /// The same for refusals that carry no Allow.
    private(set) lazy var logContextWithoutAllow = Self.context(
        policy,
        rule,
        allow: nil,
        version
    )
    private let policy: CompiledPolicy?
    private let rule: CompiledRule?
    private let version: String

    /// `GET, HEAD`.
    var allow: [UInt8] { texts.allow }

    init(
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?,
        version: String,
        texts: AllowTexts
    ) {
        self.texts = texts
        self.policy = policy
        self.rule = rule
        self.version = version
        reason = Array((rule?.reason ?? "").utf8)
        logContext = Self.context(policy, rule, allow: texts.allow, version)
    }

    private static func context(
        _ policy: CompiledPolicy?,
        _ rule: CompiledRule?,
        allow: [UInt8]?,
        _ version: String
    ) -> RefusalContext {
        RefusalContext(
            policy: policy?.name,
            rule: rule?.pattern,
            ruleAt: rule?.locationText,
            allow: allow,
            policyVersion: version
        )
    }

    /// A template that shares no texts with others.
    convenience init(
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?,
        version: String,
        pseudonym: String
    ) {
        let allow = Self.allow(policy, rule, view)
        let texts = AllowTexts(allow, pseudonym: pseudonym)
        self.init(policy: policy, rule: rule, view: view, version: version, texts: texts)
    }

    /// What the answers' `Allow` says.
    static func allow(
        _ policy: CompiledPolicy?,
        _ rule: CompiledRule?,
        _ view: RuleView?
    ) -> [UInt8] {
        view?.allow ?? rule?.allow ?? policy?.allow ?? []
    }
}

/// What is encoded of a set of allowed methods; rules that allow the same share it.
final class AllowTexts {
    /// `GET, HEAD`.
    let allow: [UInt8]
    /// `Allow: GET, HEAD\r\n`: present even when the set is empty (RFC 9110 §10.2.1).
    let allowLine: [UInt8]
    /// `["GET","HEAD"]`.
    let allowJSON: [UInt8]
    /// The answer to a method that is not allowed, which nearly every refusal is.
    private let methodNotAllowed: EncodedProblem

    init(_ allow: [UInt8], pseudonym: String) {
        self.allow = allow
        allowLine = Array("Allow: ".utf8) + allow + [0x0D, 0x0A]
        // Method names are tokens: no character in them needs an escape.
        let names = allow.split(separator: 0x2C).map { $0.drop { $0 == 0x20 } }
        allowJSON = [0x5B] + names.map { [0x22] + $0 + [0x22] }.joined(separator: [0x2C]) + [0x5D]
        var answer = LocalAnswer(status: RefusalReason.methodNotAllowed.status)
        answer.reason = RefusalReason.methodNotAllowed.rawValue
        answer.carriesAllow = true
        methodNotAllowed = EncodedProblem(
            answer,
            allowLine: allowLine,
            allowJSON: allowJSON,
            pseudonym: pseudonym
        )
    }

    /// What is encoded already of an answer; nil for the rarer ones.
    func encoded(_ answer: LocalAnswer) -> EncodedProblem? {
        answer.isMethodNotAllowed && !answer.prefersHTML ? methodNotAllowed : nil
    }
}

/// The parts of a problem's response that only the allowed methods and the reason decide, encoded.
struct EncodedProblem {
    /// The head up to the number of its Content-Length.
    let headStart: [UInt8]
    /// The content up to its detail.
    let bodyStart: [UInt8]
    /// The content from behind its detail to the request's identifier.
    let bodyEnd: [UInt8]

    init(_ answer: LocalAnswer, allowLine: [UInt8], allowJSON: [UInt8], pseudonym: String) {
        func encoded(_ write: (inout OctetBuffer) -> Void) -> [UInt8] {
            var buffer = OctetBuffer()
            write(&buffer)
            return buffer.octets
        }
        headStart = encoded {
            $0.writeHeadStart(answer, allowLine: allowLine, pseudonym: pseudonym)
        }
        bodyStart = encoded { $0.writeJSONStart(answer) }
        bodyEnd = encoded { $0.writeJSONEnd(answer, allow: allowJSON) }
    }
}
