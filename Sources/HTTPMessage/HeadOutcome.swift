/// What came of looking at the octets of a head.
public enum HeadOutcome: Sendable, Equatable {
    /// Nothing wrong so far; more octets are needed.
    case incomplete
    /// The whole head is there and valid.
    case complete
    /// The head will never be valid, whatever follows.
    case malformed(MessageFault)
}
