/// A method that a request claims beside the one of its request line.
public struct MethodClaim: Sendable, Equatable {
    /// What carries it.
    public enum Carrier: String, Sendable {
        /// A field of the head.
        case field
        /// A parameter of the query.
        case query
        /// A parameter of a form in the content.
        case content
    }

    /// What carries it.
    public let carrier: Carrier
    /// The name of the field or parameter, as the policy spells it.
    public let name: String
    /// The method: white space at both ends dropped, upper case, at most 64 octets of it.
    ///
    /// Upper case, because the frameworks that take it fold it (Symfony, Rack, ASP.NET).
    public let method: [UInt8]

    /// States a claim.
    public init(carrier: Carrier, name: String, method: [UInt8]) {
        self.carrier = carrier
        self.name = name
        self.method = method
    }
}
