/// What came of bringing a path into canonical form.
public enum PathOutcome: Sendable, Equatable {
    /// The path is canonical as it is.
    case unchanged
    /// The canonical path differs and was written out.
    case rewritten
    /// Origin servers would disagree about the path.
    case refused(MessageFault)
}
