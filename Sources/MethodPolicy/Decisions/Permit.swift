/// The right to forward one request.
///
/// Only this module can make one, and only by deciding, so code that forwards without a decision
/// does not compile. It cannot be copied: one decision forwards one request.
public struct Permit: ~Copyable, Sendable {
    /// Where to forward to: an index into ``PolicySnapshot/upstreams``.
    public let upstream: Int
    /// The policy that decided.
    public let policy: CompiledPolicy
    /// The rule that decided; nil if the path is not listed and the policy forwards such paths.
    public let rule: CompiledRule?

    init(upstream: Int, policy: CompiledPolicy, rule: CompiledRule?) {
        self.upstream = upstream
        self.policy = policy
        self.rule = rule
    }
}
