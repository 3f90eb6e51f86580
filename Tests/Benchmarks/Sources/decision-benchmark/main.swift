import Glibc
import MethodPolicy

/// Prints how long one decision takes with 10, 1,000 and 100,000 rules, and how long they compile.
///
/// Requests are measured twice: *warm*, 256 of them again and again, which is what a decision
/// costs, and *spread*, 16,384 requests over all rules, where a large policy also pays for memory
/// that is not in the processor's cache.
///
/// Other sizes may be given as arguments: `1000` or `rules=1000` is one host with that many rules,
/// `hosts=100` that many hosts with ten rules each. `--json` prints one JSON object a size, with
/// the memory that the compiled policies take.
enum DecisionBenchmark {
    static let warmCount = 256
    static let spreadCount = 16_384
    /// How many decisions one figure is the outcome of, at least.
    static let decisionsMin = 1_000_000

    static func figures(_ workload: Workload) -> Figures? {
        let memoryBefore = ProcessMemory.resident()
        guard let (snapshot, compiled) = compile(workload) else { return nil }
        let snapshotBytes = max(0, ProcessMemory.resident() - memoryBefore)
        return Figures(
            workload: workload,
            compiled: compiled,
            snapshotBytes: snapshotBytes,
            warm: timing(snapshot, workload.requests(warmCount)),
            spread: timing(snapshot, workload.requests(spreadCount))
        )
    }

    /// The snapshot, and how long it took to compile what had been read.
    ///
    /// Not inlined, so that the definitions are gone when memory is looked at.
    @inline(never)
    static func compile(_ workload: Workload) -> (PolicySnapshot, Duration)? {
        let definitions = workload.definitions()
        let clock = ContinuousClock()
        let start = clock.now
        switch PolicySnapshot.compile(definitions, version: "1", defaultUpstream: nil) {
        case .success(let snapshot): return (snapshot, clock.now - start)
        case .failure(let faults):
            print(faults)
            return nil
        }
    }

    /// Decides on every request once and adds up what came out, so that no decision can be left
    /// out.
    @inline(never)
    static func run(_ snapshot: PolicySnapshot, _ requests: [Workload.Request]) -> Int {
        var sum = 0
        for request in requests {
            let method = request.method
            let path = request.path
            let host = request.host
            let decision = snapshot.decide(
                method: method.span,
                path: path.span,
                host: host.span,
                isPreflight: false
            )
            switch consume decision {
            case .forward(let permit): sum &+= permit.rule?.index ?? 0
            case .refuse(let refusal): sum &+= refusal.status
            case .options: sum &+= 1
            case .preflight: sum &+= 2
            }
        }
        return sum
    }

    /// Nanoseconds a decision: the median of the rounds and the least of them.
    static func timing(_ snapshot: PolicySnapshot, _ requests: [Workload.Request]) -> Timing {
        let clock = ContinuousClock()
        let rounds = max(20, decisionsMin / requests.count)
        var sum = run(snapshot, requests)
        var times: [Double] = []
        var allocations: UInt64 = 0
        for _ in 0..<rounds {
            let allocationsBefore = allocationCount?() ?? 0
            let begin = clock.now
            sum &+= run(snapshot, requests)
            let time = nanoseconds(clock.now - begin)
            allocations += (allocationCount?() ?? 0) - allocationsBefore
            times.append(time / Double(requests.count))
        }
        times.sort()
        return Timing(
            median: times[times.count / 2],
            least: times[0],
            decisions: rounds * requests.count,
            allocations: allocationCount == nil ? nil : allocations,
            checkSum: sum
        )
    }

    /// The counter of `allocations.c`, where that is preloaded.
    static let allocationCount: (@convention(c) () -> UInt64)? = {
        dlsym(dlopen(nil, RTLD_NOW), "methodwall_allocations").map {
            unsafeBitCast($0, to: (@convention(c) () -> UInt64).self)
        }
    }()
}

let arguments = CommandLine.arguments.dropFirst()
let asked = arguments.filter { $0 != "--json" }
for argument in asked.isEmpty ? ["10", "1000", "100000"] : asked {
    guard let workload = Workload(argument) else {
        print("decision-benchmark: not a size: \(argument) (rules=NUMBER, hosts=NUMBER, --json)")
        exit(2)
    }
    guard let figures = DecisionBenchmark.figures(workload) else { exit(1) }
    print(arguments.contains("--json") ? figures.json : figures.text)
}
