internal import Curl
internal import HTTPMessage

/// The request's way to the origin.
extension Exchange {
    /// Whether more content can be taken from the client.
    var wantsContent: Bool {
        !isContentComplete && response != .done && unsentCount < Self.uploadBytesMax
    }

    /// Whether the client holds its content back until the origin says 100, and neither has moved.
    var awaitsContinue: Bool {
        request.expectsContinue && uploadedContentBytes == 0 && !isContentComplete && !sawResponse
    }

    var unsentCount: Int { upload.count - uploadSent }

    private func forgetUpload() {
        upload.removeAll()
        uploadSent = 0
    }

    /// Takes content that was scanned: all that is settled goes on, with what was kept back of the
    /// content before it.
    func scannedContent(_ bytes: Span<UInt8>) {
        let undecided = scanner?.undecidedCount ?? 0
        if unsettled.isEmpty, undecided == 0 { return content(bytes) }
        let settled = max(unsettled.count + bytes.count - undecided, 0)
        let kept = min(settled, unsettled.count)
        if kept > 0 {
            content(unsettled.span.bytes(in: ByteRange(0, kept)))
            unsettled.removeFirst(kept)
        }
        let passed = min(settled - kept, bytes.count)
        content(bytes.bytes(in: ByteRange(0, passed)))
        for index in passed..<bytes.count { unsettled.append(bytes[index]) }
    }

    /// Takes content: straight to the socket where that is possible, else into the buffer.
    func content(_ bytes: Span<UInt8>) {
        guard response != .done, !bytes.isEmpty else { return }
        uploadedContentBytes &+= UInt64(bytes.count)
        if let max = worker.configuration.limits.contentBytesMax, uploadedContentBytes > max {
            return tooMuchContent()
        }
        if request.framing == .chunked {
            upload.append(hexadecimal: bytes.count)
            upload.appendLineEnd()
            upload.append(bytes)
            upload.appendLineEnd()
            return
        }
        sendOrKeep(bytes)
    }

    /// Sends octets behind those that wait, as far as the socket takes them, and keeps the rest.
    func sendOrKeep(_ bytes: Span<UInt8>) {
        // Small content joins the head in one send; large content is not worth copying.
        guard bytes.count >= Self.directBytesMin, case .ready(let connection) = origin else {
            upload.append(bytes)
            return
        }
        flushToOrigin()
        var sent = 0
        if unsentCount == 0, case .ready = origin {
            noteSending(on: connection)
            switch connection.transport.send(bytes) {
            case .sent(let count):
                sent = count
                hasSent = true
                setDeadline()
            case .wouldBlock: break
            case .failed: return uploadFailed()
            }
        }
        if sent < bytes.count { upload.append(bytes.bytes(in: ByteRange(sent, bytes.count))) }
    }

    private static var directBytesMin: Int { 8 * 1024 }

    /// The request's content is complete.
    ///
    /// - Parameter trailers: Trailer field lines as read, with their line ends.
    func contentEnded(trailers: Span<UInt8>) {
        guard !isContentComplete else { return }
        isContentComplete = true
        if request.framing == .chunked {
            upload.append("0\r\n")
            RequestHeadWriter.writeTrailers(
                trailers,
                worker.identityFields,
                overrideNames,
                into: &upload
            )
            upload.appendLineEnd()
        }
    }

    private func tooMuchContent() {
        let client = self.client
        let hadAnswered = hasAnswered
        finish(releases: false)
        if hadAnswered { client?.abort() } else { client?.refuseTooMuchContent(self) }
    }

    /// Sends what is in the buffer as far as the origin takes it, and takes more from the client
    /// once it is empty.
    func flushToOrigin() {
        while unsentCount > 0, case .ready(let connection) = origin {
            noteSending(on: connection)
            switch connection.transport.send(upload.span.extracting(uploadSent...)) {
            case .sent(let count):
                uploadSent += count
                hasSent = true
                setDeadline()
            case .wouldBlock:
                // What was taken must not pile up in front of what was not.
                if !request.isRepeatable, uploadSent >= Self.uploadBytesMax {
                    upload.removeFirst(uploadSent)
                    uploadSent = 0
                }
                return
            case .failed:
                return uploadFailed()
            }
            if unsentCount > 0 { continue }
            // A repeatable request keeps its head until a response shows that it arrived.
            if !request.isRepeatable { forgetUpload() }
            client?.resume()
            clientEndedTunnel()
        }
    }

    /// With TLS a piece may be on its way of which nothing was said to be taken.
    private func noteSending(on connection: OriginConnection) {
        if connection.pool.isSecure { hasSent = true }
    }

    /// The origin takes no more.
    ///
    /// It may have answered before it stopped listening (RFC 9112 §9.5).
    private func uploadFailed() {
        keepsOrigin = false
        // Kept for a second try if not an octet was taken.
        if hasSent, !request.isRepeatable { forgetUpload() }
        mayReceive = true
        sawHangup = true
        if hasSent { receiveResponse() }
        if response == .awaitingHead, case .ready = origin { originFailed(.broken) }
    }
}
