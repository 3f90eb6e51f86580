internal import Curl
internal import HTTPMessage
internal import Judgement
internal import MethodPolicy
internal import NIOCore

/// One permitted request and its response: the client's connection on one side, an origin's on the
/// other, and bounded buffers between.
///
/// The request side is in `Exchange+Request`, the response side in `Exchange+Response`. Every end
/// goes through `finish`, once.
final class Exchange {
    enum OriginState {
        /// Nothing was asked for yet, or everything is over.
        case none
        /// Waiting for a connection of the pool's.
        case waiting
        case connecting(OriginConnection)
        case ready(OriginConnection)
    }

    enum ResponseState {
        case awaitingHead
        case content
        /// Both sides speak another protocol, which passes unread.
        case tunnel
        case done
    }

    let request: ForwardedRequest
    /// The proof that the policy allowed this; it is spent here.
    private let permit: Permit
    /// The policies that decided; newer ones may be in force before the exchange is over.
    let policy: PolicyState
    /// What the client offers for a WebSocket connection; nil if it does not ask for one.
    var offer: WebSocketOffer?
    /// Looks content through for method overrides; nil where none can matter.
    var scanner: FormScanner?
    /// Scanned content that is not forwarded yet: the value so far of a method that it claims.
    var unsettled: [UInt8] = []
    /// The client; nil once it is gone.
    private(set) var client: ClientConnection?
    let worker: Worker
    private let upstream: Upstream?

    private(set) var origin = OriginState.none
    /// Octets for the origin: the head, and content behind it.
    var upload = OctetBuffer()
    /// How many of them it has taken.
    var uploadSent = 0
    var isContentComplete = false
    var uploadedContentBytes: UInt64 = 0
    /// Whether it was sent a second time.
    private(set) var wasResent = false
    /// The targets where it failed.
    private(set) var triedTargets = TargetSet()

    var response = ResponseState.awaitingHead
    var interimResponses = 0
    var responseBody = BodyReader(.none, limits: MessageLimits())
    var clientFraming = BodyFraming.none
    /// Whether the response's head said that the client's connection closes behind it.
    var closesClient = false
    /// Octets of a response head, chunk line or trailer section that is not complete yet.
    var partial = ByteBuffer()
    /// Whether the kernel may have more for us than we have read.
    var mayReceive = false
    var sawHangup = false
    /// Whether any octet of a response has arrived on this connection.
    var sawResponse = false
    /// Whether the origin's connection has taken any octet of the request.
    var hasSent = false
    let startedMilliseconds: Int64
    /// Whether the origin's connection can serve another exchange.
    var keepsOrigin = true
    private var deadlineMilliseconds: Int64 = .max

    /// How much is held for an origin that does not take it, and for a client.
    static let uploadBytesMax = 64 * 1024

    init(
        _ request: consuming ForwardedRequest,
        permit: consuming Permit,
        by policy: PolicyState,
        client: ClientConnection,
        upstream: Upstream?
    ) {
        keepsOrigin = !request.authenticatesConnection
        self.request = request
        self.permit = permit
        self.policy = policy
        self.client = client
        self.worker = client.worker
        startedMilliseconds = client.worker.now.monotonicMilliseconds
        self.upstream = upstream
    }

    /// Writes the request's head into `upload`, while its octets are there.
    func writeHead(
        _ edits: RequestEdits,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        guard let client, let upstream else { return }
        let writer = RequestHeadWriter(
            worker: worker,
            client: client,
            upstream: upstream,
            edits: edits
        )
        // Made here and put in its place whole: an access to a class's property costs a check.
        var written = worker.takeUploadBuffer()
        writer.write(head, bytes, into: &written)
        swap(&written, &upload)
    }

    func start() {
        guard let upstream else { return originFailed(.misconfigured) }
        origin = .waiting
        setDeadline()
        upstream.enqueue(self)
    }

    // MARK: The origin's connection

    var isWaitingForOrigin: Bool { if case .waiting = origin { true } else { false } }

    var connection: OriginConnection? {
        if case .ready(let connection) = origin { connection } else { nil }
    }

