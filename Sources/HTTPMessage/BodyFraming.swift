/// How the end of a message's content is found (RFC 9112 section 6.3).
public enum BodyFraming: Sendable, Equatable {
    /// There is no content.
    case none
    /// Exactly this many octets, at most `Int64.max`.
    case length(UInt64)
    /// The chunked transfer coding, with trailers perhaps.
    case chunked
    /// Everything until the peer closes; responses only.
    case untilClose
}
