/// The head of an HTTP/1 response, read as strictly as a request's (RFC 9112 sections 4 to 6).
///
/// It holds ranges of the octets that it was read from. One value serves every response of a
/// connection: `reset()` keeps the field array's capacity.
public struct ResponseHead: ~Copyable {
    /// Which part of the head the next octet belongs to.
    enum Stage {
        case version, status, reason, fields, finished, failed
    }

    var stage = Stage.version
    /// Why the stage is `failed`.
    var fault = MessageFault(.invalidStatusLine)
    /// How far the status line was looked at.
    var position = 0
    var reader = FieldLineReader(sectionStart: 0)
    var summary = FieldSummary()

    /// Octets of the head, its final empty line included.
    public internal(set) var length = 0
    /// The version that the origin server speaks.
    public internal(set) var version = HTTPVersion.http11
    /// The status code, from 100 to 599.
    public internal(set) var status = 0
    /// The reason phrase, perhaps empty.
    public internal(set) var reason = ByteRange.empty
    /// The field lines, in order.
    public internal(set) var fields: [FieldLine] = []
    /// How the end of the content is found.
    public internal(set) var framing = BodyFraming.none
    /// Whether the connection can carry another request after this response.
    ///
    /// False also where the response's own framing makes that unsafe.
    public internal(set) var keepsAlive = false

    /// Makes a head that has read nothing.
    public init() {}

    /// Forgets the response, keeps the field array's capacity.
    public mutating func reset() {
        stage = .version
        position = 0
        reader = FieldLineReader(sectionStart: 0)
        summary = FieldSummary()
        length = 0
        version = .http11
        status = 0
        reason = .empty
        fields.removeAll(keepingCapacity: true)
        framing = .none
        keepsAlive = false
    }

    /// Whether another response to the same request follows: status 100 to 199 (RFC 9110 section
    /// 15.2).
    public var isInformational: Bool { 100...199 ~= status }

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
    public func isHopByHop(_ line: FieldLine, in bytes: Span<UInt8>) -> Bool {
        summary.isHopByHop(line, of: fields, in: bytes)
    }
}
