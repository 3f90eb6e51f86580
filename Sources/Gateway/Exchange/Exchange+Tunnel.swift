internal import Curl
internal import HTTPMessage
internal import NIOCore

/// WebSocket: after a handshake that both sides kept the rules of, octets pass both ways unread
/// (RFC 6455 §4).
extension Exchange {
    /// The origin server switches protocols, if it was asked to and does so by the rules.
    func switchProtocols(_ head: borrowing ResponseHead, _ bytes: Span<UInt8>) {
        guard let offer else { return originFailed(.unaskedSwitch) }
        if let breach = offer.breach(in: head, bytes) { return originFailed(.handshake(breach)) }
        keepsOrigin = false
        response = .tunnel
        closesClient = true
        worker.counters.tunnels &+= 1
        setDeadline()
        let writer = ResponseHeadWriter(exchange: self)
        client?.write { writer.writeSwitch(head, bytes, into: &$0) }
        // What the client sent behind its handshake has waited for this.
        client?.resume()
    }

    /// Whether more can be taken from the client.
    var wantsTunnelOctets: Bool { isTunnel && unsentCount < Self.uploadBytesMax }

    /// Takes octets from the client, all of them.
    func tunnel(_ bytes: Span<UInt8>) {
        setDeadline()
        uploadedContentBytes &+= UInt64(bytes.count)
        sendOrKeep(bytes)
        flushToOrigin()
    }

    /// Passes octets on to the client, all of them.
    func relayTunnel(_ buffer: ByteBuffer) -> Int {
        let count = buffer.readableBytes
        client?.access?.responseBytes &+= UInt64(count)
        if count >= Self.sliceBytesMin {
            client?.queue(buffer)
        } else {
            client?.write { $0.append(buffer.readableBytesUInt8Span) }
        }
        return count
    }

    /// The client sends no more: neither does this side of the tunnel, once all is on its way.
    func clientEndedTunnel() {
        guard isTunnel, unsentCount == 0, let client, client.inputEnded,
            client.pending.readableBytes == 0
        else { return }
        connection?.transport.finishSending()
    }

    /// Closes both sides, each with what was written to it.
    func endTunnel() {
        guard let client else { return finish(releases: false) }
        finish(releases: false)
        client.answered(closes: true)
        if client.isIdleNow { client.flush() }
    }
}
