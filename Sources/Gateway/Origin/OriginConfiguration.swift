public import Curl

/// One upstream: where it is, how requests are spread over its targets, and how long it may take.
///
/// Times are in milliseconds. Bounds are those of one worker.
public struct OriginConfiguration: Sendable, Equatable {
    /// Where it listens, at least once and at most 64 times: any of these can serve any request.
    ///
    /// All of them are reached with TLS, or none is.
    public var targets: [OriginURL]
    /// Which target a request goes to.
    public var balance = OriginBalance.roundRobin
    /// How a connection is made.
    public var connect = ConnectOptions()
    /// Whether requests are sent over HTTP/2: by ALPN or, without TLS, with prior knowledge.
    public var speaksHTTP2 = false
    /// How long the origin may be silent, or take nothing, until a response's head is complete.
    public var responseTimeoutMilliseconds: Int64 = 30_000
    /// How long the origin may be silent between two pieces of a response.
    public var silenceTimeoutMilliseconds: Int64 = 60_000
    /// How long an unused connection is kept.
    ///
    /// Keep it below the origin's own keep-alive time.
    public var keepMilliseconds: Int64 = 55_000
    /// How old a connection may be that another request is sent on.
    ///
    /// A name's new addresses are used by new connections alone.
    public var lifeMilliseconds: Int64 = 600_000
    /// How many connections a worker may have open to each target.
    public var connectionsMax = 512
    /// How many requests of a worker may wait for a connection.
    public var waitingMax = 1_024
    /// How long a request may wait for a connection before it is answered 503.
    public var waitTimeoutMilliseconds: Int64 = 5_000
    /// How many requests of one client a worker may have under way; nil means half of what there
    /// can be.
    public var perClientMax: Int?
    /// How targets are asked whether they are well; nil asks none.
    public var healthCheck: HealthCheck?
    /// Whether the origin gets the client's Host; nil leaves it to the gateway's setting.
    public var preservesHost: Bool?
    /// How many unused connections a worker keeps to each target.
    public var idleConnectionsMax = 256

    /// An upstream at a URL, with every default.
    public init(url: OriginURL) { targets = [url] }

    /// An upstream at several URLs, with every default.
    ///
    /// - Parameter targets: At least one; those behind the 64th are not used.
    public init(targets: [OriginURL]) { self.targets = targets }

    /// `host` or `host:port`, as a Host field names the upstream, whichever of its targets it is.
    public var authority: String {
        guard let first = targets.first else { return "" }
        guard first.isSecure, let name = connect.tls.serverName else { return first.authority }
        return first.port == 443 ? name : "\(name):\(first.port ?? 443)"
    }

    /// Whether connections are made with TLS.
    public var isSecure: Bool { targets.first?.isSecure ?? false }
}

/// Which target of an upstream a request goes to.
public enum OriginBalance: Sendable, Equatable {
    /// One after the other.
    case roundRobin
    /// The one with the fewest requests of this worker under way.
    case leastConnections
    /// Always the same one for one client, as long as that is well.
    case client
}

/// How a target is asked whether it is well.
///
/// Times are in milliseconds.
public struct HealthCheck: Sendable, Equatable {
    /// The request target of the question, which is a GET.
    public var path: String
    /// Its Host; nil means the upstream's authority.
    public var host: String?
    /// From the end of one question to the next.
    public var intervalMilliseconds: Int64 = 5_000
    /// How long the answer may take.
    public var timeoutMilliseconds: Int64 = 2_000
    /// How many bad answers in a row take a target out.
    public var failuresMax = 3
    /// How many good answers in a row bring it back.
    public var successesMin = 2
    /// The status codes of good answers.
    public var status = 200...399

    /// A question with every default.
    ///
    /// - Parameter path: A path, perhaps with a query: visible ASCII that begins with `/`.
    public init(path: String) { self.path = path }
}
