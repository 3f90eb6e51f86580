import MethodPolicy

extension Explanation {
    /// What the policy tolerates, each with what that means for this request.
    var tolerances: [(name: String, consequence: String)] {
        guard let tolerated = policy?.tolerances else { return [] }
        var found: [(name: String, consequence: String)] = []
        if tolerated.contains(.semicolon) {
            found.append(("semicolon", semicolonConsequence))
        }
        if tolerated.contains(.encodedSlash) {
            found.append(("encoded-slash", encodedSlashConsequence))
        }
        if tolerated.contains(.underscores) {
            found.append(("underscores", underscoresConsequence))
        }
        return found
    }

    /// The path that was judged, or as it was sent if it was refused before that.
    private var shownPath: String { canonicalPath ?? request.pathWithoutQuery }

    private static let refusedAnyway = "it does not keep this request from being refused"

    private var semicolonConsequence: String {
        guard shownPath.contains(";") else {
            return "this path has no `;`, so it makes no difference"
        }
        guard canonicalPath != nil else { return Self.refusedAnyway }
        return "what follows a `;` in a segment is not compared with patterns, but forwarded: a"
            + " service that keeps it in the path sees another path than was judged"
    }

    private var encodedSlashConsequence: String {
        guard shownPath.uppercased().contains("%2F") else {
            return "this path has no `%2F`, so it makes no difference"
        }
        guard canonicalPath != nil else { return Self.refusedAnyway }
        return "`%2F` was judged as part of one segment: a service that decodes it sees more"
            + " segments than were judged"
    }

    private var underscoresConsequence: String {
        let names = request.fields.map(\.name).filter { $0.contains("_") }
        guard let name = names.first else {
            return "no field's name has a `_`, so it makes no difference"
        }
        let twin = name.split(separator: "_", omittingEmptySubsequences: false)
            .joined(separator: "-")
        return
            "\(name) is forwarded, unless \(twin) is a field that says who a client is, overrides"
            + " the method or frames the message: such are dropped or judged. A service behind CGI"
            + " cannot tell the two names apart"
    }
}
