import HTTPMessage

/// A message as one parser read it off the wire, in octets.
struct WireMessage: Equatable {
    struct Line: Equatable {
        let name: [UInt8]
        var value: [UInt8]
    }

    /// The method and target of a request, the status code of a response.
    var start: String
    var version: String
    var lines: [Line]
    var content: [UInt8] = []
    var trailers: [Line] = []
    /// Whether the message's end was seen.
    var isComplete = false

    /// Whether a field is among the lines; `name` in lower case.
    func has(_ name: String) -> Bool { count(of: name) > 0 }

    /// How many lines a field has; `name` in lower case.
    func count(of name: String) -> Int {
        lines.count { line in String(decoding: line.name, as: UTF8.self).lowercased() == name }
    }

    /// Whether a line of a field has HTAB in its value; `name` in lower case.
    func hasTab(in name: String) -> Bool {
        lines.contains { line in
            String(decoding: line.name, as: UTF8.self).lowercased() == name
                && line.value.contains(0x09)
        }
    }

    /// Whether a field is among the trailers; `name` in lower case.
    func hasTrailer(_ name: String) -> Bool {
        trailers.contains { String(decoding: $0.name, as: UTF8.self).lowercased() == name }
    }

    /// The same message without the white space behind field values.
    var trimmingValues: WireMessage {
        var message = self
        message.lines = lines.map(\.trimmingValue)
        message.trailers = trailers.map(\.trimmingValue)
        return message
    }
}

extension WireMessage.Line {
    /// The line with a value whose invalid UTF-8 is repaired, as NIOHTTP1 holds values as strings.
    init(_ name: String, _ value: String) {
        self.init(name: Array(name.utf8), value: Array(value.utf8))
    }

    /// A line of the octets it was read from, repaired in the same way.
    init(_ line: FieldLine, of octets: [UInt8]) {
        self.init(text(octets, line.name), text(octets, line.value))
    }

    fileprivate var trimmingValue: WireMessage.Line {
        var line = self
        while let last = line.value.last, last == 0x20 || last == 0x09 { line.value.removeLast() }
        return line
    }
}

/// What a parser made of all the octets of a connection.
struct WireReading {
    enum Stop: Equatable {
        /// The octets are used up, perhaps within a message.
        case exhausted
        /// What follows is another protocol's, or is not to be read.
        case connectionOver
        case fault(String)
    }

    var messages: [WireMessage] = []
    var stop = Stop.exhausted
    /// Steps that took longer than their input allows; nil where none did.
    var excess: String?
}

/// The octets of a range as text.
func text(_ octets: [UInt8], _ range: ByteRange) -> String {
    String(decoding: octets[range.lowerBound..<range.upperBound], as: UTF8.self)
}

extension HTTPVersion {
    /// The version as it is written.
    var text: String {
        switch self {
        case .http10: "1.0"
        case .http11: "1.1"
        }
    }
}

extension BodyFraming {
    /// The framing's kind, for a signature.
    var kind: String {
        switch self {
        case .none: "none"
        case .length: "length"
        case .chunked: "chunked"
        case .untilClose: "until_close"
        }
    }
}
