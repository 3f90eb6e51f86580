import HTTPMessage

/// A field line as text.
struct Field: Equatable, CustomStringConvertible {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    var description: String { "\(name): \(value)" }
}

/// Everything a request head says, as values that can be compared.
struct ParsedRequest: Equatable {
    let outcome: HeadOutcome
    let length: Int
    let method: String
    let target: String
    let path: String
    let query: String?
    let form: TargetForm
    let host: String
    let authority: String
    let version: HTTPVersion
    let fields: [Field]
    let framing: BodyFraming
    let keepsAlive: Bool
    let expectsContinue: Bool
    let hasUnknownExpectation: Bool
    let hasUpgrade: Bool
    let isServerWideOptions: Bool
    let hopByHopNames: [String]

    init(_ head: borrowing RequestHead, outcome: HeadOutcome, bytes: [UInt8]) {
        self.outcome = outcome
        length = head.length
        method = text(bytes, head.method)
        target = text(bytes, head.target)
        path = text(bytes, head.path)
        query = head.hasQuery ? text(bytes, head.query) : nil
        form = head.form
        host = text(bytes, head.host)
        authority = text(bytes, head.authority)
        version = head.version
        fields = head.fields.map { Field(text(bytes, $0.name), text(bytes, $0.value)) }
        framing = head.framing
        keepsAlive = head.keepsAlive
        expectsContinue = head.expectsContinue
        hasUnknownExpectation = head.hasUnknownExpectation
        hasUpgrade = head.hasUpgrade
        isServerWideOptions = head.isServerWideOptions
        var names: [String] = []
        for line in head.fields where head.isHopByHop(line, in: bytes.span) {
            names.append(text(bytes, line.name))
        }
        hopByHopNames = names
    }

    /// The fault's kind, nil for a head that is not malformed.
    var fault: MessageFault.Code? { outcome.fault?.code }

    /// The status code that answers the fault.
    var status: Int? { outcome.fault?.status }
}

extension HeadOutcome {
    /// The fault of a malformed head.
    var fault: MessageFault? {
        if case .malformed(let fault) = self { fault } else { nil }
    }
}

/// The octets of a range as text.
func text(_ bytes: [UInt8], _ range: ByteRange) -> String {
    String(decoding: bytes[range.lowerBound..<range.upperBound], as: UTF8.self)
}

/// Reads a request head that arrives whole.
func parseRequest(_ bytes: [UInt8], limits: MessageLimits = MessageLimits()) -> ParsedRequest {
    var head = RequestHead()
    let outcome = head.parse(bytes.span, limits: limits)
    return ParsedRequest(head, outcome: outcome, bytes: bytes)
}

/// Reads a request head that arrives whole.
func parseRequest(_ text: String, limits: MessageLimits = MessageLimits()) -> ParsedRequest {
    parseRequest(Array(text.utf8), limits: limits)
}

/// Reads a GET request with these field lines, each to be ended by CRLF, behind `Host: a`.
func parseFields(_ lines: String, limits: MessageLimits = MessageLimits()) -> ParsedRequest {
    parseRequest("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n", limits: limits)
}
