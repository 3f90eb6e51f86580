import TestKit
import Testing

/// A gateway that speaks HTTP/2 in the clear, in front of an origin that echoes.
struct ClearGateway {
    let origin: RawOrigin
    let gateway: RunningGateway

    /// The request that ``expectService(sourceLocation:)`` makes.
    static let get = [
        (":method", "GET"), (":scheme", "http"), (":path", "/status"), (":authority", "shop.test"),
    ]

    /// What the origin does unless a test has another script.
    static let echo: @Sendable (OriginConnection) throws -> Void = { connection in
        while let head = try connection.readHead() { try Self.answer(head, connection) }
    }

    /// Starts both.
    ///
    /// - Parameters:
    ///   - more: lines of methodwall.yaml beside the usual ones.
    ///   - script: what the origin does with each connection.
    /// - Throws: an error if either does not listen in time.
    init(
        _ more: String = "",
        script: @escaping @Sendable (OriginConnection) throws -> Void = ClearGateway.echo
    ) throws {
        origin = try RawOrigin(script: script)
        gateway = try RunningGateway(
            configuration: """
                listen: [{ address: 127.0.0.1:0, http2: true }]
                workers: 1
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                \(more)
                """,
            keeping: origin
        )
    }

    var get: [(String, String)] { Self.get }
    var pid: Int32 { gateway.process.pid }

    /// Takes a request's content, and answers with its first line and how much there was.
    static func answer(_ head: RawHead, _ connection: OriginConnection) throws {
        var count = 0
        try connection.readContent(of: head) { count += $0.count }
        let text = "\(head.startLine) \(count)"
        let length = "Content-Length: \(text.utf8.count)"
        let body = head.startLine.hasPrefix("HEAD") ? "" : text
        try connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n\r\n\(body)")
    }

    func connect(settings: [UInt8] = []) throws -> HTTP2RawClient {
        try HTTP2RawClient(port: gateway.port, settings: settings)
    }

    /// A client whose windows hold nothing back, and whose socket does.
    func connectSlowly() throws -> HTTP2RawClient {
        let client = try HTTP2RawClient(
            port: gateway.port,
            settings: [0, 4, 0x40, 0, 0, 0],
            receiveBufferBytes: 8_192
        )
        try client.send(HTTP2RawClient.Kind.windowUpdate, stream: 0, [0x40, 0, 0, 0])
        return client
    }

    /// Whether a client that keeps to the rules is still served.
    func expectService(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let client = try connect()
        try client.request(get)
        let frames = client.readFrames { $0.stream == 1 && $0.flags & 1 == 1 }
        let data = frames.filter { $0.type == HTTP2RawClient.Kind.data }.flatMap(\.payload)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text == "GET /status HTTP/1.1 0", sourceLocation: sourceLocation)
    }
}
