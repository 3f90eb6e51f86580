import Foundation
import TestKit
import Testing

/// Runs one target for some time: inputs from its grammar, and changed copies of those inputs that
/// made the parser do something new.
///
/// METHODWALL_FUZZ_SECONDS is how long each target runs, three seconds by default;
/// METHODWALL_FUZZ_SEED decides what is tried. METHODWALL_FUZZ_CORPUS names a folder with inputs
/// to begin with, in a folder for each target, as `Tests/Fuzzing` leaves them.
struct Fuzzer<Target: FuzzTarget> {
    /// Findings after which a run ends.
    private static var findingsMax: Int { 5 }
    /// Inputs that a corpus holds at most.
    private static var corpusMax: Int { 8192 }
    /// What one input may take before it counts as a hang, far from what the slowest build needs.
    private static var inputDurationMax: Duration { .seconds(10) }

    private let target: Target
    private let mutator: Mutator
    private let seed: UInt64
    private var random: SeededGenerator
    private var corpus: [[UInt8]] = []
    private var seen: Set<Signature> = []
    private var explained: [String: Int] = [:]
    private var accepted = 0
    private var findings = 0

    init(_ target: Target) {
        self.target = target
        mutator = Mutator(dictionary: target.dictionary)
        seed = Self.number("METHODWALL_FUZZ_SEED") ?? 20_261_122
        random = SeededGenerator(seed: seed)
    }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// Runs the target; each finding is recorded as an issue.
    mutating func run() throws {
        let seconds = Self.number("METHODWALL_FUZZ_SECONDS") ?? 3
        let clock = ContinuousClock()
        let end = clock.now + .seconds(Int64(clamping: seconds))
        let watch = CrashWatch(target: target.name)
        for input in storedCorpus() { try run(input, clock: clock, watch: watch) }
        var cases = corpus.count
        while clock.now < end, findings < Self.findingsMax {
            cases += 1
            try run(nextInput(), clock: clock, watch: watch)
        }
        watch.end()
        let differences = explained.map { "\($0.key) \($0.value)" }.sorted()
        print(
            "fuzz \(target.name): seed \(seed), \(seconds) s, \(cases) inputs, \(accepted) "
                + "accepted, \(corpus.count) in the corpus, \(findings) findings, explained: "
                + (differences.isEmpty ? "none" : differences.joined(separator: ", "))
        )
        #expect(accepted > 0, "\(target.name): nothing was accepted, seed \(seed)")
    }

    private mutating func run(
        _ input: [UInt8],
        clock: ContinuousClock,
        watch: CrashWatch
    ) throws {
        watch.begin(input)
        let start = clock.now
        var verdict = try target.check(input)
        let duration = clock.now - start
        if duration > Self.inputDurationMax { verdict.finding = "took \(duration)" }
        if verdict.isAccepted { accepted += 1 }
        for name in verdict.explained { explained[name, default: 0] += 1 }
        if seen.insert(verdict.signature).inserted, corpus.count < Self.corpusMax {
            corpus.append(input)
        }
        guard let finding = verdict.finding else { return }
        findings += 1
        Issue.record(
            """
            \(target.name), METHODWALL_FUZZ_SEED=\(seed): \(finding)
            input: \(literal(input))
            """
        )
    }

    private mutating func nextInput() -> [UInt8] {
        if corpus.isEmpty || random.once(in: 4) { return target.generate(&random) }
        let other = random.once(in: 4) ? target.generate(&random) : pickFromCorpus()
        let input = random.once(in: 4) ? target.generate(&random) : pickFromCorpus()
        return mutator.mutate(input, with: other, &random)
    }

    /// An input that was kept; every second time one of the newest.
    private mutating func pickFromCorpus() -> [UInt8] {
        let count = random.once(in: 2) ? min(corpus.count, 64) : corpus.count
        return corpus[corpus.count - 1 - random.below(count)]
    }

    private func storedCorpus() -> [[UInt8]] {
        guard let folder = ProcessInfo.processInfo.environment["METHODWALL_FUZZ_CORPUS"] else {
            return []
        }
        let own = URL(filePath: folder).appending(path: target.name)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: own.path())) ?? []
        return names.sorted().compactMap { name in
            (try? Data(contentsOf: own.appending(path: name))).map { Array($0) }
        }
    }
}
