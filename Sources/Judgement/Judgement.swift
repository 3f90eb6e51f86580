public import HTTPMessage
public import MethodPolicy

/// What becomes of one request.
public enum Judgement: ~Copyable, Sendable {
    /// The policies decided.
    case decided(Decision)
    /// The request cannot be judged, because servers would read it in different ways: row 1 of the
    /// decision table. With the policy of its host, if one serves it.
    case malformed(MessageFault, CompiledPolicy?)
}
