internal import NIOCore

/// Some events of a stream as they stand on the wire, shared by all streams.
struct EventPiece {
    /// The octets.
    let octets: ByteBuffer
    /// How many events there are.
    let count: UInt64
}

/// Writes server-sent events (HTML standard §9.2).
///
/// Events have no `id`: a stream cannot be taken up where it ended, so `Last-Event-ID` means
/// nothing here. `/policy` and `/metrics` have the counts of what was missed.
enum EventText {
    /// A piece ends once it has so many octets.
    private static var pieceBytes: Int { 16 * 1024 }

    /// What a stream begins with.
    static var greeting: StaticString { ": refused attempts from now on\n\n" }

    /// What a stream without events says now and then.
    static var heartbeat: StaticString { ":\n\n" }

    /// Lines of the log as events.
    static func pieces(of lines: [UInt8]) -> [EventPiece] {
        var pieces: [EventPiece] = []
        var buffer = ByteBuffer()
        var count: UInt64 = 0
        for line in lines.split(separator: 0x0A) {
            buffer.writeStaticString("event: refusal\ndata: ")
            // A lone carriage return would end the line of the event; JSON has none.
            if line.contains(0x0D) {
                buffer.writeBytes(line.filter { $0 != 0x0D })
            } else {
                buffer.writeBytes(line)
            }
            buffer.writeStaticString("\n\n")
            count += 1
            if buffer.readableBytes >= pieceBytes {
                pieces.append(EventPiece(octets: buffer, count: count))
                buffer = ByteBuffer()
                count = 0
            }
        }
        if count > 0 { pieces.append(EventPiece(octets: buffer, count: count)) }
        return pieces
    }

    /// Tells that events were lost.
    static func lost(_ count: UInt64) -> ByteBuffer {
        ByteBuffer(string: "event: lost\ndata: {\"lost\":\(count)}\n\n")
    }
}
