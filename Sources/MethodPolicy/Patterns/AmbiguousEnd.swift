/// Segments that end with a dot or a space.
///
/// Servers that ignore case (Windows) also drop these, so that `/admin.` and `/admin%20` open
/// `/admin`. For a policy with `case: insensitive` such a path is refused before any rule is asked.
enum AmbiguousEnd {
    static func isAmbiguous(_ segment: [UInt8]) -> Bool {
        isAmbiguous(segment.span, endingAt: segment.count)
    }

    /// Whether any segment of a path ends with a dot or a space.
    static func isInPath(_ path: Span<UInt8>) -> Bool {
        for index in path.indices where path[index] == Octet.slash {
            if isAmbiguous(path, endingAt: index) { return true }
        }
        return isAmbiguous(path, endingAt: path.count)
    }

    private static func isAmbiguous(_ octets: Span<UInt8>, endingAt end: Int) -> Bool {
        guard end > 0 else { return false }
        if octets[end - 1] == Octet.dot { return true }
        return end > 2 && octets[end - 3] == Octet.percent && octets[end - 2] == 0x32
            && octets[end - 1] == 0x30
    }
}
