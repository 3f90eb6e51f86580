/// One segment of a pattern, ready to be compared with a segment of a canonical path.
enum PatternSegment: Sendable, Hashable {
    /// These octets and no others. Empty only behind the last `/`.
    case literal([UInt8])
    /// `{name:int}`: one or more digits.
    case integer
    /// `{name:uuid}`: 8-4-4-4-12 hexadecimal digits, any case.
    case uuid
    /// A literal with one `*` in it, which stands for one or more octets.
    case partial(prefix: [UInt8], suffix: [UInt8])
    /// `{name}` or `*`: one segment that is not empty.
    case parameter
    /// `**`: any rest of the path, no segment at all included.
    case rest

    /// Where the segment stands in the order of specificity; less is more specific.
    ///
    /// Literal, typed, partly literal (a longer literal before a shorter), parameter, rest.
    var specificity: UInt16 {
        switch self {
        case .literal: 0
        case .integer, .uuid: 1
        case .partial(let prefix, let suffix):
            // Patterns are shorter than 0x4000 octets, so this stays between its neighbours.
            0x7FFF &- UInt16(truncatingIfNeeded: prefix.count &+ suffix.count)
        case .parameter: 0x8000
        case .rest: 0x8001
        }
    }
}
