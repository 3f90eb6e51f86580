/// Every policy of one load, frozen.
///
/// Immutable, safe to share.
///
/// A request keeps the snapshot it began with, so a reload never changes a decision half way.
public final class PolicySnapshot: Sendable {
    /// The most rules that one load may have, in all files together.
    @inlinable public static var rulesMax: Int { 100_000 }
    /// The most different partly literal segments that may stand side by side.
    @inlinable public static var partialSegmentsMax: Int { 64 }
    /// The most places that the search for a rule may visit, whatever the path.
    @inlinable public static var searchCostMax: Int { 2_048 }
    /// The most different sets of clients that one policy's `only` may name.
    @inlinable public static var clientSetsMax: Int { 63 }
    /// The most different sets of clients that one rule's `only` may name.
    @inlinable public static var ruleClientSetsMax: Int { 6 }

    /// What names the load.
    public let version: String
    /// The policies in the order they were given.
    public let policies: [CompiledPolicy]
    /// The names or URLs of the upstreams, each once.
    public let upstreams: [String]

    private let hostTable: HostTable
    private let registry: MethodTable

    init(version: String, policies: [CompiledPolicy], upstreams: [String], hosts: HostTable) {
        self.version = version
        self.policies = policies
        self.upstreams = upstreams
        self.hostTable = hosts
        self.registry = .registry
    }

    /// Checks and freezes policy files.
    ///
    /// - Parameters:
    ///   - definitions: The files, read but not checked.
    ///   - version: What names the load.
    ///   - defaultUpstream: The upstream of files that name none.
    /// - Returns: The snapshot, or every fault of every file.
    public static func compile(
        _ definitions: [PolicyDefinition],
        version: String,
        defaultUpstream: String?
    ) -> Result<PolicySnapshot, PolicyFaults> {
        var compiler = PolicyCompiler(version: version, defaultUpstream: defaultUpstream)
        return compiler.compile(definitions)
    }

    /// Decides on one request of a client that nothing is known of.
    ///
    /// Pure, bounded, allocation-free, and total: it answers for any octets at all. The method is
    /// judged before the host and the path, so that an unknown method gets 501 everywhere.
    ///
    /// - Parameters:
    ///   - method: The method as the client sent it.
    ///   - path: The canonical path, escapes of visible ASCII decoded as in ``PathPattern``; `*`
    ///     for `OPTIONS *`; anything for CONNECT.
    ///   - host: The host without port, in any case; empty if there is none.
    ///   - isPreflight: Whether the request has `Origin` and `Access-Control-Request-Method`. It
    ///     makes a difference to OPTIONS only.
    /// - Returns: What becomes of the request.
    public func decide(
        method: Span<UInt8>,
        path: Span<UInt8>,
        host: Span<UInt8>,
        isPreflight: Bool
    ) -> Decision {
        var request = PolicyRequest(method: method, path: path)
        request.isPreflight = isPreflight
        return decide(request, host: host)
    }

    /// Decides on one request, with what is known of its client, its claims and its destination.
    ///
    /// Pure, bounded and total; allocation-free unless something is reported or refused for one
    /// client and not for another.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - host: The host without port, in any case; empty if there is none.
    /// - Returns: What becomes of the request.
    public func decide(_ request: borrowing PolicyRequest, host: Span<UInt8>) -> Decision {
        guard let index = hostTable.policy(for: host) else {
            let isKnown = registry.bit(of: request.method) != nil
            return .refuse(Refusal(isKnown ? .noPolicyForHost : .unknownMethod, policy: nil))
        }
        return policies[index].decide(request)
    }

    /// The policy that serves a host: exact, then the longest wildcard, then the one without hosts.
    public func policy(forHost host: Span<UInt8>) -> CompiledPolicy? {
        hostTable.policy(for: host).map { policies[$0] }
    }

    /// Every rule of the host's policy that matches a path, the most specific first.
    ///
    /// The first one decides; the others are for people who ask why. It allocates.
    public func candidates(path: Span<UInt8>, host: Span<UInt8>) -> [CompiledRule] {
        guard let policy = policy(forHost: host) else { return [] }
        return policy.table.rules(matching: path).map { policy.rules[$0] }
    }
}
