/// A pattern for canonical paths.
///
/// A pattern is read segment by segment, split at `/` behind the first one. A segment is
///
/// - a literal, percent-encoded as paths are or written plainly (`/caf%C3%A9` is `/café`);
/// - `{name}` or `*`: one segment that is not empty;
/// - `{name:int}`: a segment of digits; `{name:uuid}`: 8-4-4-4-12 hexadecimal digits, any case;
/// - partly literal, with one `*` that stands for one or more octets: `*.php`, `img-*`;
/// - `**`, last only: any rest of the path. `/assets/**` matches `/assets`, `/assets/` and
///   `/assets/x/y`.
///
/// Literals become canonical by the rules that paths do, and then escapes of visible ASCII (0x21 to
/// 0x7E, except `%`) are decoded, so `/a%3Ab` is `/a:b`. The paths they are compared with have the
/// same form: `/x%3Fy` matches the path that is judged as `/x?y`, where `?` is no query. A pattern
/// that no such path can match (dot segments, `//`, `%2F`, `;` and the like) is a fault, never a
/// rule that silently does nothing.
///
/// With `caseInsensitive` ASCII letters match in either case. Paths with octets above ASCII are
/// refused then, so a literal with one is a fault too.
public struct PathPattern: Sendable, Equatable {
    /// The longest pattern, in octets.
    @inlinable public static var bytesMax: Int { 4096 }
    /// The most segments a pattern may have.
    @inlinable public static var segmentsMax: Int { 32 }

    /// The pattern as it was written.
    public let text: String
    /// Whether ASCII letters match in either case.
    public let caseInsensitive: Bool
    /// Whether one `/` at the end of the path or the pattern makes no difference.
    public let ignoresTrailingSlash: Bool
    let segments: [PatternSegment]

    /// Reads a pattern.
    ///
    /// - Parameters:
    ///   - text: The pattern, starting with `/`.
    ///   - caseInsensitive: Whether ASCII letters match in either case.
    ///   - ignoresTrailingSlash: Whether `/a` and `/a/` are the same.
    /// - Throws: The first thing that is wrong.
    public init(
        _ text: String,
        caseInsensitive: Bool = false,
        ignoresTrailingSlash: Bool = false
    ) throws(PatternFault) {
        var parser = PatternParser(Array(text.utf8), caseInsensitive: caseInsensitive)
        var segments = try parser.segments()
        if ignoresTrailingSlash, segments.last == .literal([]) { segments.removeLast() }
        self.text = text
        self.caseInsensitive = caseInsensitive
        self.ignoresTrailingSlash = ignoresTrailingSlash
        self.segments = segments
    }

    /// Whether two patterns match the same paths: parameter names make no difference.
    public static func == (left: PathPattern, right: PathPattern) -> Bool {
        left.segments == right.segments && left.caseInsensitive == right.caseInsensitive
            && left.ignoresTrailingSlash == right.ignoresTrailingSlash
    }

    /// What orders rules: segment by segment, the lesser number is the more specific.
    var specificity: [UInt16] { segments.map(\.specificity) }
}