    /// The client as a number; 0 for one without an address.
    var clientNumber: UInt64 { request.client.client.address?.clientNumber ?? 0 }

    func originConnecting(_ connection: OriginConnection) {
        origin = .connecting(connection)
        client?.access?.target = connection.pool.url.description
    }

    func originReady(_ connection: OriginConnection) {
        origin = .ready(connection)
        client?.access?.target = connection.pool.url.description
        setDeadline()
        // What comes of it may be an answer already.
        client?.flush()
    }

    /// What libcurl reports of this exchange's connection.
    func originChanged(_ connection: OriginConnection, _ events: CurlConnection.Events) {
        if events.contains(.failed) {
            let error = connection.transport.connectFailure
            let failure: OriginFailure =
                error?.kind == .connectTimeout
                ? .connectTimeout : .connect(error ?? CurlError(kind: .other, description: ""))
            originFailed(failure)
            return
        }
        if events.contains(.connected) { origin = .ready(connection) }
        if events.contains(.hangup) { sawHangup = true }
        if events.contains(.readable) { mayReceive = true }
        flushToOrigin()
        receiveResponse()
        client?.flush()
    }

    // MARK: Ends

    /// Ends the exchange without a (whole) response from the origin.
    func originFailed(_ failure: OriginFailure) {
        guard let client else { return finish(releases: false) }
        noteFailure(failure)
        if response == .awaitingHead, canRetry(failure) { return retry() }
        let hadAnswered = hasAnswered
        client.recordFailure(failure, self, isCut: hadAnswered)
        worker.metrics.countFailure(failure.proxyError, of: upstreamName)
        finish(releases: false)
        if hadAnswered {
            worker.counters.originFailures &+= 1
            client.abort()
        } else {
            client.answerFailure(failure, request)
        }
        // Where this came of another connection's event, nobody else sends the answer.
        if client.isIdleNow { client.flush() }
    }

    // MARK: Method overrides

    /// The names that carry a method beside the request line.
    var overrideNames: OverrideNames { policy.judged.overrideNames(of: permit.policy) }

    var isScanned: Bool { scanner != nil }

    /// Whether the policy only reports what it would refuse.
    var isReported: Bool { permit.mode == .report }

    /// Lets the scanner judge what it still holds; nothing is scanned any more.
    func finishScan(into claims: inout [ClaimedMethod]) -> MessageFault? {
        let fault = scanner?.finish(into: &claims)
        scanner = nil
        return fault
    }

    /// Whether the policy refuses a method that the content claims.
    func refusal(of claim: ClaimedMethod) -> GatewayRefusal? {
        permit.refusal(of: MethodClaim(claim, names: overrideNames))
            .map { GatewayRefusal($0) }
    }

    /// The refusal of content that cannot be looked through.
    func refusal(unscannable fault: MessageFault) -> GatewayRefusal {
        GatewayRefusal(
            unscannable: fault,
            policy: permit.policy,
            rule: permit.rule,
            view: permit.view
        )
    }

    /// The rule that decided.
    var rule: CompiledRule? { permit.rule }

    /// The name or URL of the upstream.
    var upstreamName: String {
        let names = policy.snapshot.upstreams
        return names.indices.contains(permit.upstream) ? names[permit.upstream] : ""
    }

    /// The URL of the target that it is sent to; empty while there is none.
    var target: String {
        switch origin {
        case .none, .waiting: ""
        case .connecting(let connection), .ready(let connection):
            connection.pool.url.description
        }
    }

    /// What the rule and the policy were, for the log.
    var logContext: RefusalContext {
        RefusalContext(
            policy: permit.policy.name,
            rule: permit.rule?.pattern,
            ruleAt: permit.rule?.locationText,
            policyVersion: policy.snapshot.version
        )
    }

    // MARK: Trying again

