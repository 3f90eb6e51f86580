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
}
