import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("The meter of what HTTP/2 streams have not taken")
struct ContentMeterTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private static func frame(_ type: UInt8, stream: UInt8, _ count: Int) -> [UInt8] {
        let length = [UInt8(count >> 8), UInt8(count & 0xFF)]
        return [0] + length + [type, 0, 0x80, 0, 0, stream] + [UInt8](repeating: 0, count: count)
    }

    /// A meter that has read `octets`, `step` at a time.
    private static func meter(_ octets: [UInt8], by step: Int) throws -> ContentMeter {
        let meter = ContentMeter()
        let channel = EmbeddedChannel(handler: meter)
        for start in stride(from: 0, to: octets.count, by: step) {
            let piece = ByteBuffer(bytes: octets[start..<min(start + step, octets.count)])
            try channel.writeInbound(piece)
            #expect(try channel.readInbound(as: ByteBuffer.self) == piece)
        }
        return meter
    }

    @Test(
        "Content of open streams counts, with what it takes to hold it, until it is taken",
        arguments: [1, 2, 7, 9, 10, 1_000, 100_000]
    )
    func counts(step: Int) throws {
        let octets =
            Self.preface + Self.frame(4, stream: 0, 12) + Self.frame(1, stream: 1, 40)
            + Self.frame(0, stream: 1, 0) + Self.frame(0, stream: 1, 700)
            + Self.frame(1, stream: 3, 5) + Self.frame(8, stream: 0, 4)
            + Self.frame(0, stream: 3, 20_000) + Self.frame(0, stream: 9, 30)
        let meter = try Self.meter(octets, by: step)
        let each = HTTP2Limits.frameBytes
        #expect(meter.heldBytes == 20_700 + 3 * each)
        meter.took(700, stream: 1)
        #expect(meter.heldBytes == 20_000 + 2 * each)
        meter.closed(3)
        #expect(meter.heldBytes == each)
        // More than there is, and of streams that there are not.
        meter.took(1_000, stream: 1)
        meter.took(1, stream: 3)
        meter.closed(9)
        #expect(meter.heldBytes == 0)
    }

    @Test("What comes for a stream that is over is not held")
    func forgetsStreams() throws {
        let meter = ContentMeter()
        let channel = EmbeddedChannel(handler: meter)
        let request = Self.frame(1, stream: 5, 3)
        try channel.writeInbound(ByteBuffer(bytes: Self.preface + request))
        meter.closed(5)
        // Trailers do not open it again.
        try channel.writeInbound(ByteBuffer(bytes: Self.frame(0, stream: 5, 9) + request))
        try channel.writeInbound(ByteBuffer(bytes: Self.frame(0, stream: 5, 9)))
        #expect(meter.heldBytes == 0)
    }
}
