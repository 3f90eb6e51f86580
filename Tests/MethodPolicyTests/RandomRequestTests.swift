import MethodPolicy
import TestKit
import Testing

@Suite("Random policies for random clients")
struct RandomRequestTests {
    static let seeds: [UInt64] = (1...8).map { 0xC11E_4700 + $0 }

    private static let patterns = ["/a", "/a/{x}", "/a/b", "/b", "/b/**", "/c*", "/{x}/d"]
    private static let paths = [
        "/a", "/a/b", "/a/x", "/b", "/b/x/y", "/cc", "/x/d", "/no", "/no/x",
    ]
    private static let pool = ["GET", "POST", "PUT", "DELETE", "COPY", "MOVE", "PURGE"]
    private static let networks = [
        (prefix: "10.", name: "10.0.0.0/8"), (prefix: "10.1.", name: "10.1.0.0/16"),
        (prefix: "11.", name: "11.0.0.0/8"),
    ]
    private static let clients = ["10.0.", "10.1.", "11.0.", "12.0."]
    private static let names =
        Method.registered.map(\.name) + [
            "PURGE", "TRACE", "CONNECT", "TRACK", "get", "trace", "BREW",
        ]

    private static func restrictions(
        _ methods: [String],
        _ generator: inout SeededGenerator
    ) -> [ReferenceDecision.Restriction] {
        var left = methods
        var restrictions: [ReferenceDecision.Restriction] = []
        while let first = left.popLast() {
            guard Int.random(in: 0..<3, using: &generator) == 0 else { continue }
            var kept = [first]
            if Bool.random(using: &generator), let second = left.popLast() { kept.append(second) }
            let count = Int.random(in: 1...2, using: &generator)
            restrictions.append(
                ReferenceDecision.Restriction(
                    methods: kept,
                    networks: Array(networks.shuffled(using: &generator).prefix(count))
                )
            )
        }
        return restrictions
    }

    private static func randomReference(
        reports: Bool,
        _ generator: inout SeededGenerator
    ) -> ReferenceDecision {
        let rules = patterns.filter { _ in Bool.random(using: &generator) }.map { pattern in
            let methods = pool.filter { _ in Bool.random(using: &generator) }
            return ReferenceDecision.Rule(
                pattern: pattern,
                methods: methods,
                restrictions: restrictions(methods, &generator),
                forwardsOptions: Int.random(in: 0..<3, using: &generator) == 0,
                reports: reports && Bool.random(using: &generator),
                override: OverrideMode.allCases.randomElement(using: &generator) ?? .judge
            )
        }
        return ReferenceDecision(
            rules: rules,
            known: Method.registered.map(\.name) + ["PURGE"],
            forwardsUnlisted: Bool.random(using: &generator),
            reports: reports && Bool.random(using: &generator),
            override: OverrideMode.allCases.randomElement(using: &generator) ?? .judge
        )
    }

    private static func definition(_ reference: ReferenceDecision) -> PolicyDefinition {
        policy(
            reference.rules.enumerated().map { place, described in
                rule(
                    described.pattern,
                    described.methods.joined(separator: " "),
                    line: place + 1,
                    options: described.forwardsOptions ? .forward : .local,
                    mode: described.reports ? .report : .enforce,
                    override: described.override,
                    only: described.restrictions.map { restriction in
                        ClientRestriction(
                            methods: .methods(methods(restriction.methods.joined(separator: " "))),
                            networks: restriction.networks.compactMap { NetworkPrefix($0.name) },
                            location: SourceLocation(file: "demo.yaml", line: place + 1)
                        )
                    }
                )
            },
            unlisted: reference.forwardsUnlisted ? .forward : .refuse,
            extensions: "PURGE",
            mode: reference.reports ? .report : .enforce,
            override: reference.override
        )
    }

    private static func randomRequest(
        _ generator: inout SeededGenerator
    ) -> ReferenceDecision.Request {
        let isCommon = Bool.random(using: &generator)
        let claims = (0..<max(0, Int.random(in: -3...2, using: &generator))).map { _ in
            let carriers: [MethodClaim.Carrier] = [.field, .query, .content]
            let source = Bool.random(using: &generator) ? pool : names
            return claim(
                source.randomElement(using: &generator) ?? "GET",
                carriers.randomElement(using: &generator) ?? .field
            )
        }
        let hasDestination = Int.random(in: 0..<3, using: &generator) == 0
        return ReferenceDecision.Request(
            method: (isCommon ? pool : names).randomElement(using: &generator) ?? "GET",
            path: paths.randomElement(using: &generator) ?? "/a",
            destination: hasDestination ? paths.randomElement(using: &generator) ?? "" : "",
            claims: claims,
            client: clients.randomElement(using: &generator) ?? "10.0."
        )
    }