    /// Notes at which target this failed, and whether that speaks against its health.
    private func noteFailure(_ failure: OriginFailure) {
        let connection: OriginConnection
        switch origin {
        case .none, .waiting: return
        case .connecting(let last), .ready(let last): connection = last
        }
        // One that was used before may be closed at any time (RFC 9112 §9.5).
        let isStale = connection.wasUsedBefore && !sawResponse
        let isUnwell: Bool
        switch failure {
        case .connect, .connectTimeout: isUnwell = true
        case .responseTimeout: isUnwell = response == .awaitingHead
        case .closedEarly, .broken: isUnwell = !isStale && !sawResponse
        // What one request brings about says little of all others.
        default: isUnwell = false
        }
        // Nothing is known of a target whose connection was old: it may be the one that is well.
        if !isStale { triedTargets.insert(connection.pool.index) }
        connection.pool.failed(isUnwell: isUnwell)
    }

    /// Whether this may be tried once more (RFC 9110 §9.2.2).
    ///
    /// Where no connection could be made nothing was sent, and every other target may be tried.
    /// Where one was made, it is sent a second time at most: if nothing of it was taken, or acting
    /// on it twice does no harm and it has no content.
    private func canRetry(_ failure: OriginFailure) -> Bool {
        guard let upstream, !sawResponse else { return false }
        switch (failure, origin) {
        case (.connect, .connecting), (.connectTimeout, .connecting):
            return upstream.hasUntried(by: self)
        case (.closedEarly, .ready(let connection)), (.broken, .ready(let connection)):
            guard !wasResent, request.isRepeatable || !hasSent else { return false }
            // A new connection that ends at once is not worth another to the same target.
            return connection.wasUsedBefore || upstream.hasUntried(by: self)
        default: return false
        }
    }

    private func retry() {
        switch origin {
        case .none, .waiting: break
        case .connecting(let connection): connection.pool.discard(connection)
        case .ready(let connection):
            wasResent = true
            worker.counters.retries &+= 1
            connection.pool.discard(connection)
        }
        // Nothing of a repeatable request, or of one not sent yet, was dropped from the buffer.
        uploadSent = 0
        origin = .waiting
        mayReceive = false
        sawHangup = false
        hasSent = false
        keepsOrigin = !request.authenticatesConnection
        setDeadline()
        upstream?.retry(self)
    }

    /// The client is gone, or its request turned out unfit: nothing more is asked of the origin.
    func cancel() {
        finish(releases: false)
        client = nil
    }

    func clientLost() {
        client = nil
        finish(releases: false)
    }

    /// Gives the origin's connection back, or closes it.
    func finish(releases: Bool) {
        let last = origin
        origin = .none
        if isTunnel { worker.counters.tunnelsClosed &+= 1 }
        response = .done
        if case .none = last { return }
        worker.giveBack(upload: &upload)
        uploadSent = 0
        switch last {
        case .none, .waiting: break
        case .connecting(let connection): connection.pool.discard(connection)
        case .ready(let connection):
            if releases {
                connection.pool.release(connection, mayHaveMore: mayReceive)
            } else {
                connection.pool.discard(connection)
            }
        }
    }

    /// Whether both sides speak another protocol by now.
    var isTunnel: Bool { response == .tunnel }

    /// Whether octets of the final response may have reached the client.
    var hasAnswered: Bool { response != .awaitingHead }

    // MARK: Time

    func setDeadline() {
        guard let upstream else { return }
        let patience =
            switch response {
            case .awaitingHead: upstream.configuration.responseTimeoutMilliseconds
            case .tunnel: worker.configuration.limits.tunnelIdleTimeoutMilliseconds
            case .content, .done: upstream.configuration.silenceTimeoutMilliseconds
            }
        deadlineMilliseconds = worker.now.monotonicMilliseconds + patience
    }

    /// Whether the origin has been silent, or has taken nothing, for too long.
    ///
    /// Once its response has begun, whether nothing has come from either side.
    func isExpired(_ nowMilliseconds: Int64) -> Bool {
        // An origin that is not listened to, because the client takes nothing, is not to blame.
        if let client, !client.isWritable { return false }
        // Neither is one that waits for content, unless the client waits for its interim response.
        let isOriginsTurn =
            hasAnswered || isContentComplete || unsentCount > 0 || awaitsContinue
        return isOriginsTurn && nowMilliseconds >= deadlineMilliseconds
    }

    func expire() {
        if isTunnel { return endTunnel() }
        originFailed(connection == nil ? .connectTimeout : .responseTimeout)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Exchange: Sendable {}
