/// What every line about one rule has in common, as JSON, made once when a policy is compiled.
///
/// Copying one copies a reference. Two contexts are equal when they say the same, so that
/// identical refusals fold across a reload that changed nothing.
struct RefusalContext: Sendable, Equatable {
    /// Members with a comma before each: `,"methodwall.policy":"shop",…`, or nothing.
    let members: [UInt8]

    /// Makes the part of a line that a rule decides.
    ///
    /// - Parameters:
    ///   - policy: the policy's name; nil where no policy has the host.
    ///   - rule: the rule's pattern as written; nil where no rule has the path.
    ///   - ruleAt: the rule's place, `file:line`.
    ///   - allow: the value of Allow as sent; empty is written as an empty text, nil not at all.
    ///   - policyVersion: the version of the policies in force.
    init(
        policy: String? = nil,
        rule: String? = nil,
        ruleAt: String? = nil,
        allow: [UInt8]? = nil,
        policyVersion: String? = nil
    ) {
        var line = OctetBuffer()
        if let policy {
            line.append(key: LogKey.policy, text: policy)
        }
        if let rule {
            line.append(key: LogKey.rule, text: rule)
        }
        if let ruleAt {
            line.append(key: LogKey.ruleAt, text: ruleAt)
        }
        if let allow {
            line.append(key: LogKey.allow, text: allow.span, bytesMax: Int.max)
        }
        if let policyVersion {
            line.append(key: LogKey.policyVersion, text: policyVersion)
        }
        members = line.octets
    }
}
