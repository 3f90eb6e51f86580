/// What the admin listener tells of, and what it can have done.
///
/// The listener knows nothing of the gateway. Every member may be asked at any time, from several
/// threads, and does not run on the listener's event loop.
public protocol AdminSource: Sendable {
    /// Whether the process is ready for requests.
    func readiness() async -> AdminReadiness
    /// The counts and gauges.
    func metrics() async -> GatewayMetrics
    /// The policies in force.
    func policy() async -> PolicyListing
    /// The state of the process.
    func status() async -> AdminStatus
    /// What becomes of a request.
    func explain(_ query: ExplainQuery) async -> AdminExplanation
    /// Reads certificates and policies anew, and puts in force what is right.
    func reload() async -> AdminReload
}

/// Whether the process is ready for requests.
public struct AdminReadiness: Sendable, Equatable {
    /// Why it is not ready, in sentences; empty if it is.
    public var reasons: [String]
    /// What is wrong without making it unready, in sentences.
    public var warnings: [String]

    /// Whether it is ready.
    public var isReady: Bool { reasons.isEmpty }

    /// Makes one.
    ///
    /// - Parameters:
    ///   - reasons: Why it is not ready.
    ///   - warnings: What is wrong without making it unready.
    public init(reasons: [String] = [], warnings: [String] = []) {
        self.reasons = reasons
        self.warnings = warnings
    }
}

/// A request to be explained, as `/explain` names it.
public struct ExplainQuery: Sendable, Equatable {
    /// The method.
    public var method: String
    /// The path, with its query if it has one.
    public var path: String
    /// The host.
    public var host: String?
    /// The address of the client.
    public var client: String?
    /// The value of the `Origin` field.
    public var origin: String?

    /// Makes one.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path, with its query if it has one.
    ///   - host: The host.
    ///   - client: The address of the client.
    ///   - origin: The value of the `Origin` field.
    public init(
        method: String,
        path: String,
        host: String? = nil,
        client: String? = nil,
        origin: String? = nil
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.client = client
        self.origin = origin
    }
}

/// What came of a question to `/explain`.
public enum AdminExplanation: Sendable, Equatable {
    /// The explanation, a JSON text.
    case explained(json: String)
    /// The question makes no sense, for this reason.
    case invalid(reason: String)
}

/// What came of a reload.
public enum AdminReload: Sendable, Equatable {
    /// The policies with this version are in force.
    case reloaded(version: String)
    /// The files have errors; the policies in force stay.
    case rejected(errors: [String])
}
