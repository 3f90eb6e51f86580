/// A request method: a case-sensitive token (RFC 9110 section 9.1).
///
/// A method's name never changes case: `get` is a token, and it is not GET. A value cannot be made
/// from octets that are not a token, so it is safe to write to the wire as it is.
public struct Method: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest name that is taken, in octets.
    @inlinable public static var nameBytesMax: Int { 64 }

    /// The name, exactly as it was given.
    public let name: String

    /// Makes a method from a name, or nil if it is no token (RFC 9110 section 5.6.2) or too long.
    ///
    /// - Parameter name: A token of 1 to ``nameBytesMax`` octets. Its case is kept.
    public init?(_ name: String) {
        let octets = name.utf8
        guard !octets.isEmpty, octets.count <= Self.nameBytesMax,
            octets.allSatisfy(Octet.isTokenOctet)
        else { return nil }
        self.name = name
    }

    /// For names that stand in this module's own tables.
    init(registered name: StaticString) {
        self.name = name.description
    }

    /// The name.
    public var description: String { name }

    /// Orders methods as `Allow` lists them: GET HEAD POST PUT PATCH DELETE OPTIONS, then by name.
    public static func < (left: Method, right: Method) -> Bool {
        switch (left.listingRank, right.listingRank) {
        case (let first?, let second?): return first < second
        case (.some, nil): return true
        case (nil, .some): return false
        case (nil, nil): return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
    }

    private var listingRank: Int? {
        switch name {
        case "GET": 0
        case "HEAD": 1
        case "POST": 2
        case "PUT": 3
        case "PATCH": 4
        case "DELETE": 5
        case "OPTIONS": 6
        default: nil
        }
    }
}
