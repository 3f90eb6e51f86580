import Glibc
import MethodPolicy

/// Prints how long one decision takes with 10, 1,000 and 100,000 rules, and how long they compile.
///
/// Half the rules are literal, half have an `{id}`. Requests are hits and misses of all kinds in
/// equal parts, in a fixed random order. They are measured twice: *warm*, 256 requests again and
/// again, which is what a decision costs, and *spread*, 16,384 requests over all rules, where a
/// large policy also pays for memory that is not in the processor's cache. Other counts may be
/// given as arguments.
enum DecisionBenchmark {
    static let host = Array("shop.example.com".utf8)
    static let warmCount = 256
    static let spreadCount = 16_384
    /// How many decisions one figure is the outcome of, at least.
    static let decisionsMin = 1_000_000

    struct Request {
        let method: [UInt8]
        let path: [UInt8]
    }

    static func snapshot(ruleCount: Int) -> PolicySnapshot? {
        let rules = (0..<ruleCount).map { index in
            let service = index % 97
            let pattern =
                index.isMultiple(of: 2)
                ? "/api/v1/service\(service)/resource\(index)"
                : "/api/v1/service\(service)/resource\(index)/{id}"
            return RuleDefinition(
                pattern: pattern,
                allow: .methods([.get, .put]),
                location: SourceLocation(file: "benchmark.yaml", line: index + 1, column: 3)
            )
        }
        let policy = PolicyDefinition(
            name: "benchmark",
            file: "benchmark.yaml",
            hosts: [
                HostDefinition("shop.example.com", location: SourceLocation(file: "benchmark.yaml"))
            ],
            upstream: "http://127.0.0.1:9000",
            rules: rules
        )
        switch PolicySnapshot.compile([policy], version: "1", defaultUpstream: nil) {
        case .success(let snapshot): return snapshot
        case .failure(let faults):
            print(faults)
            return nil
        }
    }

    /// A linear congruential generator: the same requests on every run.
    static func requests(_ count: Int, ruleCount: Int) -> [Request] {
        var state: UInt64 = 42
        return (0..<count).map { place in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let index = Int(state >> 33) % ruleCount
            let resource = "/api/v1/service\(index % 97)/resource\(index)"
            let hit = index.isMultiple(of: 2) ? resource : "\(resource)/\(state % 100_000)"
            switch place % 4 {
            case 0: return Request(method: Array("GET".utf8), path: Array(hit.utf8))
            case 1: return Request(method: Array("DELETE".utf8), path: Array(hit.utf8))
            case 2: return Request(method: Array("PUT".utf8), path: Array(hit.utf8))
            default: return Request(method: Array("GET".utf8), path: Array("\(resource)/x/y".utf8))
            }
        }
    }

    /// Decides on every request once and adds up what came out, so that no decision can be left
    /// out.
    @inline(never)
    static func run(_ snapshot: PolicySnapshot, _ requests: [Request]) -> Int {
        let host = host
        var sum = 0
        for request in requests {
            let method = request.method
            let path = request.path
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

    static func measure(ruleCount: Int) {
        let clock = ContinuousClock()
        let start = clock.now
        guard let snapshot = snapshot(ruleCount: ruleCount) else { return }
        let compiled = clock.now - start
        let warm = measure(snapshot, requests(warmCount, ruleCount: ruleCount))
        let spread = measure(snapshot, requests(spreadCount, ruleCount: ruleCount))
        print("\(ruleCount) rules, compiled in \(compiled)")
        print("  warm:   \(warm)")
        print("  spread: \(spread)")
    }

    /// Nanoseconds a decision: the median of the rounds and the least of them.
    static func measure(_ snapshot: PolicySnapshot, _ requests: [Request]) -> String {
        let clock = ContinuousClock()
        var sum = run(snapshot, requests)
        var times: [Double] = []
        var allocations: UInt64 = 0
        for _ in 0..<max(20, decisionsMin / requests.count) {
            let allocationsBefore = allocationCount?() ?? 0
            let begin = clock.now
            sum &+= run(snapshot, requests)
            let parts = (clock.now - begin).components
            let nanoseconds = Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9
            allocations += (allocationCount?() ?? 0) - allocationsBefore
            times.append(nanoseconds / Double(requests.count))
        }
        times.sort()
        let (least, median) = (rounded(times[0]), rounded(times[times.count / 2]))
        let counted = allocationCount == nil ? "not counted" : "\(allocations)"
        return "median \(median) ns, least \(least) ns a decision, "
            + "\(counted) allocations in all (check sum \(sum))"
    }

    /// The counter of `allocations.c`, where that is preloaded.
    static let allocationCount: (@convention(c) () -> UInt64)? = {
        dlsym(dlopen(nil, RTLD_NOW), "methodwall_allocations").map {
            unsafeBitCast($0, to: (@convention(c) () -> UInt64).self)
        }
    }()

    static func rounded(_ value: Double) -> String {
        let tenths = Int(value * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10)"
    }
}

let asked = CommandLine.arguments.dropFirst().compactMap { Int($0) }.filter { $0 > 0 }
for ruleCount in asked.isEmpty ? [10, 1_000, 100_000] : asked {
    DecisionBenchmark.measure(ruleCount: ruleCount)
}
