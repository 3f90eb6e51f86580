import HTTPMessage

/// A message as a parser saw it on the wire: what two parsers have to agree about.
struct WireMessage: Equatable {
    /// The method and target of a request, the status code of a response.
    var start: String
    var version: String
    var fields: [Field]
    var content: [UInt8] = []
    var trailers: [Field] = []
    /// Whether the message's end was seen.
    var isComplete = false
}

extension WireMessage {
    /// The same message with the white space behind each field value removed.
    var trimmingValues: WireMessage {
        var message = self
        message.fields = fields.map(\.trimmingValue)
        message.trailers = trailers.map(\.trimmingValue)
        return message
    }
}

extension Field {
    /// The same field without white space behind its value.
    fileprivate var trimmingValue: Field {
        let end = value.utf8.lastIndex { $0 != 0x20 && $0 != 0x09 }
        return Field(name, end.map { String(value[...$0]) } ?? "")
    }
}

/// What a parser made of a stream of octets.
struct WireReading {
    /// Why reading stopped.
    enum Stop: Equatable {
        /// The octets are used up, or the last message is not whole.
        case exhausted
        /// What follows on the connection is not HTTP, or is not to be read.
        case connectionOver
        case fault(String)
    }

    var messages: [WireMessage] = []
    var stop = Stop.exhausted
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

extension WireMessage {
    /// Reads content from `rest` into the message; returns what is left, or nil if there is not all
    /// of it.
    mutating func readContent(
        _ framing: BodyFraming,
        from rest: ArraySlice<UInt8>,
        stop: inout WireReading.Stop
    ) -> ArraySlice<UInt8>? {
        let body = readBody(framing, pieces: [rest])
        content = body.content
        if let fault = body.fault { stop = .fault(fault.rawValue) }
        guard body.isFinished else { return nil }
        isComplete = true
        var lines: [FieldLine] = []
        _ = FieldSection.parse(body.trailers.span, limits: MessageLimits(), into: &lines)
        trailers = lines.map { Field(text(body.trailers, $0.name), text(body.trailers, $0.value)) }
        return rest.dropFirst(body.consumed)
    }
}

/// Reads pipelined requests the way the gateway does.
func readRequests(_ stream: [UInt8]) -> WireReading {
    var reading = WireReading()
    var rest = stream[...]
    while true {
        let bytes = Array(rest)
        let request = parseRequest(bytes)
        if let fault = request.fault { reading.stop = .fault(fault.rawValue) }
        guard request.outcome == .complete else { return reading }
        var message = WireMessage(
            start: "\(request.method) \(request.target)",
            version: request.version.text,
            fields: request.fields
        )
        // After CONNECT and Upgrade the octets may be another protocol's.
        if request.form == .authority || request.hasUpgrade {
            reading.messages.append(message)
            reading.stop = .connectionOver
            return reading
        }
        let left = message.readContent(
            request.framing,
            from: rest.dropFirst(request.length),
            stop: &reading.stop
        )
        reading.messages.append(message)
        guard let left else { return reading }
        rest = left
        guard request.keepsAlive else {
            reading.stop = .connectionOver
            return reading
        }
    }
}

/// Reads the responses to GET requests (to HEAD requests if `answeringHead`) the way the gateway
/// does.
func readResponses(_ stream: [UInt8], answeringHead: Bool) -> WireReading {
    var reading = WireReading()
    var rest = stream[...]
    while true {
        let bytes = Array(rest)
        var head = ResponseHead()
        let outcome = head.parse(
            bytes.span,
            answeringHead: answeringHead,
            limits: MessageLimits()
        )
        let response = ParsedResponse(head, outcome: outcome, bytes: bytes)
        if let fault = response.fault { reading.stop = .fault(fault.rawValue) }
        guard response.outcome == .complete else { return reading }
        var message = WireMessage(
            start: "\(response.status)",
            version: response.version.text,
            fields: response.fields
        )
        if response.status == 101 {
            reading.messages.append(message)
            reading.stop = .connectionOver
            return reading
        }
        let left = message.readContent(
            response.framing,
            from: rest.dropFirst(response.length),
            stop: &reading.stop
        )
        reading.messages.append(message)
        guard let left else { return reading }
        rest = left
        guard response.keepsAlive || response.isInformational else {
            reading.stop = .connectionOver
            return reading
        }
    }
}
