/// Says what is wrong with the methods of a policy, and which were probably meant.
struct MethodFaults {
    private(set) var faults: [PolicyFault] = []
    private let definition: PolicyDefinition
    /// The hints for unknown methods by name, because the same slip tends to be made many times.
    private var hints: [String: String] = [:]

    init(_ definition: PolicyDefinition) {
        self.definition = definition
    }

    /// The declared methods that are new and may be declared; the faults of the others are kept.
    mutating func extensions() -> [Method] {
        var accepted: [Method] = []
        var excess: SourceLocation?
        for (place, method) in definition.extensionMethods.enumerated() {
            let places = definition.extensionMethodLocations
            let location = places.indices.contains(place) ? places[place] : definition.location
            if Method.registered.contains(method) || accepted.contains(method) { continue }
            if let fault = Self.faultOfDeclaring(method, at: location) {
                faults.append(fault)
            } else if accepted.count < MethodSet.extensionMethodsMax {
                accepted.append(method)
            } else {
                excess = excess ?? location
            }
        }
        if let excess {
            faults.append(
                PolicyFault(
                    .tooManyExtensionMethods,
                    "a file can declare \(MethodSet.extensionMethodsMax) methods",
                    at: excess
                )
            )
        }
        return accepted
    }

    private static func faultOfDeclaring(
        _ method: Method,
        at location: SourceLocation
    )
        -> PolicyFault?
    {
        if Method.prohibited.contains(method) { return prohibited(method, at: location) }
        // Many origin servers ignore the case of methods: `get` declared here would be GET there.
        let known = Method.registered + Method.prohibited
        guard let twin = known.first(where: { isSameButForCase($0, method) }) else { return nil }
        return PolicyFault(
            .ambiguousMethod,
            "\(method) differs from \(twin) by case only",
            hint: "method names are case-sensitive, but not every server knows: leave it out",
            at: location
        )
    }

    private static func prohibited(_ method: Method, at location: SourceLocation) -> PolicyFault {
        let reason: String =
            switch method.name {
            case "CONNECT": "it opens a tunnel past every rule"
            case "TRACE", "TRACK": "it sends credentials back"
            case "PRI": "it is the preface of HTTP/2"
            default: "it is reserved"
            }
        return PolicyFault(
            .prohibitedMethod,
            "\(method) can never be allowed: \(reason)",
            hint: "leave it out",
            at: location
        )
    }

    /// What is wrong with a method of a rule, or nil.
    mutating func fault(
        in method: Method,
        at location: SourceLocation,
        known: MethodTable
    )
        -> PolicyFault?
    {
        if Method.prohibited.contains(method) { return Self.prohibited(method, at: location) }
        guard known.bit(of: method) == nil else { return nil }
        return PolicyFault(
            .unknownMethod,
            "\(method) is neither a registered method nor declared under methods",
            hint: hint(for: method, known: known),
            at: location
        )
    }

    private mutating func hint(for method: Method, known: MethodTable) -> String {
        if let present = hints[method.name] { return present }
        let hint = Self.hint(for: method, known: known.methods)
        hints[method.name] = hint
        return hint
    }

    private static func hint(for method: Method, known: [Method]) -> String {
        if let twin = known.first(where: { isSameButForCase($0, method) }) {
            return "method names are case-sensitive: write \(twin)"
        }
        let distances = known.map { ($0, distance($0, method)) }
        if let nearest = distances.min(by: { $0.1 < $1.1 }), nearest.1 <= 2 {
            return "did you mean \(nearest.0)?"
        }
        return "if the service uses it, add methods: [\(method)]"
    }

    private static func isSameButForCase(_ left: Method, _ right: Method) -> Bool {
        left.name.utf8.lazy.map(Octet.folded).elementsEqual(right.name.utf8.lazy.map(Octet.folded))
    }

    /// How many octets must be inserted, removed, replaced or swapped with their neighbour, without
    /// regard to case.
    private static func distance(_ left: Method, _ right: Method) -> Int {
        let one = left.name.utf8.map(Octet.folded)
        let other = right.name.utf8.map(Octet.folded)
        var beforeLast = [Int](repeating: 0, count: other.count + 1)
        var last = Array(0...other.count)
        for row in 1...one.count {
            var current = [row]
            for column in 1...other.count {
                let isSame = one[row - 1] == other[column - 1]
                var cost = min(
                    last[column] + 1,
                    current[column - 1] + 1,
                    last[column - 1] + (isSame ? 0 : 1)
                )
                if row > 1, column > 1, one[row - 1] == other[column - 2],
                    one[row - 2] == other[column - 1]
                {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
