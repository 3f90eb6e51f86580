internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

/// What an exchange has to remember of its request once the head's octets are gone.
struct ForwardedRequest {
    /// The CORS fields of the response, and the Origin they answer.
    struct CORS {
        var fields: CORSFields
        var origin: [UInt8]
    }

    private final class Trace {
        let parent: TraceParent
        init(_ parent: TraceParent) { self.parent = parent }
    }

    /// HEAD: the response has no content whatever it says (RFC 9110 §9.3.2).
    let isHead: Bool
    let isOptions: Bool
    /// Safe to send again if no response came (RFC 9110 §9.2.2), and without content.
    let isRepeatable: Bool
    let framing: BodyFraming
    let version: HTTPVersion
    let identifier: RequestIdentifier
    /// Room for a trace lies apart: most requests have none.
    private let traceOfItsOwn: Trace?
    /// Who asked.
    let client: Requester
    /// The method, path and host as sent, one behind the other.
    private let identity: [UInt8]
    private let methodCount: Int
    private let pathCount: Int
    /// The client waits for an interim response before it sends content (RFC 9110 §10.1.1).
    let expectsContinue: Bool
    /// NTLM and Negotiate authenticate a connection, so theirs is never shared (libcurl or not).
    let authenticatesConnection: Bool
    /// Whether the client's connection closes behind the response.
    var closes = false
    var cors: CORS?
    /// The value of User-Agent, where content may yet be refused and that be logged.
    var userAgent: [UInt8] = []
    /// What a forwarded OPTIONS may say of `Allow`, at most; nil leaves the origin's as it is.
    var allowed: [UInt8]?

    /// The trace that it belongs to.
    var trace: TraceParent? { traceOfItsOwn?.parent }

    init(
        worker: Worker,
        client: Requester,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        self.client = client
        let method = bytes.bytes(in: head.method)
        isHead = method.equals("HEAD")
        isOptions = method.equals("OPTIONS")
        framing = head.framing
        let isIdempotent =
            isHead || isOptions || method.equals("GET") || method.equals("PUT")
            || method.equals("DELETE")
        isRepeatable = isIdempotent && (framing == .none || framing == .length(0))
        version = head.version
        expectsContinue = head.expectsContinue
        identifier = worker.identifier
        traceOfItsOwn = worker.trace.parent.map(Trace.init)
        let path = bytes.bytes(in: head.path)
        let host = bytes.bytes(in: head.authority)
        var identity: [UInt8] = []
        identity.reserveCapacity(method.count + path.count + host.count)
        for index in 0..<method.count { identity.append(method[index]) }
        for index in 0..<path.count { identity.append(path[index]) }
        for index in 0..<host.count { identity.append(host[index]) }
        self.identity = identity
        methodCount = method.count
        pathCount = path.count
        authenticatesConnection = Self.authenticatesConnection(head, bytes)
    }

    /// The method as sent.
    var method: Span<UInt8> {
        @_lifetime(borrow self)
        get { identity.span.bytes(in: ByteRange(0, methodCount)) }
    }

    /// The path as sent.
    var path: Span<UInt8> {
        @_lifetime(borrow self)
        get { identity.span.bytes(in: ByteRange(methodCount, methodCount + pathCount)) }
    }

    /// The host as sent, with its port.
    var host: Span<UInt8> {
        @_lifetime(borrow self)
        get { identity.span.bytes(in: ByteRange(methodCount + pathCount, identity.count)) }
    }

    private static func authenticatesConnection(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard let line = head.first(.authorization) else { return false }
        return isConnectionScheme(bytes.bytes(in: line.value))
    }

    /// Whether credentials or a challenge are of a scheme that authenticates connections.
    static func isConnectionScheme(_ value: Span<UInt8>) -> Bool {
        value.bytes(in: ByteRange(0, 4)).equalsIgnoringCase("ntlm")
            || value.bytes(in: ByteRange(0, 9)).equalsIgnoringCase("negotiate")
    }
}
