/// What is judged: a request as far as policies see it.
///
/// It looks at octets that others own, so it cannot outlive them.
public struct PolicyRequest: ~Escapable {
    /// The method as the client sent it.
    public let method: Span<UInt8>
    /// The canonical path, escapes of visible ASCII decoded as in ``PathPattern``; `*` for
    /// `OPTIONS *`; anything for CONNECT.
    public let path: Span<UInt8>
    /// The path that COPY and MOVE write to (RFC 4918 section 10.3), in the same form as `path`;
    /// empty if there is none.
    public let destination: Span<UInt8>
    /// What is wrong with a destination that has no path to judge; `destination` is empty then.
    public var destinationFault: DestinationFault?
    /// Whether the request has `Origin` and `Access-Control-Request-Method`.
    ///
    /// It makes a difference to OPTIONS only.
    public var isPreflight = false
    /// The methods that the head claims beside the one of its request line.
    public var claims: [MethodClaim] = []
    /// Who sends it.
    public var client = Client()

    /// Whether the request names a second path, readable or not.
    var hasDestination: Bool { !destination.isEmpty || destinationFault != nil }

    /// States a request without a destination.
    @_lifetime(copy method, copy path)
    public init(method: Span<UInt8>, path: Span<UInt8>) {
        self.method = method
        self.path = path
        self.destination = Span()
    }

    /// States a request.
    @_lifetime(copy method, copy path, copy destination)
    public init(method: Span<UInt8>, path: Span<UInt8>, destination: Span<UInt8>) {
        self.method = method
        self.path = path
        self.destination = destination
    }
}

/// What is wrong with a `Destination` (RFC 4918 section 10.3).
public enum DestinationFault: Sendable, Equatable {
    /// It is on another server.
    case foreign
    /// Servers would read it in different ways, or not at all.
    case malformed
}
