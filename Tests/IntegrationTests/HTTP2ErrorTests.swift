import TestKit
import Testing

/// Frames that break the rules: those of RFC 9113 say whether the connection ends or one stream.
@Suite("Errors of HTTP/2", .blocking)
struct HTTP2ErrorTests {
    private typealias Kind = HTTP2RawClient.Kind

    /// What a client sends behind its preface, and the error code that it gets.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: UInt32
        let octets: [UInt8]

        init(_ name: String, _ code: UInt32, _ frames: [UInt8]...) {
            (testDescription, self.code, octets) = (name, code, frames.flatMap(\.self))
        }
    }

    private static let request = HTTP2RawClient.block(ClearGateway.get)
    private static let ping = [UInt8](repeating: 7, count: 8)

    private static func head(
        _ stream: UInt32,
        flags: UInt8 = 5,
        _ block: [UInt8] = request
    ) -> [UInt8] {
        HTTP2RawClient.frame(Kind.headers, flags: flags, stream: stream, block)
    }

    private static func frame(
        _ type: UInt8,
        _ stream: UInt32,
        _ payload: [UInt8],
        flags: UInt8 = 0
    ) -> [UInt8] {
        HTTP2RawClient.frame(type, flags: flags, stream: stream, payload)
    }

    private static let largest: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF]

    /// PROTOCOL_ERROR 1, FLOW_CONTROL_ERROR 3, FRAME_SIZE_ERROR 6, COMPRESSION_ERROR 9 (section 7).
    static let connectionFaults = [
        Fault("content of a stream that is not open", 1, frame(Kind.data, 1, [1])),
        Fault("a reset of one", 1, frame(Kind.reset, 1, [0, 0, 0, 8])),
        Fault("a reset of none", 1, frame(Kind.reset, 0, [0, 0, 0, 8])),
        Fault("a reset of another size", 6, head(1), frame(Kind.reset, 1, [0, 0, 8])),
        Fault("a window opened by nothing", 1, frame(Kind.windowUpdate, 0, [0, 0, 0, 0])),
        Fault(
            "a window opened too far",
            3,
            frame(Kind.windowUpdate, 0, largest),
            frame(Kind.windowUpdate, 0, largest)
        ),
        Fault("a request of an even number", 1, head(2)),
        Fault("a request of a lower number", 1, head(3), head(1)),
        Fault("a request of none", 1, head(0)),
        Fault(
            "a request that depends on itself",
            1,
            head(1, flags: 0x25, [0, 0, 0, 1, 16] + request)
        ),
        Fault("fields that are not HPACK", 9, head(1, [UInt8](repeating: 0xFF, count: 6))),
        Fault("more padding than there is", 1, head(1, flags: 0x0D, [0xFF] + request)),
        Fault("fields that nothing precedes", 1, frame(Kind.continuation, 1, request, flags: 4)),
        Fault("a promise", 1, frame(5, 1, [0, 0, 0, 2] + request, flags: 4)),
        Fault("settings of another size", 6, frame(Kind.settings, 0, [0, 4, 0, 0, 1])),
        Fault("settings of a stream", 1, frame(Kind.settings, 1, [])),
        Fault("settings that acknowledge and say more", 6, frame(Kind.settings, 0, ping, flags: 1)),
        Fault("push that is neither on nor off", 1, frame(Kind.settings, 0, [0, 2, 0, 0, 0, 2])),
        Fault("windows that are too large", 3, frame(Kind.settings, 0, [0, 4, 0xFF, 0, 0, 0])),
        Fault("frames that are too small", 1, frame(Kind.settings, 0, [0, 5, 0, 0, 0x3F, 0xFF])),
        Fault("PING of another size", 6, frame(Kind.ping, 0, [1, 2, 3])),
        Fault("PING of a stream", 1, frame(Kind.ping, 1, ping)),
        Fault(
            "a frame that is too large",
            6,
            frame(Kind.ping, 0, [UInt8](repeating: 1, count: 16_385))
        ),
    ]

    /// PROTOCOL_ERROR 1, FLOW_CONTROL_ERROR 3, STREAM_CLOSED 5.
    static let streamFaults = [
        Fault(
            "a window opened by nothing",
            1,
            head(1, flags: 4),
            frame(Kind.windowUpdate, 1, [0, 0, 0, 0])
        ),
        Fault(
            "a window opened too far",
            3,
            head(1, flags: 4),
            frame(Kind.windowUpdate, 1, largest),
            frame(Kind.windowUpdate, 1, largest)
        ),
        Fault("content behind the end", 5, head(1), frame(Kind.data, 1, [1], flags: 1)),
    ]

    @Test("What concerns the connection ends it, with the right error", arguments: connectionFaults)
    func endsConnections(_ fault: Fault) throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        try client.send(fault.octets)
        let codes = try client.readToEnd().compactMap(\.goAwayCode)
        #expect(codes == [fault.code])
        try clear.expectService()
    }

    @Test("What concerns a stream resets it, and no other", arguments: streamFaults)
    func endsStreams(_ fault: Fault) throws {
        let clear = try ClearGateway()
        let client = try clear.connect()
        try client.send(fault.octets)
        try client.send(Self.head(3) + Self.frame(Kind.ping, 0, Self.ping))
        var (isReset, isAnswered) = (false, false)
        let frames = client.readFrames { frame in
            if frame.type == Kind.reset, frame.stream == 1 {
                isReset = frame.payload == [0, 0, 0, UInt8(fault.code)]
            }
            if frame.stream == 3, frame.type == Kind.data, frame.flags & 1 == 1 {
                isAnswered = true
            }
            return frame.type == Kind.goAway || isReset && isAnswered
        }
        #expect(isReset && isAnswered, "\(frames)")
        client.close()
        clear.gateway.process.stop()
        let said = clear.gateway.process.text(.standardError)
        #expect(!said.contains("an HTTP/2 connection was closed"), "\(said)")
    }
}
