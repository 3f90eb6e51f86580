/// A pattern as REST sees it: a collection, an item of one, or an endpoint of a known kind.
struct PatternShape {
    /// The segments without empty ones; parameters have lost their names.
    let segments: [String]

    init(_ pattern: String) {
        segments = pattern.split(separator: "/").map { segment in
            guard segment.hasPrefix("{") else { return String(segment) }
            return segment.contains(":") ? "{typed}" : "*"
        }
    }

    var endsWithRest: Bool { segments.last == "**" }

    /// Whether it ends with a parameter behind a literal: `/users/{id}`.
    var isItem: Bool {
        guard segments.count > 1, let last = segments.last else { return false }
        return (last == "*" || last == "{typed}") && !segments[segments.count - 2].contains("*")
            && segments[segments.count - 2] != "{typed}"
    }

    /// The segments before the last one.
    var collection: [String] { Array(segments.dropLast()) }

    /// Whether its name is one of those that services give to endpoints that only report.
    var isStatus: Bool {
        guard let last = segments.last?.lowercased() else { return false }
        return [
            "status", "health", "healthz", "livez", "readyz", "metrics", "version", "ping",
        ].contains(last)
    }

    /// Whether its name is one of those of endpoints whose content holds operations of its own.
    var isBatch: Bool {
        segments.contains { segment in
            ["$batch", "batch", "graphql", "jsonrpc", "xmlrpc.php"].contains(segment.lowercased())
        }
    }
}
