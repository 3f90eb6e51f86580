internal import HTTPMessage

/// Identical attempts of one client within one window: what they are and how many.
///
/// The octets are copies, bounded by `identityBytesMax` and the log's bounds, in arrays that keep
/// their memory when the entry is used again.
struct FoldEntry {
    /// The longest identity that is folded; a longer one always gets lines of its own.
    static var identityBytesMax: Int { 1024 }

    /// What makes attempts identical: address, method, path, host and query, one after another.
    private(set) var identity: [UInt8] = []
    private var lengths = IdentityLengths()
    private(set) var hash = 0
    private var status = 0
    private var decision = LoggedDecision.refused
    private var reason = ""
    private var detail = ""
    private var effectiveMethod: [UInt8] = []
    private var overrideCarrier = ""
    private var origin: FailedOrigin?
    private var context = RefusalContext()

    /// What the latest attempt had beside that: request identifier and User-Agent, and more.
    private var latest: [UInt8] = []
    private var requestIDCount = 0
    private var clientPort: UInt16 = 0
    private var protocolVersion = ""
    private var trace: TraceParent?
    /// When the latest attempt was.
    private(set) var latestUnixMilliseconds: Int64 = 0

    /// How many attempts have come that no line stands for yet.
    private(set) var unwritten: UInt64 = 0
    /// When the window ends.
    private(set) var endsAtMilliseconds: Int64 = 0
    /// The next entry in the same bucket, or next in the list of free ones.
    var next = FoldTable.none

    /// Becomes the entry of an attempt that gets its line now.
    mutating func begin(
        _ attempt: borrowing RefusedAttempt,
        hash: Int,
        withQuery: Bool,
        endsAtMilliseconds: Int64
    ) {
        let request = attempt.request
        identity.removeAll(keepingCapacity: true)
        identity.append(octetsOf: request.clientAddress)
        identity.append(octetsOf: request.method)
        identity.append(octetsOf: request.path)
        identity.append(octetsOf: request.host)
        if withQuery {
            identity.append(octetsOf: request.query)
        }
        lengths = IdentityLengths(of: request)
        self.hash = hash
        status = attempt.status
        decision = attempt.decision
        reason = attempt.reason
        detail = attempt.detail
        effectiveMethod = attempt.effectiveMethod
        overrideCarrier = attempt.overrideCarrier
        origin = attempt.origin
        context = attempt.context
        unwritten = 0
        self.endsAtMilliseconds = endsAtMilliseconds
    }

    /// Whether an attempt is identical to the ones counted here.
    func matches(_ attempt: borrowing RefusedAttempt, hash: Int, withQuery: Bool) -> Bool {
        guard
            self.hash == hash, lengths == IdentityLengths(of: attempt.request),
            status == attempt.status, decision == attempt.decision,
            reason == attempt.reason, detail == attempt.detail, context == attempt.context,
            effectiveMethod == attempt.effectiveMethod, overrideCarrier == attempt.overrideCarrier,
            origin == attempt.origin
        else { return false }
        let request = attempt.request
        var offset = 0
        return hasOctets(request.clientAddress, at: &offset)
            && hasOctets(request.method, at: &offset)
            && hasOctets(request.path, at: &offset)
            && hasOctets(request.host, at: &offset)
            && (!withQuery || hasOctets(request.query, at: &offset))
    }

    /// Counts one more attempt and keeps what is its own, for the line that will stand for it.
    mutating func count(_ attempt: borrowing RefusedAttempt, unixMilliseconds: Int64) {
        latest.removeAll(keepingCapacity: true)
        let requestID = attempt.requestID.extracting(first: LogBound.ownTextBytesMax)
        latest.append(octetsOf: requestID)
        requestIDCount = requestID.count
        // One octet more than a line shows, so that the line still knows that it was cut, and three
        // so that the cut falls where it would have fallen in the whole value.
        let request = attempt.request
        latest.append(octetsOf: request.userAgent.extracting(first: Self.userAgentBytesKept))
        clientPort = request.clientPort
        protocolVersion = request.protocolVersion
        trace = attempt.trace
        latestUnixMilliseconds = unixMilliseconds
        unwritten &+= 1
    }

    /// Begins another window after the attempts of the last one have been written.
    mutating func renew(endsAtMilliseconds: Int64) {
        unwritten = 0
        self.endsAtMilliseconds = endsAtMilliseconds
    }

    /// Calls `body` with the latest attempt as it came.
    func withLatestAttempt(_ body: (borrowing RefusedAttempt) -> Void) {
        var offset = 0
        let whole = identity.span
        func part(_ count: Int) -> Range<Int> {
            defer { offset += count }
            return offset..<min(offset + count, whole.count)
        }
        let clientAddress = whole.extracting(part(lengths.clientAddress))
        let method = whole.extracting(part(lengths.method))
        let path = whole.extracting(part(lengths.path))
        let host = whole.extracting(part(lengths.host))
        let query = whole.extracting(offset..<whole.count)
        let own = latest.span
        var request = LoggedRequest(
            method: method,
            path: path,
            query: query,
            host: host,
            userAgent: own.extracting(requestIDCount..<own.count),
            clientAddress: clientAddress
        )
        request.clientPort = clientPort
        request.protocolVersion = protocolVersion
        var attempt = RefusedAttempt(
            request,
            requestID: own.extracting(0..<requestIDCount),
            context: context
        )
        attempt.trace = trace
        attempt.status = status
        attempt.decision = decision
        attempt.reason = reason
        attempt.detail = detail
        attempt.effectiveMethod = effectiveMethod
        attempt.overrideCarrier = overrideCarrier
        attempt.origin = origin
        body(attempt)
    }

    /// How much of a User-Agent is kept: a whole character may straddle the bound.
    private static var userAgentBytesKept: Int { LogBound.userAgentBytesMax + 4 }

    private func hasOctets(_ octets: Span<UInt8>, at offset: inout Int) -> Bool {
        guard octets.count <= identity.count - offset else { return false }
        for index in 0..<octets.count where identity[offset + index] != octets[index] {
            return false
        }
        offset += octets.count
        return true
    }
}

/// Where the parts of an identity end, so that no octet can move from one part to the next.
private struct IdentityLengths: Equatable {
    var clientAddress = 0
    var method = 0
    var path = 0
    var host = 0

    init() {}

    init(of request: LoggedRequest) {
        clientAddress = request.clientAddress.count
        method = request.method.count
        path = request.path.count
        host = request.host.count
    }
}

extension [UInt8] {
    /// Appends the octets a span views.
    fileprivate mutating func append(octetsOf span: Span<UInt8>) {
        // The closure does not escape; Array cannot yet append a span.
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
