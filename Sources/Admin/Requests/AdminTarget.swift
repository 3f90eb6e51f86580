/// A request target in its parts (RFC 9112 §3.2).
struct AdminTarget: Equatable {
    /// The authority of a target in absolute form.
    let authority: String?
    /// The path, not decoded; `*` for a target that means the server as a whole.
    let path: String
    /// What follows the first question mark.
    let query: String?

    /// Reads a target; nil for one that names no path.
    init?(_ text: String) {
        var rest = Substring(text)
        var authority: String?
        for scheme in ["http://", "https://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
            if rest.first != "/" { rest = "/" + rest }
            break
        }
        guard rest.first == "/" || rest == "*" else { return nil }
        self.authority = authority
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : nil
    }
}
