public import HTTPMessage
public import MethodPolicy

/// Judges requests: from a head's octets to a decision.
///
/// The gateway, `explain` and the tests inside policy files all judge by this, so that none of them
/// can see a request otherwise than the others. One value serves any number of requests and keeps
/// its scratch memory, so that judging an ordinary request allocates nothing.
///
/// What a judgement leaves behind is what may be forwarded: the canonical path and the path of
/// `Destination`.
public struct RequestJudge: ~Copyable {
    /// The canonical path, where it differs from the path as sent; see ``isPathAsSent``.
    public private(set) var path: [UInt8] = []
    /// Whether the path as sent is canonical, so that ``path`` holds nothing.
    public private(set) var isPathAsSent = true
    /// The canonical path that `Destination` names; empty if the request has none.
    public private(set) var destination: [UInt8] = []
    /// The methods that the head claims beside that of its request line.
    public private(set) var claims: [MethodClaim] = []

    private var matchingPath: [UInt8] = []
    private var isMatchingPathUsed = false
    private var matchingDestination: [UInt8] = []
    private var destinationFault: DestinationFault?
    private var found: [ClaimedMethod] = []

    /// Creates a judge that has judged nothing.
    public init() {}

    /// Judges a request: the rows of the decision table, in their order.
    ///
    /// - Parameters:
    ///   - head: The request's head, complete and not CONNECT.
    ///   - bytes: The octets it was read from.
    ///   - policies: The policies in force.
    ///   - client: Who asks.
    /// - Returns: What becomes of it.
    public mutating func judge(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        by policies: JudgedPolicies,
        client: borrowing Client
    ) -> Judgement {
        forget()
        let host = bytes.bytes(in: head.host)
        guard let policy = policies.snapshot.policy(forHost: host) else {
            return judgeUnserved(head, bytes, by: policies)
        }
        let tolerances = PathTolerances(policy.tolerances)
        if let fault = readPath(of: head, bytes, tolerating: tolerances) {
            return .malformed(fault, policy)
        }
        if policy.judgesOverrides, !head.isServerWideOptions {
            readClaims(of: head, bytes, names: policies.overrideNames(of: policy))
        }
        matchingDestination.removeAll(keepingCapacity: true)
        guard head.first(.destination) != nil,
            let fault = readDestination(of: head, bytes, tolerating: tolerances)
        else { return .decided(decide(head, bytes, by: policy, client: client)) }
        // Whether it matters is for the decision: to most services Destination is any field.
        destinationFault = fault.code == .foreignDestination ? .foreign : .malformed
        destination.removeAll(keepingCapacity: true)
        switch decide(head, bytes, by: policy, client: client) {
        case .refuse(let refusal) where refusal.reason == .malformedRequest:
            return .malformed(fault, policy)
        case let decision:
            return .decided(decision)
        }
    }

    private mutating func forget() {
        isPathAsSent = true
        isMatchingPathUsed = false
        destinationFault = nil
        if !claims.isEmpty { claims.removeAll(keepingCapacity: true) }
        if !destination.isEmpty { destination.removeAll(keepingCapacity: true) }
    }

    /// A host that no policy serves: the path still has to be one, as row 1 comes before row 3.
    private mutating func judgeUnserved(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        by policies: JudgedPolicies
    ) -> Judgement {
        if let fault = readPath(of: head, bytes, tolerating: []) { return .malformed(fault, nil) }
        let request = PolicyRequest(method: bytes.bytes(in: head.method), path: Span())
        return .decided(policies.snapshot.decide(request, host: bytes.bytes(in: head.host)))
    }

    /// What the policy says of what was read.
    private func decide(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        by policy: CompiledPolicy,
        client: borrowing Client
    ) -> Decision {
        let method = bytes.bytes(in: head.method)
        if isMatchingPathUsed {
            return decide(head, method, matchingPath.span, by: policy, client: client)
        }
        if isPathAsSent {
            return decide(head, method, bytes.bytes(in: head.path), by: policy, client: client)
        }
        return decide(head, method, path.span, by: policy, client: client)
    }