    private static func outcome(
        of request: ReferenceDecision.Request,
        by snapshot: PolicySnapshot
    ) -> Outcome {
        snapshot.outcome(
            request.method,
            request.path,
            claims: request.claims,
            destination: request.destination,
            client: client(request.client + "2.3")
        )
    }

    @Test(
        "decides as the reference does, for clients, claims, destinations and modes",
        arguments: seeds
    )
    func agreesWithTheReference(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var reasons: [String: Int] = [:]
        for round in 0..<60 {
            let reference = Self.randomReference(reports: true, &generator)
            let snapshot = try snapshot(Self.definition(reference))
            for _ in 0..<60 {
                let request = Self.randomRequest(&generator)
                let wanted = reference.decide(request)
                let outcome = Self.outcome(of: request, by: snapshot)
                #expect(
                    outcome == wanted,
                    "seed \(seed), round \(round): \(request), \(reference)"
                )
                if case .refuse(_, let reason, _) = outcome {
                    reasons["refuse \(reason)", default: 0] += 1
                }
                if case .report(let reason, _) = outcome {
                    reasons["report \(reason)", default: 0] += 1
                }
            }
        }
        // The drawing must not drift past a part of the table.
        for reason in [
            "methodNotAllowed", "unknownMethod", "noRuleForPath", "clientNotAllowed",
            "overrideNotAllowed", "destinationNotAllowed",
        ] {
            #expect(reasons["refuse \(reason)", default: 0] > 3, "\(reason)")
            #expect(reasons["report \(reason)", default: 0] > 3, "\(reason)")
        }
    }

    @Test(
        "R-03: for each client Allow lists a method if and only if it is not refused",
        arguments: seeds
    )
    func listsExactlyWhatWorks(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<20 {
            let reference = Self.randomReference(reports: false, &generator)
            let snapshot = try snapshot(Self.definition(reference))
            for path in Self.paths {
                for address in Self.clients {
                    let client = client(address + "2.3")
                    guard
                        case .options(let allow) =
                            snapshot.outcome("OPTIONS", path, client: client)
                    else { continue }
                    let listed = allow.components
                    for method in Self.names {
                        let outcome = snapshot.outcome(method, path, client: client)
                        #expect(
                            outcome.isRefused != listed.contains(method),
                            "seed \(seed), round \(round): \(method) \(path) for \(address)"
                        )
                        if case .refuse(403, .clientNotAllowed, let other) = outcome {
                            #expect(other == allow)
                        }
                    }
                }
            }
        }
    }

    @Test(
        "R-03: for each client OPTIONS * lists a method if and only if it works somewhere",
        arguments: seeds
    )
    func listsWhatWorksSomewhere(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let reference = Self.randomReference(reports: false, &generator)
            let snapshot = try snapshot(Self.definition(reference))
            for address in Self.clients {
                let client = client(address + "2.3")
                guard case .options(let allow) = snapshot.outcome("OPTIONS", "*", client: client)
                else {
                    Issue.record("seed \(seed), round \(round): OPTIONS * is not answered")
                    continue
                }
                let wanted =
                    reference.forwardsUnlisted
                    ? reference.known
                    : reference.rules.flatMap { reference.allowed($0, address) } + ["OPTIONS"]
                #expect(
                    allow == reference.allow(wanted),
                    "seed \(seed), round \(round), \(address)"
                )
            }
        }
    }

    @Test(
        "report mode forwards what enforce mode lets through, and reports the rest",
        arguments: seeds
    )
    func reportsWhatIsRefused(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let reference = Self.randomReference(reports: false, &generator)
            var definition = Self.definition(reference)
            let enforcing = try snapshot(definition)
            definition.mode = .report
            for index in definition.rules.indices { definition.rules[index].mode = nil }
            let reporting = try snapshot(definition)
            for _ in 0..<40 {
                let request = Self.randomRequest(&generator)
                let enforced = Self.outcome(of: request, by: enforcing)
                let reported = Self.outcome(of: request, by: reporting)
                let trace = "seed \(seed), round \(round): \(request): \(enforced), \(reported)"
                switch enforced {
                case .refuse(_, let reason, _):
                    if case .report(reason, _) = reported { continue }
                    #expect(
                        ["TRACE", "TRACK", "CONNECT"].contains(request.method)
                            || request.method == "trace",
                        "\(trace)"
                    )
                    #expect(reported.isRefused, "\(trace)")
                case .options:
                    guard case .forward = reported else {
                        Issue.record("\(trace)")
                        continue
                    }
                default:
                    #expect(reported == enforced, "\(trace)")
                }
            }
        }
    }
}

extension String {
    /// The members of a list with commas.
    fileprivate var components: [String] {
        split(separator: ",").map { String($0.drop { $0 == " " }) }
    }
}
