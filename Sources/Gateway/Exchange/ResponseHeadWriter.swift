internal import HTTPMessage
internal import NIOCore

/// Writes the head of a forwarded response: the origin's fields less those that end at this
/// connection, with the policy's CORS fields in place of the origin's where it has any.
struct ResponseHeadWriter {
    let request: ForwardedRequest
    let worker: Worker

    /// How the content is framed to the client.
    static func framing(_ framing: BodyFraming, version: HTTPVersion) -> BodyFraming {
        switch framing {
        case .none, .length: framing
        // A client of HTTP/1.0 knows no chunks: closing ends the content.
        case .chunked, .untilClose: version == .http11 ? .chunked : .untilClose
        }
    }

    /// Writes an interim response (RFC 9110 §15.2).
    func writeInformational(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        writeStatusLine(bytes, into: &buffer)
        writeFields(bytes, keepsContentLength: false, into: &buffer)
        buffer.writeLineEnd()
    }

    func write(
        _ bytes: Span<UInt8>,
        framing: BodyFraming,
        closes: Bool,
        into buffer: inout ByteBuffer
    ) {
        writeStatusLine(bytes, into: &buffer)
        // HEAD and 304 tell the length of what they leave out; 204 has none.
        let status = worker.responseHead.status
        writeFields(
            bytes,
            keepsContentLength: framing == .none && (request.isHead || status == 304),
            into: &buffer
        )
        switch framing {
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(length)
            buffer.writeLineEnd()
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if let allowed = request.allowed { writeAllow(bytes, atMost: allowed, into: &buffer) }
        if let cors = request.cors {
            buffer.writeCORS(cors.fields, origin: cors.origin.span)
        }
        if worker.responseHead.first(.date) == nil {
            buffer.writeStaticString("Date: ")
            buffer.writeBytes(worker.date.value)
            buffer.writeLineEnd()
        }
        if closes {
            buffer.writeStaticString("Connection: close\r\n")
        } else if request.version == .http10 {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        buffer.writeLineEnd()
    }

    private func writeStatusLine(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeDecimal(UInt64(clamping: worker.responseHead.status))
        buffer.writeStaticString(" ")
        buffer.write(bytes.bytes(in: worker.responseHead.reason))
        buffer.writeLineEnd()
    }

    private func writeFields(
        _ bytes: Span<UInt8>,
        keepsContentLength: Bool,
        into buffer: inout ByteBuffer
    ) {
        var hasLength = false
        for line in worker.responseHead.fields {
            switch line.field {
            case .transferEncoding: continue
            case .contentLength:
                // Identical lines pass as one.
                if !keepsContentLength || hasLength { continue }
                hasLength = true
            case .accessControlAllowOrigin, .accessControlAllowMethods,
                .accessControlAllowHeaders, .accessControlAllowCredentials,
                .accessControlExposeHeaders, .accessControlMaxAge:
                if request.cors != nil { continue }
            case .allow:
                if request.allowed != nil { continue }
            default: break
            }
            if worker.responseHead.isHopByHop(line, in: bytes) { continue }
            buffer.write(line, of: bytes)
        }
    }

    /// The methods that both the origin and the policy name; the policy's if the origin names none.
    private func writeAllow(
        _ bytes: Span<UInt8>,
        atMost allowed: [UInt8],
        into buffer: inout ByteBuffer
    ) {
        var offered: [ArraySlice<UInt8>] = []
        for line in worker.responseHead.fields where line.field == .allow {
            let value = bytes.bytes(in: line.value).array
            offered += value.split { $0 == 0x2C || $0 == 0x20 || $0 == 0x09 }
        }
        let names = allowed.split { $0 == 0x2C || $0 == 0x20 }
        let both = offered.isEmpty ? names : names.filter { offered.contains($0) }
        buffer.writeStaticString("Allow: ")
        buffer.writeBytes(Array(both.joined(separator: [0x2C, 0x20])))
        buffer.writeLineEnd()
    }
}
