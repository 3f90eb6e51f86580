import MethodPolicy

extension PolicyFaultTests {
    /// Mistakes in `mode`, `only` and `override`.
    static let modeCases: [Case] = [
        Case(
            "no upstream for what is reported",
            [policy([rule("/a", upstream: "x")], upstream: nil, mode: .report)],
            .missingUpstream
        ),
        Case(
            "no client",
            [rule("/a", only: [only("GET", line: 12)])],
            .emptyRestriction,
            place: "12:7"
        ),
        Case("no method", [rule("/a", only: [only("", "10.0.0.0/8")])], .emptyRestriction),
        Case(
            "not in the rule",
            [rule("/a", "GET PUT", only: [only("PUT DELETE", "10.0.0.0/8")])],
            .restrictedMethodNotAllowed,
            hint: "allow",
            place: "11:7"
        ),
        Case(
            "a method nobody knows",
            [rule("/a", "GET", only: [only("BREW", "10.0.0.0/8")])],
            .restrictedMethodNotAllowed
        ),
        Case(
            "TRACE for some",
            [rule("/a", "any", only: [only("TRACE", "10.0.0.0/8")])],
            .restrictedMethodNotAllowed
        ),
        Case(
            "OPTIONS for some",
            [rule("/a", only: [only("OPTIONS", "10.0.0.0/8")])],
            .unrestrictableMethod
        ),
        Case(
            "a method twice",
            [rule("/a", only: [only("GET", "10.0.0.0/8"), only("HEAD", "::/0", line: 12)])],
            .duplicateRestriction,
            hint: "HEAD",
            place: "12:7",
            related: [11]
        ),
        Case(
            "seven sets of clients in a rule",
            [
                rule(
                    "/a",
                    "any",
                    only: Method.registered.filter { $0 != .options && $0 != .head }.prefix(7)
                        .enumerated().map { only($1.name, "10.0.\($0).0/24") }
                )
            ],
            .tooManyClientSets
        ),
        Case(
            "sixty-five sets of clients in a file",
            (0..<65).map { rule("/\($0)", only: [only("GET", "10.0.\($0).0/24")]) },
            .tooManyClientSets
        ),
        Case(
            "B-01: an override field that is no token",
            overrides(fields: ["X-Verb:"]),
            .invalidFieldName,
            place: "5:3"
        ),
        Case("B-03: a separator", overrides(parameters: ["a&b"]), .invalidParameterName),
        Case("B-03: no name", overrides(parameters: [""]), .invalidParameterName),
        Case(
            "B-03: too many names",
            overrides(parameters: (0..<33).map { "p\($0)" }),
            .tooManyOverrideNames
        ),
        Case(
            "B-01: an added override field in a cors block",
            overrides(fields: ["X-Verb"], cors: cors(["https://a.test"], headers: ["x-verb"])),
            .methodOverrideField
        ),
    ]

    private static func overrides(
        fields: [String] = [],
        parameters: [String] = [],
        cors: CORSDefinition? = nil
    ) -> [PolicyDefinition] {
        var definition = policy([rule("/a")], cors: cors)
        definition.override.fields = fields
        definition.override.parameters = parameters
        return [definition]
    }
}
