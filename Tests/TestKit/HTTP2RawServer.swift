/// An origin server's side of an HTTP/2 connection, frame by frame (RFC 9113).
///
/// Not `Sendable`: one thread uses it.
public final class HTTP2RawServer {
    /// A frame as it was read.
    public typealias Frame = HTTP2RawClient.Frame
    /// The types of frames.
    public typealias Kind = HTTP2RawClient.Kind

    /// The connection below.
    public let connection: OriginConnection
    private var frames = HTTP2FrameReader()

    /// Reads the client's preface and sends settings.
    ///
    /// - Throws: ``WireError`` if the client speaks something else.
    public init(_ connection: OriginConnection, settings: [UInt8] = []) throws {
        self.connection = connection
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        while frames.pending.count < preface.count {
            let piece = try connection.readSome()
            guard !piece.isEmpty else { throw WireError.closedEarly("a preface") }
            frames.append(piece)
        }
        guard frames.pending.starts(with: preface) else {
            throw WireError.malformed(String(latin1: frames.pending))
        }
        frames.removeFirst(preface.count)
        try send(Kind.settings, stream: 0, settings)
    }

    /// Sends a frame.
    public func send(
        _ type: UInt8,
        flags: UInt8 = 0,
        stream: UInt32,
        _ payload: [UInt8] = []
    ) throws {
        try connection.send(
            HTTP2RawClient.frame(type, flags: flags, stream: stream, payload)
        )
    }

    /// The next frame but for SETTINGS, which are acknowledged; nil at the connection's end.
    public func readFrame(within limit: Duration = .seconds(10)) throws -> Frame? {
        while true {
            if let frame = frames.next() {
                guard frame.type == Kind.settings else { return frame }
                if frame.flags & 1 == 0 { try send(Kind.settings, flags: 1, stream: 0) }
                continue
            }
            let piece = try connection.readSome(within: limit)
            if piece.isEmpty { return nil }
            frames.append(piece)
        }
    }

    /// The stream of the next request, once its HEADERS are there; nil at the connection's end.
    public func readHead(within limit: Duration = .seconds(30)) throws -> Frame? {
        while let frame = try readFrame(within: limit) {
            if frame.type == Kind.headers { return frame }
        }
        return nil
    }

    /// Whether the stream is reset, or the connection ends, before anything else ends it.
    public func awaitsReset(of stream: UInt32, within limit: Duration = .seconds(10)) throws -> Bool
    {
        while let frame = try readFrame(within: limit) {
            if frame.type == Kind.reset, frame.stream == stream { return true }
        }
        return true
    }

    /// Sends a response's HEADERS, whole.
    public func respond(
        _ stream: UInt32,
        _ fields: [(String, String)],
        endsStream: Bool = false
    ) throws {
        let flags: UInt8 = endsStream ? 0x05 : 0x04
        try send(Kind.headers, flags: flags, stream: stream, HTTP2RawClient.block(fields))
    }

    /// Sends content.
    public func content(_ stream: UInt32, _ text: String, endsStream: Bool = true) throws {
        try send(Kind.data, flags: endsStream ? 1 : 0, stream: stream, Array(text.utf8))
    }
}
