internal import Curl
internal import HTTPMessage
internal import NIOCore

/// Writes the head of a forwarded request: what was judged, the client's fields less those that are
/// not the origin's business, and ours (RFC 9110 §7.6).
struct RequestHeadWriter {
    let worker: Worker
    let peer: PeerAddress
    let origin: OriginConfiguration

    /// Writes the head.
    ///
    /// `path` is the canonical path: what is forwarded is what was judged.
    func write(path: Span<UInt8>, _ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.write(bytes.bytes(in: worker.requestHead.method))
        buffer.writeStaticString(" ")
        buffer.write(path)
        if worker.requestHead.hasQuery {
            buffer.writeStaticString("?")
            buffer.write(bytes.bytes(in: worker.requestHead.query))
        }
        buffer.writeStaticString(" HTTP/1.1\r\nHost: ")
        let authority = bytes.bytes(in: worker.requestHead.authority)
        if origin.preservesHost ?? worker.configuration.preservesHost, !authority.isEmpty {
            buffer.write(authority)
        } else {
            buffer.writeString(origin.url.authority)
        }
        buffer.writeLineEnd()
        let trustsPeer = worker.configuration.trustedProxies.contains { $0.contains(peer) }
        writeFields(bytes, trustsPeer: trustsPeer, into: &buffer)
        writeForwarding(bytes, trustsPeer: trustsPeer, into: &buffer)
        switch worker.requestHead.framing {
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(length)
            buffer.writeLineEnd()
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        buffer.writeLineEnd()
    }

    private func writeFields(
        _ bytes: Span<UInt8>,
        trustsPeer: Bool,
        into buffer: inout ByteBuffer
    ) {
        for line in worker.requestHead.fields {
            switch line.field {
            // Written anew, or dropped whoever names them.
            case .host, .contentLength, .transferEncoding, .xOriginalURL, .xRewriteURL, .proxy:
                continue
            case .xForwardedFor:
                continue
            case .xForwardedProto, .xForwardedHost, .forwarded:
                if !trustsPeer { continue }
            case .expect:
                // An HTTP/1.0 client cannot be told to continue (RFC 9110 §10.1.1).
                if !worker.requestHead.expectsContinue { continue }
            case .maxForwards where bytes.bytes(in: worker.requestHead.method).equals("OPTIONS"):
                writeDecremented(bytes.bytes(in: line.value), into: &buffer)
                continue
            case .other:
                let name = bytes.bytes(in: line.name)
                if Self.isAmbiguous(name) { continue }
                if !trustsPeer, Self.speaksOfClient(name) { continue }
            default: break
            }
            if worker.requestHead.isHopByHop(line, in: bytes) { continue }
            buffer.write(line, of: bytes)
        }
    }

    private func writeForwarding(
        _ bytes: Span<UInt8>,
        trustsPeer: Bool,
        into buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("X-Forwarded-For: ")
        if trustsPeer {
            for line in worker.requestHead.fields where line.field == .xForwardedFor {
                buffer.write(bytes.bytes(in: line.value))
                buffer.writeStaticString(", ")
            }
        }
        buffer.writeBytes(peer.text)
        buffer.writeLineEnd()
        if !trustsPeer || worker.requestHead.first(.xForwardedProto) == nil {
            buffer.writeStaticString("X-Forwarded-Proto: http\r\n")
        }
        let authority = bytes.bytes(in: worker.requestHead.authority)
        if !trustsPeer || worker.requestHead.first(.xForwardedHost) == nil, !authority.isEmpty {
            buffer.writeStaticString("X-Forwarded-Host: ")
            buffer.write(authority)
            buffer.writeLineEnd()
        }
        buffer.writeStaticString(worker.requestHead.version == .http10 ? "Via: 1.0 " : "Via: 1.1 ")
        buffer.writeString(worker.configuration.pseudonym)
        buffer.writeLineEnd()
    }

    private func writeDecremented(_ value: Span<UInt8>, into buffer: inout ByteBuffer) {
        guard let number = DecimalNumber.read(value), number > 0 else { return }
        buffer.writeStaticString("Max-Forwards: ")
        buffer.writeDecimal(number - 1)
        buffer.writeLineEnd()
    }

    /// CGI reads `a_b` and `a-b` as the same name, so only one spelling passes.
    private static func isAmbiguous(_ name: Span<UInt8>) -> Bool {
        for index in 0..<name.count where name[index] == 0x5F { return true }
        return false
    }

    /// Whether a field says who the client is or what it asked for: ours to say, or a trusted
    /// proxy's.
    private static func speaksOfClient(_ name: Span<UInt8>) -> Bool {
        name.bytes(in: ByteRange(0, 12)).equalsIgnoringCase("x-forwarded-")
            || name.equalsIgnoringCase("x-real-ip")
    }

    /// Writes the trailer field lines that no server takes for a field that means something here.
    ///
    /// Some servers merge trailers into the header section (RFC 9110 §6.5.1 forbids it).
    static func writeTrailers(_ trailers: Span<UInt8>, into buffer: inout ByteBuffer) {
        guard !trailers.isEmpty else { return }
        var lines: [FieldLine] = []
        // They were found valid when they were read.
        guard FieldSection.parse(trailers, limits: MessageLimits(), into: &lines) == nil else {
            return
        }
        for line in lines where line.field == .other {
            let name = trailers.bytes(in: line.name)
            if isAmbiguous(name) || speaksOfClient(name) { continue }
            buffer.write(line, of: trailers)
        }
    }

    /// How often a request may pass one gateway before it counts as going round in circles.
    private static let passesMax = 8

    /// Whether our own name stands in Via so often that the request is in a loop.
    static func countsLoop(_ worker: Worker, _ bytes: Span<UInt8>) -> Bool {
        guard worker.requestHead.first(.via) != nil else { return false }
        let name = Array(worker.configuration.pseudonym.utf8)
        var passes = 0
        for line in worker.requestHead.fields where line.field == .via {
            passes += occurrences(of: name, in: bytes.bytes(in: line.value))
        }
        return passes >= passesMax
    }

    /// How many members of a Via list are received by `name`.
    private static func occurrences(of name: [UInt8], in value: Span<UInt8>) -> Int {
        var count = 0
        var index = 0
        while index + name.count <= value.count {
            let isStart = index > 0 && value[index - 1] == 0x20
            let end = index + name.count
            let isEnd = end == value.count || value[end] == 0x2C || value[end] == 0x20
            if isStart && isEnd {
                var matches = true
                for offset in 0..<name.count where value[index + offset] != name[offset] {
                    matches = false
                }
                if matches { count += 1 }
            }
            index += 1
        }
        return count
    }
}
