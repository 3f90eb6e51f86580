/// What a policy lets through although origin servers disagree about it.
public struct PolicyTolerances: OptionSet, Sendable, Hashable {
    /// Path parameters: `;` in a segment, and what follows it there, is not compared with patterns.
    public static var semicolon: PolicyTolerances { PolicyTolerances(rawValue: 1) }
    /// `%2F` in a path, which some servers take for a part of a segment and others for its end.
    public static var encodedSlash: PolicyTolerances { PolicyTolerances(rawValue: 2) }
    /// Field names with `_`, which CGI confuses with `-`.
    public static var underscores: PolicyTolerances { PolicyTolerances(rawValue: 4) }

    /// A bit a member.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Every member with the name that policy files have for it.
    public static var named: [(name: String, tolerance: PolicyTolerances)] {
        [
            ("semicolon", .semicolon), ("encoded-slash", .encodedSlash),
            ("underscores", .underscores),
        ]
    }

    /// The names that policy files have for the members.
    public var names: [String] {
        Self.named.filter { contains($0.tolerance) }.map(\.name)
    }
}
