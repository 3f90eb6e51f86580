/// Paths that servers which ignore case read in more than one way: the Windows profile.
///
/// For a policy with `case: insensitive` such a path is refused before any rule is asked:
///
/// - Such servers (Windows) also drop a dot or a space at the end of a segment, so that `/admin.`
///   and `/admin%20` open `/admin`.
/// - `:` names a stream of a file (`/admin.asp::$DATA`) or a drive, and `~` with a digit a file by
///   its short name (`/ADMINI~1`).
/// - ASP.NET drops a segment such as `(S(x))`, which holds a session without cookies.
/// - Which letters beyond ASCII are the same but for case depends on the server: `/%C3%9Cber` may
///   open `/%C3%BCber`, and some even fold U+212A, the Kelvin sign, into `k`. Here ASCII letters
///   alone are compared without case, so no such octet is let in.
enum AmbiguousPath {
    /// What is ambiguous about the literal of a pattern.
    enum Fault {
        case end
        case stream
        case shortName
        case session
    }

    private static let colon: UInt8 = 0x3A
    private static let tilde: UInt8 = 0x7E
    private static let open: UInt8 = 0x28
    private static let close: UInt8 = 0x29

    /// Whether a path has any of it.
    static func isAmbiguous(_ path: Span<UInt8>) -> Bool {
        var start = 0
        for index in path.indices {
            switch path[index] {
            case Octet.slash:
                if isAmbiguous(path, start, index) { return true }
                start = index &+ 1
            case colon:
                return true
            case tilde:
                if isShortName(path, at: index) { return true }
            default:
                if isNonASCII(path, at: index) { return true }
            }
        }
        return isAmbiguous(path, start, path.count)
    }

    /// Whether a segment that starts and ends there has an ambiguous end or holds a session.
    private static func isAmbiguous(_ path: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        hasAmbiguousEnd(path, endingAt: end) || isSession(path.extracting(start..<end))
    }

    /// What is ambiguous about a segment of a pattern, or about its part behind `*`.
    static func fault(in segment: [UInt8]) -> Fault? {
        let octets = segment.span
        if hasAmbiguousEnd(octets, endingAt: octets.count) { return .end }
        return isSession(octets) ? .session : faultInside(segment)
    }

    /// What is ambiguous about a part of a segment, wherever it stands in it.
    static func faultInside(_ part: [UInt8]) -> Fault? {
        if part.contains(colon) { return .stream }
        let octets = part.span
        for index in octets.indices
        where octets[index] == tilde && isShortName(octets, at: index) {
            return .shortName
        }
        return nil
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

    /// Whether a digit follows the `~` at `index`.
    private static func isShortName(_ octets: Span<UInt8>, at index: Int) -> Bool {
        octets.count &- index > 1 && Octet.isDigit(octets[index &+ 1])
    }

    /// Whether a segment is `(`, a letter, `(`, anything, `))`.
    private static func isSession(_ segment: Span<UInt8>) -> Bool {
        let count = segment.count
        return count > 4 && segment[0] == open && Octet.isLetter(segment[1])
            && segment[2] == open && segment[count &- 2] == close
            && segment[count &- 1] == close
    }
}
