/// A method that a request claims beside the one of its request line.
public struct ClaimedMethod: Sendable, Equatable {
    /// What carries the claim.
    public enum Carrier: Sendable {
        /// A field of the head.
        case field
        /// A parameter of the query.
        case query
        /// A parameter of a form in the content.
        case content
    }

    /// What carries the claim.
    public var carrier: Carrier
    /// The place of its name in `OverrideNames.fields`, or in `parameters` for the other carriers.
    public var nameIndex: Int
    /// The claimed method: decoded, without white space around it, ASCII letters in upper case.
    ///
    /// Never empty. What is longer than 64 octets is cut there and ends with a `?` behind them, and
    /// what is not a token was claimed so: neither is a method that anybody could allow.
    public var value: [UInt8]

    /// Makes a claim from its parts.
    public init(carrier: Carrier, nameIndex: Int, value: [UInt8]) {
        self.carrier = carrier
        self.nameIndex = nameIndex
        self.value = value
    }
}