    private func decide(
        _ head: borrowing RequestHead,
        _ method: Span<UInt8>,
        _ path: Span<UInt8>,
        by policy: CompiledPolicy,
        client: borrowing Client
    ) -> Decision {
        var request = PolicyRequest(
            method: method,
            path: path,
            destination: matchingDestination.span
        )
        request.destinationFault = destinationFault
        request.isPreflight = head.isPreflight
        if !claims.isEmpty { request.claims = claims }
        request.client = copy client
        return policy.decide(request)
    }

    // MARK: Reading

    /// Finds the canonical path and the form of it that patterns are compared with, most often both
    /// the path as sent.
    private mutating func readPath(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        tolerating tolerances: PathTolerances
    ) -> MessageFault? {
        if head.isServerWideOptions {
            isPathAsSent = false
            path.removeAll(keepingCapacity: true)
            path.append(0x2A)
            return nil
        }
        let sent = bytes.bytes(in: head.path)
        switch CanonicalPath.canonicalize(sent, into: &path, tolerating: tolerances) {
        case .unchanged:
            isMatchingPathUsed = CanonicalPath.matchingForm(
                of: sent,
                into: &matchingPath,
                tolerating: tolerances
            )
        case .rewritten:
            isPathAsSent = false
            isMatchingPathUsed = Self.matchingForm(of: path, into: &matchingPath, tolerances)
        case .refused(let fault):
            return fault
        }
        return nil
    }

    private mutating func readClaims(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        names: OverrideNames
    ) {
        found.removeAll(keepingCapacity: true)
        ClaimReader.fieldClaims(of: head, bytes, names: names, into: &found)
        if head.hasQuery {
            let query = bytes.bytes(in: head.query)
            ClaimReader.queryClaims(query, names: names, into: &found)
        }
        for claim in found { claims.append(MethodClaim(claim, names: names)) }
    }

    private mutating func readDestination(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        tolerating tolerances: PathTolerances
    ) -> MessageFault? {
        let sent: ByteRange
        switch DestinationReference(of: head, bytes) {
        case .none: return nil
        case .path(let range): sent = range
        case .refused(let fault): return fault
        }
        let path = bytes.bytes(in: sent)
        switch CanonicalPath.canonicalize(path, into: &destination, tolerating: tolerances) {
        case .unchanged: for index in 0..<path.count { destination.append(path[index]) }
        case .rewritten: break
        case .refused(let fault): return fault
        }
        if !Self.matchingForm(of: destination, into: &matchingDestination, tolerances) {
            matchingDestination = destination
        }
        return nil
    }

    private static func matchingForm(
        of path: [UInt8],
        into output: inout [UInt8],
        _ tolerances: PathTolerances
    ) -> Bool {
        CanonicalPath.matchingForm(of: path.span, into: &output, tolerating: tolerances)
    }
}

extension RequestHead {
    /// Whether this is a CORS preflight: OPTIONS with Origin and Access-Control-Request-Method
    /// (Fetch standard, "CORS-preflight request").
    ///
    /// That it is OPTIONS is for the decision to see.
    public var isPreflight: Bool {
        first(.origin) != nil && first(.accessControlRequestMethod) != nil
    }
}

extension PathTolerances {
    /// What a policy tolerates in paths.
    public init(_ tolerances: PolicyTolerances) {
        self = []
        if tolerances.contains(.semicolon) { insert(.semicolon) }
        if tolerances.contains(.encodedSlash) { insert(.encodedSlash) }
    }
}

extension MethodClaim {
    /// A claim as the policy judges it, with the name that the policy gives its carrier.
    public init(_ claim: ClaimedMethod, names: OverrideNames) {
        let (carrier, known): (Carrier, [String]) =
            switch claim.carrier {
            case .field: (.field, names.fields)
            case .query: (.query, names.parameters)
            case .content: (.content, names.parameters)
            }
        let name = known.indices.contains(claim.nameIndex) ? known[claim.nameIndex] : ""
        self.init(carrier: carrier, name: name, method: claim.value)
    }
}
