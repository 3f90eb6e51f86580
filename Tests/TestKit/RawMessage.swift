/// One field line as it stood on the wire, octets read as ISO-8859-1.
public struct RawField: Sendable, Equatable, CustomStringConvertible {
    /// The field name, case kept.
    public let name: String
    /// The field value without the spaces around it.
    public let value: String

    /// The line without its line end.
    public var description: String { "\(name): \(value)" }
}

/// The start line and field lines of one message, and the octets they were read from.
public struct RawHead: Sendable {
    /// Every octet of the head, the final empty line included.
    public let octets: [UInt8]
    /// The request line or status line.
    public let startLine: String
    /// The field lines in order.
    public let fields: [RawField]

    /// Splits `octets`, which end with an empty line.
    public init(_ octets: [UInt8]) throws {
        self.octets = octets
        let lines = Self.lines(octets)
        guard let first = lines.first else { throw WireError.malformed("empty head") }
        startLine = first
        fields = try Self.fields(lines.dropFirst())
    }

    /// The value of the first field line called `name`, in any case.
    public subscript(_ name: String) -> String? { values(name).first }

    /// The values of all field lines called `name`, in any case.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The members of all field lines called `name`, split at commas.
    public func members(_ name: String) -> [String] {
        values(name).flatMap { $0.split(separator: ",") }.map { $0.trimmed }
    }

    static func lines(_ octets: [UInt8]) -> [String] {
        var lines = String(latin1: octets).splitLines()
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    static func fields(_ lines: some Sequence<String>) throws -> [RawField] {
        try lines.map { line in
            guard let colon = line.firstIndex(of: ":") else {
                throw WireError.malformed("no colon in \(line)")
            }
            let value = line[line.index(after: colon)...]
            return RawField(name: String(line[..<colon]), value: value.trimmed)
        }
    }
}

/// One request as an origin saw it.
public struct RawRequest: Sendable {
    /// The head.
    public let head: RawHead
    /// The content, chunked coding taken off.
    public let body: [UInt8]
    /// The trailer fields.
    public let trailers: [RawField]

    /// The method.
    public var method: String { part(0) }
    /// The request target.
    public var target: String { part(1) }

    private func part(_ index: Int) -> String {
        let parts = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
        return index < parts.count ? String(parts[index]) : ""
    }

    /// The value of the first field line called `name`, in any case.
    public subscript(_ name: String) -> String? { head[name] }
}

/// One final response as a client saw it, with the interim responses before it.
public struct RawResponse: Sendable {
    /// The 1xx responses that came first.
    public let interim: [RawHead]
    /// The final response's head.
    public let head: RawHead
    /// The content, chunked coding taken off.
    public let body: [UInt8]
    /// The trailer fields.
    public let trailers: [RawField]
    /// Whether the content's end was the connection's end.
    public let endedByClose: Bool

    /// The status code; nought when the status line has none.
    public var status: Int { Self.status(head) }

    /// The content as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first field line called `name`, in any case.
    public subscript(_ name: String) -> String? { head[name] }

    /// The members of all field lines called `name`, split at commas.
    public func members(_ name: String) -> [String] { head.members(name) }

    static func status(_ head: RawHead) -> Int {
        let parts = head.startLine.split(separator: " ")
        return parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    }
}

extension String {
    /// Reads octets as ISO-8859-1, so that no octet is lost.
    public init(latin1 octets: some Sequence<UInt8>) {
        self.init(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
    }

    /// The text between CRLF line ends.
    func splitLines() -> [String] {
        // CR LF is one Character, so the split is on Characters.
        split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: blank).reversed().drop(while: blank).reversed())
    }
}
