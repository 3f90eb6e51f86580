public import MethodPolicy

/// What a gateway has counted since it started, all workers together.
public struct GatewayCounts: Sendable {
    /// A kind of failure of one upstream.
    public struct OriginError: Sendable, Hashable {
        /// The upstream's name or URL.
        public let upstream: String
        /// The error type of RFC 9209 §2.3.
        public let error: String
    }

    /// The counts of single numbers, by name.
    let counters: WorkerCounters
    let kinds: WorkerMetrics
    /// Open connections of clients.
    public let connections: Int
    /// The policies in force, nil before the first.
    public let policies: PolicySnapshot?
    /// The counts of each policy's rules, since these policies are in force.
    public let rules: [[RuleCounts]]
    /// Lines of the logs that were written, and lines that were lost.
    public let logLines: (written: UInt64, lost: UInt64)

    /// Accepted connections of clients.
    public var connectionsTotal: UInt64 { counters.connections }
    /// Connections that were turned away for want of room.
    public var connectionsRefused: UInt64 { counters.connectionsRefused }
    /// Requests of every kind.
    public var requests: UInt64 { counters.requests }
    /// Requests that were forwarded.
    public var forwarded: UInt64 { counters.forwarded }
    /// Refused attempts, preflights that browsers refuse included.
    public var refused: UInt64 { counters.refused }
    /// Requests that were forwarded because their rule only reports.
    public var wouldRefuse: UInt64 { counters.wouldRefuse }
    /// OPTIONS, preflights and redirects, answered by the gateway itself.
    public var answered: UInt64 { counters.answered &+ counters.redirected }
    /// 405 of origins to what the policy allows.
    public var originRefusals: UInt64 { counters.originRefusals }
    /// Requests that were sent to an origin a second time.
    public var retries: UInt64 { counters.retries }
    /// Tunnels since the start.
    public var tunnelsTotal: UInt64 { counters.tunnels }
    /// Open tunnels.
    public var tunnels: UInt64 { counters.tunnels &- counters.tunnelsClosed }
    /// TLS handshakes of clients that failed.
    public var handshakesFailed: UInt64 { counters.handshakesFailed }
    /// HTTP/2 connections that were closed for what their clients did.
    public var http2ConnectionsFailed: UInt64 { counters.http2ConnectionsFailed }
    /// Refusals by reason; only reasons that there were.
    public var refusals: [String: UInt64] {
        let pairs = zip(RefusalReason.allCases, kinds.refusals).filter { $0.1 > 0 }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.rawValue, $1) })
    }
    /// Responses of origins by the first digit of the status, `1xx` first.
    public var responses: [UInt64] { kinds.responses }
    /// The upper bounds of `durations`, in seconds.
    public var durationBounds: [Double] { WorkerMetrics.durationBounds.map { Double($0) / 1_000 } }
    /// Forwarded requests by how long they took, from the head read to the response written; the
    /// last is for those above all bounds.
    public var durations: [UInt64] { kinds.durations }
    /// The sum of these times, in seconds.
    public var durationSeconds: Double { Double(kinds.durationMilliseconds) / 1_000 }
    /// Failures of origins.
    public var failures: [OriginError: UInt64] { kinds.failures }
}
