import MethodPolicy
import TestKit
import Testing

@Suite("Comparing random policies")
struct RandomComparisonTests {
    static let seeds: [UInt64] = (1...12).map { 0xD1FF_0000 + $0 }

    private static let literals = ["a", "b", "ab", "B", "aB", "1", "12", "21", "a1"]
    private static let kinds = [
        "{x}", "*", "{n:int}", "{u:uuid}", "a*", "*b", "a*b", "ab*", "*1", "1*", "*12", "b*1",
        "2*2",
    ]

    /// One side: its rules' patterns and methods, and what holds for all of them.
    struct Side {
        var patterns: [String]
        var allowed: [[Method]]
        var reports: [Bool]
        var caseInsensitive: Bool
        var ignoresTrailingSlash: Bool
        var isReported: Bool
        var isForwarded: Bool

        /// What becomes of methods by a rule or, with nil, without one: `+`, `?` or `-`.
        func verdict(_ rule: Int?, _ method: Method) -> String {
            guard let rule else { return isForwarded ? "+" : isReported ? "?" : "-" }
            let isAllowed =
                allowed[rule].contains(method) || method == .head && allowed[rule].contains(.get)
            return isAllowed ? "+" : reports[rule] ? "?" : "-"
        }

        func rule(_ path: String) -> Int? {
            ReferenceMatcher(
                patterns: patterns,
                caseInsensitive: caseInsensitive,
                ignoresTrailingSlash: ignoresTrailingSlash
            ).match(path)?.index
        }

        var definition: PolicyDefinition {
            PolicyDefinition(
                name: "demo",
                file: "demo.yaml",
                upstream: "http://127.0.0.1:9000",
                unlisted: isForwarded ? .forward : .refuse,
                caseInsensitive: caseInsensitive,
                ignoresTrailingSlash: ignoresTrailingSlash,
                mode: isReported ? .report : .enforce,
                rules: patterns.indices.map { index in
                    RuleDefinition(
                        pattern: patterns[index],
                        allow: .methods(allowed[index]),
                        mode: reports[index] ? .report : .enforce,
                        location: SourceLocation(file: "demo.yaml", line: index + 1, column: 1)
                    )
                }
            )
        }

        /// The compiled policy, after the rules that overlap are gone.
        mutating func compiled() throws -> PolicySnapshot {
            while true {
                let result = PolicySnapshot.compile(
                    [definition],
                    version: "r",
                    defaultUpstream: nil
                )
                switch result {
                case .success(let snapshot): return snapshot
                case .failure(let faults):
                    let codes = Set(faults.faults.map(\.code))
                    try #require(codes.isSubset(of: [.duplicatePattern, .overlappingPatterns]))
                    let dropped = Set(faults.faults.map { $0.location.line - 1 })
                    let kept = patterns.indices.filter { !dropped.contains($0) }
                    (patterns, allowed, reports) = (
                        kept.map { patterns[$0] }, kept.map { allowed[$0] },
                        kept.map { reports[$0] }
                    )
                }
            }
        }
    }

    private static func randomSide(_ generator: inout SeededGenerator) -> Side {
        let count = Int.random(in: 0...9, using: &generator)
        var side = Side(
            patterns: [],
            allowed: [],
            reports: [],
            caseInsensitive: Int.random(in: 0..<4, using: &generator) == 0,
            ignoresTrailingSlash: Int.random(in: 0..<4, using: &generator) == 0,
            isReported: Int.random(in: 0..<6, using: &generator) == 0,
            isForwarded: Int.random(in: 0..<6, using: &generator) == 0
        )
        for _ in 0..<count { add(to: &side, &generator) }
        return side
    }

