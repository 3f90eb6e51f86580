internal import MethodPolicy

/// What all answers of one rule to one kind of client (or of a policy's unlisted paths) have in
/// common, encoded once.
final class RefusalTemplate {
    /// `Allow: GET, HEAD\r\n`: present even when the set is empty (RFC 9110 §10.2.1).
    let allowLine: [UInt8]
    /// `["GET","HEAD"]`.
    let allowJSON: [UInt8]
    /// `GET, HEAD`.
    let allow: [UInt8]
    /// The operator's reason, if the rule states one.
    let reason: [UInt8]
    /// The part of a log line that the rule decides.
    let logContext: RefusalContext
    /// The same for refusals that carry no Allow.
    let logContextWithoutAllow: RefusalContext

    init(
        policy: CompiledPolicy?,
        rule: CompiledRule?,
        view: RuleView?,
        version: String
    ) {
        allow = view?.allow ?? rule?.allow ?? policy?.allow ?? []
        allowLine = Array("Allow: ".utf8) + allow + [0x0D, 0x0A]
        // Method names are tokens: no character in them needs an escape.
        let names = allow.split(separator: 0x2C).map { $0.drop { $0 == 0x20 } }
        allowJSON = [0x5B] + names.map { [0x22] + $0 + [0x22] }.joined(separator: [0x2C]) + [0x5D]
        reason = Array((rule?.reason ?? "").utf8)
        func context(allow: [UInt8]?) -> RefusalContext {
            RefusalContext(
                policy: policy?.name,
                rule: rule?.pattern,
                ruleAt: rule?.locationText,
                allow: allow,
                policyVersion: version
            )
        }
        logContext = context(allow: allow)
        logContextWithoutAllow = context(allow: nil)
    }
}
