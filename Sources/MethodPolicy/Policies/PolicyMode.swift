/// What becomes of a request that a policy does not let through.
public enum PolicyMode: Sendable, Equatable {
    /// It is refused.
    case enforce
    /// It is forwarded, and recorded as one that would be refused.
    case report
}