    private static func add(to side: inout Side, _ generator: inout SeededGenerator) {
        var segments = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            let source = Bool.random(using: &generator) ? literals : kinds
            return source.randomElement(using: &generator) ?? "a"
        }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: segments.append("**")
        case 2: segments.append("")
        default: if segments.isEmpty { segments = ["**"] }
        }
        side.patterns.append("/" + segments.joined(separator: "/"))
        side.allowed.append(
            [Method.get, .post, .delete].filter { _ in Bool.random(using: &generator) }
        )
        side.reports.append(Int.random(in: 0..<5, using: &generator) == 0)
    }

    /// The same side with a few rules changed, or another one.
    private static func changed(_ side: Side, _ generator: inout SeededGenerator) -> Side {
        guard Int.random(in: 0..<3, using: &generator) > 0 else { return randomSide(&generator) }
        var changed = side
        for _ in 0..<Int.random(in: 1...2, using: &generator) { add(to: &changed, &generator) }
        if let index = changed.patterns.indices.randomElement(using: &generator) {
            changed.allowed[index] = [.put]
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { changed.caseInsensitive.toggle() }
        if Int.random(in: 0..<4, using: &generator) == 0 { changed.ignoresTrailingSlash.toggle() }
        return changed
    }

    /// Every path of up to two segments of up to two of these letters, and some of three.
    private static let paths: [String] = {
        let letters = ["a", "b", "B", "1", "2"]
        let pairs = letters.flatMap { one in letters.map { one + $0 } }
        let uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
        let segments = letters + pairs + ["aba", "121", "abb", "112", "abab", "222", uuid]
        let two = segments.flatMap { one in segments.map { "/" + one + "/" + $0 } }
        let three = two.enumerated().filter { $0.offset % 7 == 0 }
            .flatMap { path in ["a", "ab", "1", "c"].map { path.element + "/" + $0 } }
        let all = segments.map { "/" + $0 } + two + three
        return ["/"] + all.flatMap { [$0, $0 + "/"] }
    }()

    /// The rules that decide before and after, by line, and a method.
    struct Key: Hashable {
        let old: Int?
        let new: Int?
        let method: String
    }

    @Test(
        "diff finds every change that a search of all paths finds, and no other",
        arguments: seeds
    )
    func agreesWithBruteForce(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var found = 0
        for round in 0..<3 {
            var old = Self.randomSide(&generator)
            var new = Self.changed(old, &generator)
            let (one, other) = (try old.compiled(), try new.compiled())
            let trace: Comment = "seed \(seed), round \(round), \(old) to \(new)"
            let comparison = PolicyComparison(old: one, new: other)
            #expect(comparison.isComplete, trace)
            found += comparison.differences.count
            var keys: Set<Key> = []
            for difference in comparison.differences {
                for method in difference.methods {
                    let lines = [difference.oldLocation, difference.newLocation].map { $0?.line }
                    keys.insert(Key(old: lines[0], new: lines[1], method: method))
                    try Self.check(difference, method, old, new, trace)
                }
            }
            for path in Self.paths {
                let rules = [old.rule(path), new.rule(path)]
                for method in [Method.get, .head, .post, .delete, .put] {
                    let verdicts = [
                        old.verdict(rules[0], method), new.verdict(rules[1], method),
                    ]
                    guard verdicts[0] != verdicts[1] else { continue }
                    let lines = rules.map { $0.map { $0 + 1 } }
                    let key = Key(old: lines[0], new: lines[1], method: method.name)
                    let isFound = keys.contains(key)
                    #expect(isFound, "\(method) \(path) \(verdicts) is missing; \(trace)")
                    if !isFound { return }
                }
            }
        }
        #expect(found > 4)
    }

    /// A difference is real: its example is decided by these rules, and in different ways.
    private static func check(
        _ difference: PolicyDifference,
        _ name: String,
        _ old: Side,
        _ new: Side,
        _ trace: Comment
    ) throws {
        let path = try #require(difference.example)
        let rules = [old.rule(path), new.rule(path)]
        #expect(rules[0].map { $0 + 1 } == difference.oldLocation?.line, "\(path); \(trace)")
        #expect(rules[1].map { $0 + 1 } == difference.newLocation?.line, "\(path); \(trace)")
        guard let method = Method(name), name != "OPTIONS" else { return }
        let verdicts = [old.verdict(rules[0], method), new.verdict(rules[1], method)]
        #expect(verdicts[0] != verdicts[1], "\(difference.description); \(trace)")
        #expect(difference.kind == kind(verdicts[0], verdicts[1]), "\(difference.description)")
    }

    private static func kind(_ old: String, _ new: String) -> PolicyDifference.Kind {
        if old == "-" { return .widening }
        return new == "-" ? .narrowing : .change
    }
}
