internal import Curl
internal import HTTPMessage
internal import NIOCore

/// The response's way to the client.
extension Exchange {
    /// Reads the origin as long as it has something and the client takes it.
    func receiveResponse() {
        while mayReceive, response != .done, case .ready(let connection) = origin {
            guard let client, client.isWritable else { return }
            var buffer = worker.origins.takeReceiveBuffer()
            let outcome = worker.origins.receive(from: connection.transport, into: &buffer)
            switch outcome {
            case .received(let count):
                sawResponse = true
                setDeadline()
                // Less than there was room for: nothing more is there, unless the end is.
                let isShort = count < OriginLoop.receiveBytes
                mayReceive = !isShort || sawHangup || connection.pool.isSecure
                process(&buffer)
            case .wouldBlock:
                mayReceive = false
            case .endOfStream:
                mayReceive = false
                originClosed()
            case .failed(let error):
                mayReceive = false
                originFailed(error.kind == .protocolFault ? .notHTTP2(error) : .broken)
            }
            worker.origins.giveBack(&buffer)
        }
    }

    func clientBecameWritable() {
        setDeadline()
        receiveResponse()
    }

    private func originClosed() {
        keepsOrigin = false
        switch response {
        case .awaitingHead: originFailed(.closedEarly)
        case .content:
            if responseBody.endsAtClose() {
                complete(leftover: 0)
            } else {
                // The client must not take what it has for the whole (RFC 9112 §8).
                originFailed(.broken)
            }
        case .tunnel: endTunnel()
        case .done: break
        }
    }

    // MARK: Reading

    private func process(_ buffer: inout ByteBuffer) {
        guard partial.readableBytes > 0 else {
            consume(&buffer)
            if buffer.readableBytes > 0, response != .done { partial.writeBuffer(&buffer) }
            return
        }
        partial.writeBuffer(&buffer)
        var joined = ByteBuffer()
        swap(&joined, &partial)
        consume(&joined)
        if joined.readableBytes > 0, response != .done {
            joined.discardReadBytes()
            swap(&joined, &partial)
        }
    }

    private func consume(_ buffer: inout ByteBuffer) {
        while buffer.readableBytes > 0 {
            let used: Int
            switch response {
            case .awaitingHead: used = readHead(buffer.readableBytesUInt8Span)
            case .content: used = readContent(buffer)
            case .tunnel: used = relayTunnel(buffer)
            case .done: return
            }
            buffer.moveReaderIndex(forwardBy: used)
            if isResponseComplete { return complete(leftover: buffer.readableBytes) }
            if used == 0 { return }
        }
    }

    private var isResponseComplete: Bool { response == .content && responseBody.isFinished }

    private func readHead(_ bytes: Span<UInt8>) -> Int {
        var head = worker.takeResponseHead()
        defer { worker.giveBack(&head) }
        let outcome = head.parse(
            bytes,
            answeringHead: request.isHead,
            limits: worker.configuration.limits.message
        )
        switch outcome {
        case .incomplete:
            return 0
        case .malformed(let fault):
            originFailed(.malformed(fault))
            return bytes.count
        case .complete:
            let octets = bytes.bytes(in: ByteRange(0, head.length))
            if head.isInformational {
                relayInformational(head, octets)
            } else {
                relay(head, octets)
            }
            return head.length
        }
    }

    private func relayInformational(_ head: borrowing ResponseHead, _ bytes: Span<UInt8>) {
        worker.metrics.countResponse(head.status)
        if head.status == 101 { return switchProtocols(head, bytes) }
        keepsOrigin = keepsOrigin && head.keepsAlive
        interimResponses += 1
        if interimResponses > Self.interimResponsesMax { return originFailed(.interimFlood) }
        // HTTP/1.0 has no interim responses (RFC 9110 §15.2).
        guard request.version == .http11 else { return }
        let writer = ResponseHeadWriter(exchange: self)
        client?.write { writer.writeInformational(head, bytes, into: &$0) }
    }

    private static var interimResponsesMax: Int { 16 }

    private func relay(_ head: borrowing ResponseHead, _ bytes: Span<UInt8>) {
        worker.metrics.countResponse(head.status)
        if head.status == 405 { worker.counters.originRefusals &+= 1 }
        connection?.pool.answered()
        keepsOrigin = keepsOrigin && head.keepsAlive && !challengesConnection(head, bytes)
        let framing = head.framing
        clientFraming = ResponseHeadWriter.framing(framing, version: request.version)
        responseBody = BodyReader(framing, limits: worker.configuration.limits.message)
        response = .content
        setDeadline()
        // An answer before the end of the request's content leaves the rest without a reader.
        closesClient = request.closes || clientFraming == .untilClose || !isContentComplete
        let writer = ResponseHeadWriter(exchange: self)
        client?.write {
            writer.write(head, bytes, framing: clientFraming, closes: closesClient, into: &$0)
        }
    }

    private func challengesConnection(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard head.first(.wwwAuthenticate) != nil else { return false }
        for line in head.fields where line.field == .wwwAuthenticate {
            if ForwardedRequest.isConnectionScheme(bytes.bytes(in: line.value)) { return true }
        }
        return false
    }

    private func readContent(_ buffer: ByteBuffer) -> Int {
        let bytes = buffer.readableBytesUInt8Span
        var used = 0
        switch responseBody.read(bytes, consumed: &used) {
        case .content(let range): relayContent(buffer, range)
        case .needsMore: break
        case .end(let trailers): relayEnd(bytes.bytes(in: trailers))
        case .malformed(let fault):
            originFailed(.malformed(fault))
            return bytes.count
        }
        return used
    }

    private func relayContent(_ buffer: ByteBuffer, _ range: ByteRange) {
        guard let client else { return }
        client.access?.responseBytes &+= UInt64(range.count)
        if clientFraming == .chunked {
            client.write {
                $0.append(hexadecimal: range.count)
                $0.appendLineEnd()
            }
        }
        let isStream = client.arrival.carrier == .stream
        if range.count >= (isStream ? Self.streamSliceBytesMin : Self.sliceBytesMin) {
            let start = buffer.readerIndex + range.lowerBound
            if let slice = buffer.getSlice(at: start, length: range.count) { client.queue(slice) }
        } else {
            client.write { $0.append(buffer.readableBytesUInt8Span.bytes(in: range)) }
        }
        if clientFraming == .chunked { client.write { $0.appendLineEnd() } }
    }

    /// From this size on a slice is queued as it is rather than copied behind the head.
    static var sliceBytesMin: Int { 8 * 1024 }

    /// The same for a stream of HTTP/2: it may keep the slice, and all that was received with it,
    /// while others go on.
    static var streamSliceBytesMin: Int { 32 * 1024 }

    private func relayEnd(_ trailers: Span<UInt8>) {
        guard clientFraming == .chunked else { return }
        client?.write {
            $0.append("0\r\n")
            $0.append(trailers)
            $0.appendLineEnd()
        }
    }

    /// The response is whole.
    ///
    /// - Parameter leftover: Octets behind it, which answer no request: the connection is not kept.
    private func complete(leftover: Int) {
        // Content until close has no end of its own to relay.
        if clientFraming == .chunked, responseBody.remaining == nil { relayEnd(Span()) }
        let isRequestSent = isContentComplete && unsentCount == 0
        worker.metrics.countDuration(worker.now.monotonicMilliseconds &- startedMilliseconds)
        finish(releases: keepsOrigin && leftover == 0 && isRequestSent && !sawHangup)
        client?.answered(closes: closesClient)
    }
}
