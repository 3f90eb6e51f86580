/// What a canonical path may contain although origin servers disagree about it.
public struct PathTolerances: OptionSet, Sendable {
    /// The set as bits.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A plain `;` begins a segment's parameters, which are forwarded and not compared.
    ///
    /// `%3B` stays refused, since servers disagree whether it begins parameters. What stands before
    /// the first one in a segment may still not be empty, `.` or `..`.
    public static var semicolon: PathTolerances { PathTolerances(rawValue: 1) }

    /// `%2F` is data inside a segment.
    ///
    /// What stands between two of them may still not be `.` or `..`.
    public static var encodedSlash: PathTolerances { PathTolerances(rawValue: 2) }
}
