import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What NIOHTTP1's decoder, so llhttp, makes of pipelined requests.
func readRequestsWithNIO(_ stream: [UInt8]) throws -> WireReading {
    let channel = EmbeddedChannel()
    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
    var reading = WireReading()
    do {
        try channel.writeInbound(ByteBuffer(bytes: stream))
    } catch {
        reading.stop = .fault(nameOfFault(error))
    }
    while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
        switch part {
        case .head(let head):
            reading.begin("\(head.method.rawValue) \(head.uri)", head.version, head.headers)
        case .body(let buffer):
            reading.append(buffer)
        case .end(let trailers):
            reading.end(trailers)
        }
    }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    return reading
}

/// What NIOHTTP1's decoder makes of the responses to GET or HEAD requests.
func readResponsesWithNIO(_ stream: [UInt8], answeringHead: Bool) throws -> WireReading {
    let channel = EmbeddedChannel()
    let decoder = HTTPResponseDecoder(
        leftOverBytesStrategy: .dropBytes,
        informationalResponseStrategy: .forward
    )
    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
    let request = HTTPRequestHead(
        version: .http1_1,
        method: answeringHead ? .HEAD : .GET,
        uri: "/"
    )
    for _ in 0..<8 {
        try channel.writeOutbound(HTTPClientRequestPart.head(request))
    }
    var reading = WireReading()
    do {
        try channel.writeInbound(ByteBuffer(bytes: stream))
    } catch {
        reading.stop = .fault(nameOfFault(error))
    }
    while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
        switch part {
        case .head(let head):
            reading.begin("\(head.status.code)", head.version, head.headers)
        case .body(let buffer):
            reading.append(buffer)
        case .end(let trailers):
            reading.end(trailers)
        }
    }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    return reading
}

/// The faults that the comparison knows by name; others as they describe themselves.
private func nameOfFault(_ error: any Error) -> String {
    switch error as? HTTPParserError {
    case .unexpectedContentLength: "unexpected_content_length"
    case .closedConnection: "closed_connection"
    default: "\(error)"
    }
}

extension WireReading {
    fileprivate mutating func begin(
        _ start: String,
        _ version: NIOHTTP1.HTTPVersion,
        _ fields: HTTPHeaders
    ) {
        messages.append(
            WireMessage(
                start: start,
                version: "\(version.major).\(version.minor)",
                fields: fields.map { Field($0.name, $0.value) },
                // NIOHTTP1 ends an informational response with its head.
                isComplete: start.hasPrefix("1") && start != "101"
            )
        )
    }

    fileprivate mutating func append(_ buffer: ByteBuffer) {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].content.append(contentsOf: buffer.readableBytesView)
    }

    fileprivate mutating func end(_ trailers: HTTPHeaders?) {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].isComplete = true
        messages[messages.count - 1].trailers = (trailers ?? [:]).map { Field($0.name, $0.value) }
    }
}
