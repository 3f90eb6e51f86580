/// Decides which rule matches a path by the words of the policy language, slowly and independently.
///
/// It compares every pattern with the path and then compares the specificity of those that match.
/// It shares no code with the module under test: patterns are split as text, matching is
/// recursive.
struct ReferenceMatcher {
    let patterns: [String]
    var caseInsensitive = false
    var ignoresTrailingSlash = false

    /// The index of the most specific pattern that matches, and whether another is equally
    /// specific.
    func match(_ path: String) -> (index: Int, isAmbiguous: Bool)? {
        let matching = patterns.indices.filter { matches(patterns[$0], path) }
        guard
            let best = matching.min(by: {
                specificity(patterns[$0]).lexicographicallyPrecedes(specificity(patterns[$1]))
            })
        else { return nil }
        let equals = matching.filter { specificity(patterns[$0]) == specificity(patterns[best]) }
        return (best, equals.count > 1)
    }

    func matches(_ pattern: String, _ path: String) -> Bool {
        guard path.hasPrefix("/") else { return false }
        return matches(segments(pattern)[...], segments(path)[...])
    }

    /// The segments behind the first slash.
    private func segments(_ text: String) -> [String] {
        let folded = caseInsensitive ? text.lowercased() : text
        var segments = folded.split(separator: "/", omittingEmptySubsequences: false)
            .dropFirst().map(String.init)
        if ignoresTrailingSlash, segments.last == "" { segments.removeLast() }
        return segments
    }

    private func matches(_ pattern: ArraySlice<String>, _ path: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == "**" { return true }
        guard let segment = path.first, matchesSegment(first, segment) else { return false }
        return matches(pattern.dropFirst(), path.dropFirst())
    }

    func matchesSegment(_ pattern: String, _ segment: String) -> Bool {
        if pattern.hasPrefix("{"), pattern.hasSuffix(":int}") {
            return !segment.isEmpty && segment.allSatisfy { "0123456789".contains($0) }
        }
        if pattern.hasPrefix("{"), pattern.hasSuffix(":uuid}") {
            let groups = segment.split(separator: "-", omittingEmptySubsequences: false)
            return groups.map(\.count) == [8, 4, 4, 4, 12]
                && groups.joined().allSatisfy { "0123456789abcdefABCDEF".contains($0) }
        }
        if pattern.hasPrefix("{") || pattern == "*" { return !segment.isEmpty }
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return pattern == segment }
        let (prefix, suffix, whole) = (units(parts[0]), units(parts[1]), units(segment[...]))
        return whole.count > prefix.count + suffix.count
            && Array(whole.prefix(prefix.count)) == prefix
            && Array(whole.suffix(suffix.count)) == suffix
    }

    /// Octets as a person counts them: an escape is one.
    private func units(_ text: Substring) -> [String] {
        var units: [String] = []
        var rest = text
        while let first = rest.first {
            let count = first == "%" ? 3 : 1
            units.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return units
    }

    /// Per segment: the kind, then the shortness of a partly literal one.
    private func specificity(_ pattern: String) -> [Int] {
        segments(pattern).flatMap { segment -> [Int] in
            if segment == "**" { return [5, 0] }
            if segment == "*" { return [4, 0] }
            if segment.hasPrefix("{") { return segment.contains(":") ? [2, 0] : [4, 0] }
            return segment.contains("*") ? [3, -(segment.utf8.count - 1)] : [1, 0]
        }
    }
}
