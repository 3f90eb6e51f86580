internal import NIOCore
internal import NIOHTTP1

extension AdminConnection {
    /// Begins a stream of events; its head is written.
    func beginStream() {
        phase = .streaming
        stream(ByteBuffer(staticString: EventText.greeting))
        setTimer(limits.heartbeat)
    }

    /// Sends events, or counts as lost what the client has no room for.
    func deliver(_ pieces: [EventPiece], lost: UInt64) {
        guard phase == .streaming else { return }
        lostEvents &+= lost
        for piece in pieces {
            guard unsentBytes + piece.octets.readableBytes <= limits.streamBytesMax else {
                lostEvents &+= piece.count
                continue
            }
            // What was lost came before this piece.
            tellLost()
            stream(piece.octets)
        }
        // A feed that was full may have no piece to tell it with.
        if unsentBytes == 0 { tellLost() }
    }

    /// Shows a quiet client that the stream lives, and finds out that a client does not.
    func beat() {
        setTimer(limits.heartbeat)
        guard unsentBytes == 0 else {
            fullHeartbeats += 1
            if fullHeartbeats >= limits.fullHeartbeatsMax { close() }
            return
        }
        fullHeartbeats = 0
        stream(ByteBuffer(staticString: EventText.heartbeat))
    }

    private func stream(_ octets: ByteBuffer) {
        let count = octets.readableBytes
        unsentBytes += count
        write(.body(.byteBuffer(octets))) { connection in
            connection.unsentBytes -= count
            connection.fullHeartbeats = 0
            if connection.unsentBytes == 0 { connection.tellLost() }
        }
    }

    private func tellLost() {
        guard lostEvents > 0 else { return }
        let lost = lostEvents
        lostEvents = 0
        stream(EventText.lost(lost))
    }
}
