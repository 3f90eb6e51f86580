/// Paths that servers which ignore case read in more than one way.
///
/// For a policy with `case: insensitive` such a path is refused before any rule is asked:
///
/// - Such servers (Windows) also drop a dot or a space at the end of a segment, so that `/admin.`
///   and `/admin%20` open `/admin`.
/// - Which letters beyond ASCII are the same but for case depends on the server: `/%C3%9Cber` may
///   open `/%C3%BCber`, and some even fold U+212A, the Kelvin sign, into `k`. Here ASCII letters
///   alone are compared without case, so no such octet is let in.
enum AmbiguousPath {
    /// Whether a path has an octet above ASCII, escaped or not, or a segment with an ambiguous end.
    static func isAmbiguous(_ path: Span<UInt8>) -> Bool {
        for index in path.indices {
            if path[index] == Octet.slash, hasAmbiguousEnd(path, endingAt: index) { return true }
            if isNonASCII(path, at: index) { return true }
        }
        return hasAmbiguousEnd(path, endingAt: path.count)
    }

    /// Whether a segment of a pattern ends with a dot or a space.
    static func hasAmbiguousEnd(_ segment: [UInt8]) -> Bool {
        hasAmbiguousEnd(segment.span, endingAt: segment.count)
    }

    /// Where the first octet above ASCII stands, escaped or not, if there is one.
    static func firstNonASCII(in literal: ArraySlice<UInt8>) -> Int? {
        let octets = literal.span
        for index in octets.indices where isNonASCII(octets, at: index) {
            return literal.startIndex + index
        }
        return nil
    }

    /// Whether an octet above ASCII, or the escape of one, starts at `index`.
    private static func isNonASCII(_ octets: Span<UInt8>, at index: Int) -> Bool {
        if octets[index] >= 0x80 { return true }
        guard octets[index] == Octet.percent, octets.count &- index > 2,
            let high = Octet.hexValue(octets[index &+ 1]),
            Octet.hexValue(octets[index &+ 2]) != nil
        else { return false }
        return high >= 8
    }

    private static func hasAmbiguousEnd(_ octets: Span<UInt8>, endingAt end: Int) -> Bool {
        guard end > 0 else { return false }
        if octets[end &- 1] == Octet.dot { return true }
        return end > 2 && octets[end &- 3] == Octet.percent && octets[end &- 2] == 0x32
            && octets[end &- 1] == 0x30
    }
}
