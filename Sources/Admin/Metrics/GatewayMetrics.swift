/// Every count and gauge of `/metrics`, as plain values.
///
/// Counts are since the start of the process, those of rules since the policies are in force.
/// ``families`` names and describes them.
public struct GatewayMetrics: Sendable {
    /// What became of requests.
    public struct Decisions: Sendable, Equatable {
        /// Requests that were forwarded.
        public var forwarded: UInt64 = 0
        /// Requests that were refused.
        public var refused: UInt64 = 0
        /// Requests that were forwarded because the rule only reports.
        public var wouldRefuse: UInt64 = 0

        /// No request yet.
        public init() {}
    }

    /// The requests that one rule decided.
    public struct Rule: Sendable, Equatable {
        /// The name of its policy.
        public var policy: String
        /// Its path pattern.
        public var rule: String
        /// Where it stands: `file:line`.
        public var at: String
        /// What became of the requests.
        public var decisions: Decisions

        /// Makes one.
        ///
        /// - Parameters:
        ///   - policy: The name of its policy.
        ///   - rule: Its path pattern.
        ///   - at: Where it stands.
        ///   - decisions: What became of the requests.
        public init(policy: String, rule: String, at: String, decisions: Decisions) {
            self.policy = policy
            self.rule = rule
            self.at = at
            self.decisions = decisions
        }
    }

    /// One origin server.
    public struct Origin: Sendable, Equatable {
        /// The name of its upstream.
        public var upstream: String
        /// Its URL.
        public var target: String
        /// Connections that carry a request.
        public var busy = 0
        /// Connections that wait for one.
        public var idle = 0
        /// Whether it is given requests.
        public var isHealthy = true

        /// An origin server without connections.
        ///
        /// - Parameters:
        ///   - upstream: The name of its upstream.
        ///   - target: Its URL.
        public init(upstream: String, target: String) {
            self.upstream = upstream
            self.target = target
        }
    }

    /// The failures of an upstream that have one kind.
    public struct OriginFailures: Sendable, Equatable {
        /// The name of the upstream.
        public var upstream: String
        /// The kind, as `Proxy-Status` names it.
        public var error: String
        /// How many.
        public var count: UInt64

        /// Makes one.
        ///
        /// - Parameters:
        ///   - upstream: The name of the upstream.
        ///   - error: The kind.
        ///   - count: How many.
        public init(upstream: String, error: String, count: UInt64) {
            self.upstream = upstream
            self.error = error
            self.count = count
        }
    }

    /// The policies in force and the reloads.
    public struct Policy: Sendable, Equatable {
        /// The version; empty before any policy is in force.
        public var version = ""
        /// How many rules there are.
        public var rules = 0
        /// Whether the last load was in order.
        public var hasLastReloadSucceeded = true
        /// When the last load was, in seconds since 1970; nil before the first.
        public var lastReloadSeconds: Double?
        /// When the last load that was in order was, in seconds since 1970.
        public var lastSuccessSeconds: Double?
        /// Reloads that put new policies in force.
        public var replaced: UInt64 = 0
        /// Reloads that found what was in force.
        public var unchanged: UInt64 = 0
        /// Reloads that found errors.
        public var rejected: UInt64 = 0

        /// No policy yet.
        public init() {}
    }

    /// The version of methodwall.
    public var version: String
    /// The version of libcurl.
    public var libcurl: String
    /// Open connections of clients.
    public var clientConnections = 0
    /// Accepted connections of clients.
    public var clientConnectionsTotal: UInt64 = 0
    /// Connections of clients that were closed at once because there were too many.
    public var clientConnectionsRefused: UInt64 = 0
    /// What became of requests.
    public var requests = Decisions()
    /// Requests that methodwall answered itself: OPTIONS, preflights and redirects.
    public var requestsAnswered: UInt64 = 0
    /// Refusals by reason, a code of a bounded set.
    public var refusals: [String: UInt64] = [:]
    /// The rules that were asked, in the order of the policies.
    public var rules: [Rule] = []
    /// Responses of origin servers by the first digit of the status code, `1xx` first.
    public var responses: [UInt64] = [0, 0, 0, 0, 0]
    /// Forwarded requests, from the head read to the response sent, in seconds.
    public var requestDuration = HistogramCounts(bounds: [])
    /// Failures of origin servers.
    public var originFailures: [OriginFailures] = []
    /// Responses 405 of origin servers to what the policy allows.
    public var originRefusals: UInt64 = 0
    /// Requests that were sent a second time.
    public var originRetries: UInt64 = 0
    /// The origin servers.
    public var origins: [Origin] = []
    /// Requests that wait for a connection, by the name of the upstream.
    public var originWaiting: [String: Int] = [:]
    /// Open tunnels.
    public var tunnels = 0
    /// Tunnels since start.
    public var tunnelsTotal: UInt64 = 0
    /// The policies in force and the reloads.
    public var policy = Policy()
    /// Lines of the logs.
    public var logLines: UInt64 = 0
    /// Lines that the logs lost.
    public var logLinesLost: UInt64 = 0
    /// When certificates expire, in seconds since 1970, by their file.
    public var certificateExpiries: [String: Double] = [:]
    /// Whether the certificates were in order when they were last read.
    public var hasLastCertificateReloadSucceeded = true
    /// TLS handshakes with clients that failed.
    public var tlsHandshakeFailures: UInt64 = 0
    /// HTTP/2 connections that were closed for what their clients did.
    public var http2ConnectionFailures: UInt64 = 0

    /// The metrics of a process that has just started.
    ///
    /// - Parameters:
    ///   - version: The version of methodwall.
    ///   - libcurl: The version of libcurl.
    public init(version: String, libcurl: String) {
        self.version = version
        self.libcurl = libcurl
    }
}
