/// The head of an HTTP/1 request, read strictly (RFC 9112 sections 2 to 6).
///
/// It holds ranges of the octets that it was read from, never copies of them. One value serves
/// every request of a connection: `reset()` keeps the field array's capacity, so that reading a
/// head allocates nothing.
public struct RequestHead: ~Copyable {
    /// Which part of the head the next octet belongs to.
    enum Stage {
        case leadingLines, method, path, query, version, fields, finished, failed
    }

    var stage = Stage.leadingLines
    /// Why the stage is `failed`.
    var fault = MessageFault(.invalidRequestLine)
    /// How far the request line was looked at.
    var position = 0
    /// Where the part of the request line being read begins.
    var partStart = 0
    var queryMark: Int?
    var methodKind = RequestTarget.MethodKind.other
    var requestTarget = RequestTarget()
    var effectiveAuthority: Authority?
    var reader = FieldLineReader(sectionStart: 0)
    var summary = FieldSummary()

    /// Octets of the head, its final empty line and empty lines before it included.
    public internal(set) var length = 0
    /// The method, case kept.
    public internal(set) var method = ByteRange.empty
    /// The request target as sent.
    public internal(set) var target = ByteRange.empty
    /// The version that the client speaks.
    public internal(set) var version = HTTPVersion.http11
    /// The field lines, in order.
    public internal(set) var fields: [FieldLine] = []
    /// How the end of the content is found.
    public internal(set) var framing = BodyFraming.none

    /// Makes a head that has read nothing.
    public init() {}

    /// Forgets the request, keeps the field array's capacity.
    public mutating func reset() {
        stage = .leadingLines
        position = 0
        partStart = 0
        queryMark = nil
        methodKind = .other
        requestTarget = RequestTarget()
        effectiveAuthority = nil
        reader = FieldLineReader(sectionStart: 0)
        summary = FieldSummary()
        length = 0
        method = .empty
        target = .empty
        version = .http11
        fields.removeAll(keepingCapacity: true)
        framing = .none
    }

    /// The target's form.
    public var form: TargetForm { requestTarget.form }

    /// The target's path: `*` for asterisk-form, empty for authority-form and where an
    /// absolute-form has none (which means `/`, see `CanonicalPath`).
    public var path: ByteRange { requestTarget.path }

    /// The target's query, without the `?`.
    public var query: ByteRange { requestTarget.query }

    /// Whether the target has a query; an empty one counts.
    public var hasQuery: Bool { requestTarget.hasQuery }

    /// The host that the request is for, without port, as sent: an absolute-form's, else the Host
    /// field's (they agree).
    ///
    /// An IPv6 address keeps its brackets. Empty for HTTP/1.0 without Host.
    public var host: ByteRange { effectiveAuthority?.host ?? .empty }

    /// The same with its port, as sent.
    public var authority: ByteRange { effectiveAuthority?.whole ?? .empty }

    /// Whether the client lets the connection stay open after the response (RFC 9112 section 9.3).
    public var keepsAlive: Bool { summary.keepsAlive(version) }

    /// Whether the client waits for 100 (Continue) before it sends content (RFC 9110 section
    /// 10.1.1).
    public var expectsContinue: Bool { summary.expectsContinue }

    /// Whether an Expect field asks for something that does not exist: 417.
    public var hasUnknownExpectation: Bool { summary.hasUnknownExpectation }

    /// Whether the client asks for another protocol (RFC 9110 section 7.8).
    public var hasUpgrade: Bool { summary.contains(.upgrade) }

    /// Whether the request is for the server as a whole: `OPTIONS *`, or OPTIONS with an
    /// absolute-form that has neither path nor query, which means the same (RFC 9112 section
    /// 3.2.4).
    public var isServerWideOptions: Bool {
        form == .asterisk
            || (form == .absolute && methodKind == .options && path.isEmpty && !hasQuery)
    }

    /// The first line of a field, nil if it has none.
    public func first(_ field: FieldName) -> FieldLine? {
        summary.first(field, of: fields)
    }

    /// How many lines a field has.
    ///
    /// `.other` counts none.
    public func count(of field: FieldName) -> Int {
        summary.count(of: field, in: fields)
    }

    /// Whether a line is for this connection only and must not be forwarded: one of the fixed set,
    /// or named by Connection (RFC 9110 section 7.6.1).
    ///
    /// Connection cannot name away Host, Content-Length, Forwarded, Via or X-Forwarded-*.
    public func isHopByHop(_ line: FieldLine, in bytes: Span<UInt8>) -> Bool {
        summary.isHopByHop(line, of: fields, in: bytes)
    }
}
