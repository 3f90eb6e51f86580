import MethodPolicy
import TestKit
import Testing

@Suite("Random policies")
struct RandomPolicyTests {
    static let seeds: [UInt64] = (1...12).map { 0xA11C_E000 + $0 }

    /// Small alphabets, so that patterns overlap and searches back up often.
    private static let literals = ["a", "b", "ab", "abb", "aab", "1", "12", "%20", "a0", uuid]
    private static let uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    private static let kinds = [
        "{x}", "*", "{n:int}", "{u:uuid}", "a*", "*b", "a*b", "ab*", "*1", "*0", "1*", "a*0",
    ]
    private static let paths = literals + ["", "B", "aB", "a%20", "%200", "abab", "0", "c"]

    struct Policy {
        let patterns: [String]
        let methods: [[Method]]
        let caseInsensitive: Bool
        let ignoresTrailingSlash: Bool

        func definition(of kept: [Int]) -> PolicyDefinition {
            policy(
                kept.map { index in
                    rule(
                        patterns[index],
                        methods[index].map(\.name).joined(separator: " "),
                        line: index + 1
                    )
                },
                extensions: "PURGE BAN",
                caseInsensitive: caseInsensitive,
                ignoresTrailingSlash: ignoresTrailingSlash
            )
        }
    }

    private static func randomPolicy(_ generator: inout SeededGenerator) -> Policy {
        let count = Int.random(in: 1...14, using: &generator)
        let pool = methods("GET HEAD POST PUT PATCH DELETE QUERY PROPFIND PURGE BAN")
        return Policy(
            patterns: (0..<count).map { _ in randomPattern(&generator) },
            methods: (0..<count).map { _ in
                pool.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
            },
            caseInsensitive: Int.random(in: 0..<4, using: &generator) == 0,
            ignoresTrailingSlash: Int.random(in: 0..<4, using: &generator) == 0
        )
    }

