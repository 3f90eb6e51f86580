/// The four forms of a request target (RFC 9112 section 3.2).
public enum TargetForm: Sendable {
    /// A path and perhaps a query.
    case origin
    /// A whole http or https URI.
    case absolute
    /// Host and port; with CONNECT only.
    case authority
    /// `*`; with OPTIONS only.
    case asterisk
}
