internal import Logging

/// What a worker has done since it started.
struct WorkerCounters: Sendable, Equatable {
    var connections: UInt64 = 0
    /// Connections that were turned away for want of room.
    var connectionsRefused: UInt64 = 0
    /// TLS handshakes that came to nothing.
    var handshakesFailed: UInt64 = 0
    /// HTTP/2 connections that were closed for what the client did.
    var http2ConnectionsFailed: UInt64 = 0
    var requests: UInt64 = 0
    var forwarded: UInt64 = 0
    /// Refused attempts of every kind, preflights that browsers will refuse included.
    var refused: UInt64 = 0
    /// Requests that a policy in report mode let through and would have refused.
    var wouldRefuse: UInt64 = 0
    /// OPTIONS and preflights answered here.
    var answered: UInt64 = 0
    /// Permitted requests that were sent to HTTPS.
    var redirected: UInt64 = 0
    /// 502, 503 and 504 for the origin's failures.
    var originFailures: UInt64 = 0
    /// 405 by the origin itself to a request that the policy let through: the two disagree.
    var originRefusals: UInt64 = 0
    /// Connections that changed to another protocol, and those of them that are over.
    var tunnels: UInt64 = 0
    var tunnelsClosed: UInt64 = 0
    /// Requests that were sent to an origin a second time.
    var retries: UInt64 = 0

    /// Adds another worker's.
    mutating func add(_ other: WorkerCounters) {
        connections &+= other.connections
        connectionsRefused &+= other.connectionsRefused
        handshakesFailed &+= other.handshakesFailed
        http2ConnectionsFailed &+= other.http2ConnectionsFailed
        requests &+= other.requests
        forwarded &+= other.forwarded
        refused &+= other.refused
        wouldRefuse &+= other.wouldRefuse
        answered &+= other.answered
        redirected &+= other.redirected
        originFailures &+= other.originFailures
        originRefusals &+= other.originRefusals
        tunnels &+= other.tunnels
        tunnelsClosed &+= other.tunnelsClosed
        retries &+= other.retries
    }
}

extension WorkerCounters {
    /// The counts as the operator's log says them when the gateway stops.
    var metadata: Logger.Metadata {
        [
            "requests": "\(requests)", "forwarded": "\(forwarded)", "refused": "\(refused)",
            "would_refuse": "\(wouldRefuse)", "answered": "\(answered)",
            "origin_failures": "\(originFailures)", "origin_refusals": "\(originRefusals)",
        ]
    }
}
