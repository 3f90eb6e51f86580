/// One difference between two sets of policies, for people and for programs.
public struct PolicyDifference: Sendable, Equatable {
    /// What it means for requests.
    public enum Kind: String, Sendable, CaseIterable {
        /// Something passes that did not.
        case widening
        /// Something no longer passes.
        case narrowing
        /// Something passes as before but is treated in another way.
        case change
    }

    /// What it means for requests.
    public let kind: Kind
    /// The hosts it is about, as policies name them; empty if it is about every host.
    public let hosts: [String]
    /// The methods it is about, in the order of `Allow`; empty if it is about no method alone.
    public let methods: [String]
    /// The methods in words, such as `every method but GET`, if it is about nearly all.
    public let methodsInWords: String?
    /// The paths: the more specific pattern of the two rules, or words if there is none.
    public let paths: String
    /// The key that changes, such as `upstream`, if it is not what becomes of methods.
    public let subject: String?
    /// What was before.
    public let old: String
    /// What is now.
    public let new: String
    /// Where the rule or policy stands that decided before; nil if there was none.
    public let oldLocation: SourceLocation?
    /// Where the rule or policy stands that decides now; nil if there is none.
    public let newLocation: SourceLocation?
    /// A path that it is about, decided by both sides.
    public let example: String?

    /// `+ DELETE  /users/{id}  refused 405 -> allowed  (old shop.yaml:12, new shop.yaml:14)`, an
    /// example behind it.
    public var description: String {
        let sign =
            switch kind {
            case .widening: "+"
            case .narrowing: "-"
            case .change: "~"
            }
        let names = methods.isEmpty ? subject ?? "" : methods.joined(separator: " ")
        let about = methodsInWords ?? names
        var line = "\(sign) \(about)  \(paths)  \(old) -> \(new)"
        let places = [("old", oldLocation), ("new", newLocation)].compactMap { side, place in
            place.map { "\(side) \($0.file):\($0.line)" }
        }
        if !places.isEmpty { line += "  (\(places.joined(separator: ", ")))" }
        if let example, example != paths { line += "  e.g. \(example)" }
        if !hosts.isEmpty { line += "  on \(hosts.joined(separator: ", "))" }
        return line
    }
}