    private static func randomPattern(_ generator: inout SeededGenerator) -> String {
        var segments = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            let source = Bool.random(using: &generator) ? literals : kinds
            return source.randomElement(using: &generator) ?? "a"
        }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: segments.append("**")
        case 1: segments.append("")
        default: break
        }
        return "/" + segments.joined(separator: "/")
    }

    /// A path of random segments, or one that a pattern may match, with a slip now and then.
    private static func randomPath(
        _ patterns: [String],
        _ generator: inout SeededGenerator
    ) -> String {
        let pattern = patterns.randomElement(using: &generator) ?? "/"
        let isDrawn = patterns.isEmpty || Int.random(in: 0..<4, using: &generator) == 0
        let places = isDrawn ? ["*", "*", "*"] : pattern.split(separator: "/").map(String.init)
        let matcher = ReferenceMatcher(patterns: patterns)
        var segments: [String] = []
        for place in places {
            let isSlip = Int.random(in: 0..<12, using: &generator) == 0
            let fitting = paths.filter { isSlip || matcher.matchesSegment(place, $0) }
            segments.append(fitting.randomElement(using: &generator) ?? place)
        }
        if Int.random(in: 0..<8, using: &generator) == 0 { segments.append("") }
        return "/" + segments.joined(separator: "/")
    }

    /// A policy without the rules that the compiler calls overlapping or duplicate.
    private static func compiled(_ random: Policy, _ trace: String) -> (PolicySnapshot, [Int])? {
        var kept = Array(random.patterns.indices)
        while true {
            let definition = random.definition(of: kept)
            let result = PolicySnapshot.compile([definition], version: "r", defaultUpstream: nil)
            switch result {
            case .success(let snapshot):
                return (snapshot, kept)
            case .failure(let faults):
                let dropped = Set(faults.faults.map { $0.location.line - 1 })
                let codes = Set(faults.faults.map(\.code))
                // Paths that end with a space make no sense here, so such patterns are dropped too.
                let expected: Set<PolicyFault.Code> = [
                    .duplicatePattern, .overlappingPatterns, .unreachablePattern,
                ]
                if !codes.isSubset(of: expected) || dropped.isDisjoint(with: kept) {
                    Issue.record("\(trace): \(faults)")
                    return nil
                }
                for fault in faults.faults where fault.code != .unreachablePattern {
                    checkThatTheyMeet(fault, random, trace)
                }
                kept.removeAll { dropped.contains($0) }
            }
        }
    }

    /// An overlap that is reported must exist: some path matches both patterns, equally specific.
    private static func checkThatTheyMeet(_ fault: PolicyFault, _ random: Policy, _ trace: String) {
        guard let other = fault.related.first else {
            Issue.record("\(trace): \(fault) names one place only")
            return
        }
        let pair = [fault.location.line, other.line].map { random.patterns[$0 - 1] }
        let matcher = ReferenceMatcher(
            patterns: pair,
            caseInsensitive: random.caseInsensitive,
            ignoresTrailingSlash: random.ignoresTrailingSlash
        )
        let parts = pair.map {
            $0.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        }
        let count = max(parts[0].count, parts[1].count)
        var path = ""
        for place in 0..<count {
            let segments = parts.map { part in
                part.indices.contains(part.startIndex + place)
                    ? String(part[part.startIndex + place]) : "**"
            }
            path += "/" + witness(segments[0], segments[1], matcher)
        }
        let isMet = [path, path + "/"].contains { matcher.match($0)?.isAmbiguous == true }
        if !isMet { Issue.record("\(trace): \(pair) do not meet at \(path)") }
    }

    /// A segment that two pattern segments both match, if there is one.
    private static func witness(
        _ left: String,
        _ right: String,
        _ matcher: ReferenceMatcher
    ) -> String {
        let halves = [left, right].map {
            $0.split(separator: "*", omittingEmptySubsequences: false)
        }
        let joined = halves.flatMap { one in
            halves.map { other in "\(one.first ?? "")x\(other.last ?? "")" }
        }
        return (literals + joined + [""]).first { segment in
            [left, right].allSatisfy { $0 == "**" || matcher.matchesSegment($0, segment) }
        } ?? ""
    }

    @Test("decides as the reference matcher does, and Allow is the truth", arguments: seeds)
    func agreesWithTheReference(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = Method.registered + methods("PURGE BAN TRACE get BREW")
        let common = methods("GET HEAD POST PURGE")
        var (cases, matched) = (0, 0)
        for round in 0..<60 {
            let random = Self.randomPolicy(&generator)
            let trace = "seed \(seed), round \(round), \(random.patterns)"
            guard let (snapshot, kept) = Self.compiled(random, trace) else { return }
            let reference = ReferenceMatcher(
                patterns: kept.map { random.patterns[$0] },
                caseInsensitive: random.caseInsensitive,
                ignoresTrailingSlash: random.ignoresTrailingSlash
            )
            for _ in 0..<40 {
                let path = Self.randomPath(kept.map { random.patterns[$0] }, &generator)
                let isAmbiguousEnd =
                    random.caseInsensitive
                    && path.split(separator: "/").contains { $0.hasSuffix("%20") }
                if isAmbiguousEnd { continue }
                cases += 1
                let expected = reference.match(path)
                if expected != nil { matched += 1 }
                #expect(expected?.isAmbiguous != true, "\(trace): \(path)")
                let isCommon = Bool.random(using: &generator)
                let method = (isCommon ? common : names).randomElement(using: &generator) ?? .get
                let outcome = snapshot.outcome(method.name, path)
                let allowed = expected.map { random.methods[kept[$0.index]] }
                let wanted = Self.outcome(
                    method,
                    allowed,
                    pattern: expected.map { random.patterns[kept[$0.index]] }
                )
                #expect(outcome == wanted, "\(trace): \(method) \(path)")
            }
        }
        // The drawing must not drift into policies that never match.
        #expect(cases > 2_000)
        #expect(matched > cases / 2)
    }

    private static func outcome(_ method: Method, _ allowed: [Method]?, pattern: String?) -> Outcome
    {
        let known = Method.registered + methods("PURGE BAN TRACE")
        guard known.contains(method) else {
            return .refuse(status: 501, .unknownMethod, allow: nil)
        }
        guard let allowed, let pattern else {
            return .refuse(status: 404, .noRuleForPath, allow: nil)
        }
        let implied: [Method] = allowed.contains(.get) ? [.head, .options] : [.options]
        let all = Set(allowed + implied)
        let allow = all.sorted().map(\.name).joined(separator: ", ")
        if method == .options { return .options(allow: allow) }
        if all.contains(method) { return .forward(pattern: pattern) }
        return .refuse(status: 405, .methodNotAllowed, allow: allow)
    }

    @Test("R-03: Allow lists a method if and only if it is not refused", arguments: seeds)
    func listsExactlyWhatWorks(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = Method.registered + Method.prohibited + methods("PURGE BAN BREW get Get GETT")
        for round in 0..<20 {
            let random = Self.randomPolicy(&generator)
            let trace = "seed \(seed), round \(round), \(random.patterns)"
            guard let (snapshot, kept) = Self.compiled(random, trace) else { return }
            for _ in 0..<10 {
                let path = Self.randomPath(kept.map { random.patterns[$0] }, &generator)
                guard case .options(let allow) = snapshot.outcome("OPTIONS", path) else { continue }
                let listed = allow.split(separator: ",").map { $0.drop { $0 == " " } }.map(
                    String.init
                )
                #expect(Set(listed).count == listed.count, "\(trace): \(path)")
                for method in names {
                    let outcome = snapshot.outcome(method.name, path)
                    #expect(
                        outcome.isRefused != listed.contains(method.name),
                        "\(trace): \(method) \(path) gives \(outcome), Allow is \(allow)"
                    )
                    if case .refuse(405, .methodNotAllowed, let refused) = outcome {
                        #expect(refused == allow, "\(trace): \(method) \(path)")
                    }
                }
            }
        }
    }
}
