import NIOCore
import NIOEmbedded
import NIOHTTP1

extension WireReading {
    /// What NIOHTTP1's decoder, so llhttp, makes of pipelined requests.
    static func requestsByNIO(_ stream: [UInt8]) throws -> WireReading {
        let channel = EmbeddedChannel()
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        var reading = WireReading()
        reading.feed(stream, to: channel)
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

    /// What it makes of the responses to GET or HEAD requests.
    static func responsesByNIO(_ stream: [UInt8], answeringHead: Bool) throws -> WireReading {
        let channel = EmbeddedChannel()
        let decoder = HTTPResponseDecoder(
            leftOverBytesStrategy: .dropBytes,
            informationalResponseStrategy: .forward
        )
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        let method = answeringHead ? HTTPMethod.HEAD : .GET
        // The decoder has to know which requests it reads the answers of.
        for _ in 0..<16 {
            let request = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
            try channel.writeOutbound(HTTPClientRequestPart.head(request))
        }
        var reading = WireReading()
        reading.feed(stream, to: channel)
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

    private mutating func feed(_ stream: [UInt8], to channel: EmbeddedChannel) {
        do {
            try channel.writeInbound(ByteBuffer(bytes: stream))
        } catch HTTPParserError.unexpectedContentLength {
            stop = .fault("unexpected_content_length")
        } catch HTTPParserError.closedConnection {
            stop = .fault("closed_connection")
        } catch {
            stop = .fault("\(error)")
        }
    }

    private mutating func begin(
        _ start: String,
        _ version: NIOHTTP1.HTTPVersion,
        _ fields: HTTPHeaders
    ) {
        messages.append(
            WireMessage(
                start: start,
                version: "\(version.major).\(version.minor)",
                lines: fields.map { WireMessage.Line($0.name, $0.value) },
                // An informational response ends with its head, and no part says so.
                isComplete: start.hasPrefix("1") && start != "101"
            )
        )
    }

    private mutating func append(_ buffer: ByteBuffer) {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].content += buffer.readableBytesView
    }

    private mutating func end(_ trailers: HTTPHeaders?) {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].isComplete = true
        messages[messages.count - 1].trailers =
            (trailers ?? [:]).map { WireMessage.Line($0.name, $0.value) }
    }
}
