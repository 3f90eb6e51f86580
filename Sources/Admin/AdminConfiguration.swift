internal import NIOCore

/// Where the admin listener listens.
public enum AdminAddress: Sendable, Equatable, CustomStringConvertible {
    /// A TCP address; port 0 takes any free port.
    case tcp(host: String, port: Int)
    /// A unix socket, made with mode 0600.
    case unix(path: String)

    /// The address as the configuration writes it.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// How the admin listener runs.
public struct AdminConfiguration: Sendable {
    /// Where it listens.
    public var address: AdminAddress
    /// Names that clients may call it by, beside `localhost` and its addresses; any port.
    ///
    /// A page of another site can make its own name mean this machine (DNS rebinding). It cannot
    /// make the browser send another name than its own.
    public var hosts: [String]

    /// Bounds on clients; tests make them small.
    var limits = AdminLimits()

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - address: Where it listens.
    ///   - hosts: Names that clients may call it by.
    public init(address: AdminAddress, hosts: [String] = []) {
        self.address = address
        self.hosts = hosts
    }
}

/// Bounds on what clients of the admin listener may send, hold and wait for.
struct AdminLimits: Sendable {
    /// Octets of a request target with the names and values of the field lines.
    var headBytesMax = 16 * 1024
    /// Field lines of a head.
    var fieldLinesMax = 100
    /// Octets of a request's content, which is discarded.
    var contentBytesMax = 4 * 1024
    /// Connections at a time.
    var connectionsMax = 64
    /// Event streams at a time.
    var streamsMax = 16
    /// Octets that an event stream may have unread before events are lost.
    var streamBytesMax = 64 * 1024
    /// How long a whole request may take from its first octet, or the first one from accept.
    var requestTimeout = TimeAmount.seconds(10)
    /// How long a connection may be idle between requests.
    var idleTimeout = TimeAmount.seconds(60)
    /// How long an answer may take to be made.
    var answerTimeout = TimeAmount.seconds(60)
    /// How long a client may take nothing of an answer.
    var sendTimeout = TimeAmount.seconds(30)
    /// How long a closing connection is read, so that the client sees the answer and not a reset.
    var lingerTimeout = TimeAmount.seconds(1)
    /// How long refusals are gathered before they are sent.
    var gatherTime = TimeAmount.milliseconds(50)
    /// The time between two comments of an event stream.
    var heartbeat = TimeAmount.seconds(15)
    /// After so many heartbeats in a row that find a stream full, the stream is closed.
    var fullHeartbeatsMax = 4
}

/// What keeps the admin listener from starting, in one line.
public struct AdminError: Error, Sendable, CustomStringConvertible {
    /// The line.
    public let description: String

    init(_ description: String) { self.description = description }
}
