internal import MethodPolicy

/// What a worker counts by kind, for metrics: bounded by what the code and the policies name, never
/// by what clients send.
struct WorkerMetrics: Sendable {
    /// Refusals by the place of their reason in `RefusalReason.allCases`.
    private(set) var refusals = [UInt64](repeating: 0, count: RefusalReason.allCases.count)
    /// Final responses of origins by the first digit of their status, from 1 on, and 1xx.
    private(set) var responses = [UInt64](repeating: 0, count: 5)
    /// How long forwarded requests took, by bucket; the last is for those above all bounds.
    private(set) var durations = [UInt64](repeating: 0, count: durationBounds.count + 1)
    /// The sum of these times.
    private(set) var durationMilliseconds: UInt64 = 0
    /// Failures of origins by upstream and error.
    private(set) var failures: [GatewayCounts.OriginError: UInt64] = [:]

    /// The upper bounds of the buckets of `durations`, in milliseconds.
    static let durationBounds: [Int64] = [
        1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
    ]

    mutating func countRefusal(_ reason: RefusalReason) { refusals[reason.ordinal] &+= 1 }

    mutating func countResponse(_ status: Int) {
        let index = status / 100 - 1
        if responses.indices.contains(index) { responses[index] &+= 1 }
    }

    mutating func countDuration(_ milliseconds: Int64) {
        var bucket = 0
        while bucket < Self.durationBounds.count, milliseconds > Self.durationBounds[bucket] {
            bucket += 1
        }
        durations[bucket] &+= 1
        durationMilliseconds &+= UInt64(clamping: milliseconds)
    }

    mutating func countFailure(_ error: String, of upstream: String) {
        failures[GatewayCounts.OriginError(upstream: upstream, error: error), default: 0] &+= 1
    }

    /// Adds another worker's.
    mutating func add(_ other: WorkerMetrics) {
        for index in refusals.indices { refusals[index] &+= other.refusals[index] }
        for index in responses.indices { responses[index] &+= other.responses[index] }
        for index in durations.indices { durations[index] &+= other.durations[index] }
        durationMilliseconds &+= other.durationMilliseconds
        failures.merge(other.failures) { $0 &+ $1 }
    }
}

extension Worker {
    /// Counts a refused attempt, of every kind.
    func countRefused(_ refusal: GatewayRefusal, by policy: PolicyState?) {
        counters.refused &+= 1
        metrics.countRefusal(refusal.reason)
        policy?.count(refusal.rule, .refused)
    }

    /// Counts a request that is forwarded although it would be refused in enforce mode.
    func countReported(_ refusal: GatewayRefusal, by policy: PolicyState?) {
        counters.wouldRefuse &+= 1
        policy?.count(refusal.rule, .wouldRefuse)
    }
}

/// What became of the requests that one rule decided.
public struct RuleCounts: Sendable, Equatable {
    /// Forwarded requests.
    public var forwarded: UInt32 = 0
    /// Refused requests.
    public var refused: UInt32 = 0
    /// Requests that were forwarded because the rule only reports.
    public var wouldRefuse: UInt32 = 0

    /// One of the counts.
    enum Kind { case forwarded, refused, wouldRefuse }

    mutating func count(_ kind: Kind) {
        switch kind {
        case .forwarded: forwarded &+= 1
        case .refused: refused &+= 1
        case .wouldRefuse: wouldRefuse &+= 1
        }
    }

    /// Whether no request has come.
    public var isEmpty: Bool { forwarded == 0 && refused == 0 && wouldRefuse == 0 }

    /// Adds another worker's.
    mutating func add(_ other: RuleCounts) {
        forwarded &+= other.forwarded
        refused &+= other.refused
        wouldRefuse &+= other.wouldRefuse
    }
}
