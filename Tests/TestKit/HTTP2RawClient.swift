/// A client that writes HTTP/2 frames exactly as a test says, with prior knowledge (RFC 9113
/// section 3.3).
///
/// Not `Sendable`: one thread uses it.
public final class HTTP2RawClient {
    /// A frame as it was read.
    public struct Frame: Sendable {
        /// The type, section 6.
        public let type: UInt8
        /// The flags.
        public let flags: UInt8
        /// The stream; nought for the connection.
        public let stream: UInt32
        /// What the frame holds.
        public let payload: [UInt8]

        /// The error code of a GOAWAY frame (section 6.8); nil for other frames.
        public var goAwayCode: UInt32? {
            guard type == Kind.goAway, payload.count >= 8 else { return nil }
            return payload[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
    }

    private let client: RawClient
    private var frames = HTTP2FrameReader()

    /// The types of frames that tests name.
    public enum Kind {
        /// DATA.
        public static let data: UInt8 = 0
        /// HEADERS.
        public static let headers: UInt8 = 1
        /// PRIORITY.
        public static let priority: UInt8 = 2
        /// RST_STREAM.
        public static let reset: UInt8 = 3
        /// SETTINGS.
        public static let settings: UInt8 = 4
        /// PING.
        public static let ping: UInt8 = 6
        /// GOAWAY.
        public static let goAway: UInt8 = 7
        /// WINDOW_UPDATE.
        public static let windowUpdate: UInt8 = 8
        /// CONTINUATION.
        public static let continuation: UInt8 = 9
    }

    /// Connects, and sends the preface with these settings.
    ///
    /// - Parameters:
    ///   - port: the port on 127.0.0.1.
    ///   - settings: the payload of the SETTINGS frame.
    ///   - receiveBufferBytes: the kernel's receive buffer; small makes a slow reader.
    /// - Throws: ``WireError`` if nobody listens there.
    public init(
        port: Int,
        settings: [UInt8] = [],
        receiveBufferBytes: Int32? = nil
    ) throws {
        client = try RawClient(port: port, receiveBufferBytes: receiveBufferBytes)
        try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        try send(Kind.settings, stream: 0, settings)
    }

    /// Sends a frame.
    public func send(
        _ type: UInt8,
        flags: UInt8 = 0,
        stream: UInt32,
        _ payload: [UInt8] = []
    ) throws {
        try client.send(Self.frame(type, flags: flags, stream: stream, payload))
    }

    /// Sends octets as they are.
    public func send(_ octets: [UInt8]) throws { try client.send(octets) }

    /// A frame's octets.
    public static func frame(
        _ type: UInt8,
        flags: UInt8 = 0,
        stream: UInt32,
        _ payload: [UInt8] = []
    ) -> [UInt8] {
        let count = payload.count
        let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        let place = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> UInt32($0)) }
        return length + [type, flags] + place + payload
    }

    /// Field lines as HPACK literals without indexing or Huffman coding (RFC 7541 section 6.2.2).
    public static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in
            [0] + string(Array(name.utf8)) + string(Array(value.utf8))
        }
    }

    private static func string(_ octets: [UInt8]) -> [UInt8] {
        guard octets.count >= 127 else { return [UInt8(octets.count)] + octets }
        var length: [UInt8] = [127]
        var rest = octets.count - 127
        while rest >= 128 {
            length.append(UInt8(rest % 128) | 128)
            rest /= 128
        }
        return length + [UInt8(rest)] + octets
    }

    /// Sends a request's HEADERS frame, whole.
    public func request(
        _ fields: [(String, String)],
        stream: UInt32 = 1,
        endsStream: Bool = true
    ) throws {
        let flags: UInt8 = endsStream ? 0x05 : 0x04
        try send(Kind.headers, flags: flags, stream: stream, Self.block(fields))
    }

    /// The next frame; nil at the connection's end.
    public func readFrame(within limit: Duration = .seconds(10)) throws -> Frame? {
        while true {
            if let frame = frames.next() { return frame }
            let piece = try client.readSome(within: limit)
            if piece.isEmpty { return nil }
            frames.append(piece)
        }
    }

    /// Frames up to the first for which `isLast` holds, to the connection's end, or to the limit.
    ///
    /// What came last does not tell which it was: ``readToEnd(within:)`` waits for the end.
    public func readFrames(
        within limit: Duration = .seconds(10),
        until isLast: (Frame) -> Bool
    ) -> [Frame] {
        var frames: [Frame] = []
        while let frame = try? readFrame(within: limit) {
            frames.append(frame)
            if isLast(frame) { break }
        }
        return frames
    }

    /// Every frame up to the connection's end, which the peer brings about in order or by reset.
    ///
    /// - Throws: ``WireError/deadline(_:)`` if the connection is open when `limit` has passed.
    public func readToEnd(within limit: Duration = .seconds(10)) throws -> [Frame] {
        let deadline = Deadline(after: limit)
        var frames: [Frame] = []
        do {
            while !deadline.hasPassed {
                let left = Duration.milliseconds(deadline.millisecondsLeft)
                guard let frame = try readFrame(within: left) else { return frames }
                frames.append(frame)
            }
        } catch WireError.reset {
            return frames
        }
        throw WireError.deadline("the connection's end, after \(frames.count) frames")
    }

    /// Ends the sending direction.
    public func finishSending() { client.finishSending() }

    /// Closes the connection.
    public func close() { client.close() }
}
