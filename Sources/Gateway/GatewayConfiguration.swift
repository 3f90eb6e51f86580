public import HTTPMessage
public import MethodPolicy
internal import NIOCore

/// How a gateway listens, forwards, limits and records.
///
/// Every part has a safe default.
public struct GatewayConfiguration: Sendable {
    /// Where to listen, and what is spoken there.
    public var listen = [ListenerConfiguration(host: "127.0.0.1", port: 8405)]
    /// The origins that policies name, by name.
    public var origins: [String: OriginConfiguration] = [:]
    /// How many event loops serve, each with its own listening socket for each TCP port.
    ///
    /// At least 1.
    public var workers = 1
    /// Bounds on what clients may send and how long they may take.
    public var limits = GatewayLimits()
    /// Where refused attempts are recorded.
    public var log = RefusalLogConfiguration()
    /// Where every request is recorded; nil for nowhere.
    public var accessLog: AccessLogConfiguration?
    /// What becomes of requests' trace context.
    public var trace = TraceMode.pass
    /// Peers whose `Forwarded`, `X-Forwarded-*` and identity fields are believed.
    public var trustedProxies: [NetworkPrefix] = []
    /// Fields that clients may not send, beside the default list.
    ///
    /// Origin servers take them for a proxy's word. A last `*` stands for any rest of a name.
    public var identityFieldsToStrip: [String] = []
    /// Fields of the default list that clients may send; a last `*` stands for any rest of a name.
    public var identityFieldsToKeep: [String] = []

    /// Whether an entry of ``identityFieldsToKeep`` takes anything out of the default list.
    public static func isIdentityField(_ entry: String) -> Bool {
        IdentityFields.isException(entry)
    }
    /// Whether the origin gets the client's Host rather than its own authority.
    public var preservesHost = true
    /// How methodwall names itself in `Via` and `Proxy-Status` (RFC 9110 §7.6.3): a token.
    public var pseudonym = "methodwall"

    /// Whether a thread waits for origins' sockets even where the kernel could wake the event loops
    /// itself; for tests of what happens elsewhere.
    var watchesByThread = false

    /// Creates a configuration with every default.
    public init() {}

    /// How many cores this process may use.
    public static var coreCount: Int { System.coreCount }
}

/// Bounds on clients.
///
/// Times are in milliseconds.
public struct GatewayLimits: Sendable, Equatable {
    /// Bounds on heads, targets, field counts, chunk lines and trailers.
    public var message = MessageLimits()
    /// The largest request content that is forwarded, in octets; nil for no bound.
    public var contentBytesMax: UInt64?
    /// How long a head may take from its first octet (or from accept) to its end.
    public var headTimeoutMilliseconds: Int64 = 10_000
    /// How long a connection may be idle between requests.
    public var idleTimeoutMilliseconds: Int64 = 75_000
    /// How long content may take to bring `bodyProgressBytes` more octets, or its end.
    public var bodyTimeoutMilliseconds: Int64 = 30_000
    /// What counts as progress of a body.
    public var bodyProgressBytes = 1024
    /// How long a client may leave a response unread before it is given up.
    public var sendTimeoutMilliseconds: Int64 = 60_000
    /// How long a tunnel may be without an octet in either direction.
    public var tunnelIdleTimeoutMilliseconds: Int64 = 3_600_000
    /// How many connections may be open in all.
    public var connectionsMax = 10_000
    /// How many connections one client address may have open.
    public var connectionsPerClientMax = 1_000
    /// How many requests one connection may carry.
    public var requestsPerConnectionMax = 100_000
    /// How much content of a refused request is read so that the connection can be kept.
    public var refusedContentBytesMax: UInt64 = 64 * 1024
    /// How long a closing connection is read so that the client sees the answer, not a reset.
    public var lingerMilliseconds: Int64 = 5_000
    /// How much a worker holds for HTTP/2 connections whatever the limits on connections are; less
    /// in tests.
    var heldBytesMin = 48 * 1024 * 1024

    /// Creates the default limits.
    public init() {}
}

/// Where refused attempts are recorded, and what becomes of lines that cannot be written in time.
public struct RefusalLogConfiguration: Sendable, Equatable {
    /// Where the lines go.
    public enum Destination: Sendable, Equatable {
        /// Standard output.
        case standardOutput
        /// A file, opened for appending, reopened on request.
        case file(String)
    }

    /// Where the lines go.
    public var destination = Destination.standardOutput
    /// Whether requests wait while a log cannot keep up, rather than lines being counted as lost.
    public var waitsOnOverflow = false
    /// Whether queries, which may hold secrets, are recorded.
    public var includesQuery = false

    /// Creates the default.
    public init() {}
}
