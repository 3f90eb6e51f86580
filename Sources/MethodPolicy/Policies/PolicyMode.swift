/// What becomes of a request that a policy does not let through, by the words of policy files.
public enum PolicyMode: String, Sendable, CaseIterable {
    /// It is refused.
    case enforce
    /// It is forwarded, and recorded as one that would be refused.
    case report
}
