internal import HTTPMessage

/// Writes the head of a forwarded response: the origin's fields less those that end at this
/// connection, with the policy's CORS fields in place of the origin's where it has any.
struct ResponseHeadWriter {
    /// The exchange that the response belongs to.
    let exchange: Exchange

    private var worker: Worker { exchange.worker }

    /// How the content is framed to the client.
    static func framing(_ framing: BodyFraming, version: HTTPVersion) -> BodyFraming {
        switch framing {
        case .none, .length: framing
        // A client of HTTP/1.0 knows no chunks: closing ends the content.
        case .chunked, .untilClose: version == .http11 ? .chunked : .untilClose
        }
    }

    /// Writes an interim response (RFC 9110 §15.2).
    func writeInformational(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        writeStatusLine(head, bytes, into: &buffer)
        writeFields(head, bytes, keepsContentLength: false, into: &buffer)
        buffer.appendLineEnd()
    }

    /// Writes the 101 that begins a WebSocket connection (RFC 9110 §7.8).
    func writeSwitch(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        exchange.client?.access?.status = head.status
        writeStatusLine(head, bytes, into: &buffer)
        writeFields(head, bytes, keepsContentLength: false, into: &buffer)
        buffer.append("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    }

    func write(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        framing: BodyFraming,
        closes: Bool,
        into buffer: inout OctetBuffer
    ) {
        exchange.client?.access?.status = head.status
        writeStatusLine(head, bytes, into: &buffer)
        // HEAD and 304 tell the length of what they leave out; 204 has none.
        let status = head.status
        writeFields(
            head,
            bytes,
            keepsContentLength: framing == .none && (exchange.request.isHead || status == 304),
            into: &buffer
        )
        switch framing {
        case .length(let length):
            buffer.append("Content-Length: ")
            buffer.append(decimal: length)
            buffer.appendLineEnd()
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if let allowed = exchange.request.allowed {
            writeAllow(head, bytes, atMost: allowed, into: &buffer)
        }
        if let cors = exchange.request.cors {
            buffer.writeCORS(cors.fields, origin: cors.origin.span)
        }
        if head.first(.date) == nil {
            buffer.append("Date: ")
            buffer.append(worker.date.value)
            buffer.appendLineEnd()
        }
        if closes {
            buffer.append("Connection: close\r\n")
        } else if exchange.request.version == .http10 {
            buffer.append("Connection: keep-alive\r\n")
        }
        buffer.appendLineEnd()
    }

    private func writeStatusLine(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: UInt64(clamping: head.status))
        buffer.append(" ")
        buffer.append(bytes.bytes(in: head.reason))
        buffer.appendLineEnd()
    }

    private func writeFields(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        keepsContentLength: Bool,
        into buffer: inout OctetBuffer
    ) {
        var hasLength = false
        for line in head.fields {
            switch line.field {
            case .transferEncoding: continue
            case .contentLength:
                // Identical lines pass as one.
                if !keepsContentLength || hasLength { continue }
                hasLength = true
            case .accessControlAllowOrigin, .accessControlAllowMethods,
                .accessControlAllowHeaders, .accessControlAllowCredentials,
                .accessControlExposeHeaders, .accessControlMaxAge:
                if exchange.request.cors != nil { continue }
            case .allow:
                if exchange.request.allowed != nil { continue }
            default: break
            }
            if head.isHopByHop(line, in: bytes) { continue }
            buffer.append(line, of: bytes)
        }
    }

    /// The methods that both the origin and the policy name; the policy's if the origin names none.
    private func writeAllow(
        _ head: borrowing ResponseHead,
        _ bytes: Span<UInt8>,
        atMost allowed: [UInt8],
        into buffer: inout OctetBuffer
    ) {
        var offered: [ArraySlice<UInt8>] = []
        for line in head.fields where line.field == .allow {
            let value = bytes.bytes(in: line.value).array
            offered += value.split { $0 == 0x2C || $0 == 0x20 || $0 == 0x09 }
        }
        let names = allowed.split { $0 == 0x2C || $0 == 0x20 }
        let both = offered.isEmpty ? names : names.filter { offered.contains($0) }
        buffer.append("Allow: ")
        buffer.append(Array(both.joined(separator: [0x2C, 0x20])))
        buffer.appendLineEnd()
    }
}
