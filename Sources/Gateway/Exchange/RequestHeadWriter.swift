internal import Curl
internal import HTTPMessage
internal import Judgement
internal import MethodPolicy
internal import NIOCore

/// Writes the head of a forwarded request: what was judged, the client's fields less those that are
/// not the origin's business, and ours (RFC 9110 §7.6).
struct RequestHeadWriter {
    let worker: Worker
    let client: ClientConnection
    let origin: OriginConfiguration
    let edits: RequestEdits

    /// Writes the head.
    ///
    /// The path is the canonical one: what is forwarded is what was judged.
    func write(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.write(bytes.bytes(in: worker.requestHead.method))
        buffer.writeStaticString(" ")
        if worker.judge.isPathAsSent {
            buffer.write(bytes.bytes(in: worker.requestHead.path))
        } else {
            buffer.writeBytes(worker.judge.path)
        }
        writeQuery(bytes, into: &buffer)
        buffer.writeStaticString(" HTTP/1.1\r\nHost: ")
        writeHost(bytes, into: &buffer)
        buffer.writeLineEnd()
        writeFields(bytes, into: &buffer)
        writeForwarding(bytes, into: &buffer)
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

    private func writeHost(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        let authority = bytes.bytes(in: worker.requestHead.authority)
        if origin.preservesHost ?? worker.configuration.preservesHost, !authority.isEmpty {
            buffer.write(authority)
        } else {
            buffer.writeString(origin.url.authority)
        }
    }

    /// Writes where COPY and MOVE write to: the path that was judged, at the scheme and host of
    /// this request.
    ///
    /// Origin servers compare one or the other with their own, and some refuse a path alone.
    private func writeDestination(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("Destination: ")
        buffer.writeStaticString(origin.url.isSecure ? "https://" : "http://")
        writeHost(bytes, into: &buffer)
        buffer.writeBytes(worker.judge.destination)
        buffer.writeLineEnd()
    }

    /// Writes the query as it was sent, unless method overrides are left out of it.
    private func writeQuery(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        guard worker.requestHead.hasQuery else { return }
        let query = bytes.bytes(in: worker.requestHead.query)
        var stripped: [UInt8] = []
        if let names = edits.strippedNames,
            ClaimReader.strippedQuery(query, names: names, into: &stripped)
        {
            guard !stripped.isEmpty else { return }
            buffer.writeStaticString("?")
            buffer.writeBytes(stripped)
            return
        }
        buffer.writeStaticString("?")
        buffer.write(query)
    }

    private func writeFields(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        for line in worker.requestHead.fields {
            if isNotTheClients(bytes.bytes(in: line.name)) { continue }
            switch line.field {
            // Written anew, or dropped whoever names them.
            case .host, .contentLength, .transferEncoding, .xOriginalURL, .xRewriteURL, .proxy,
                .xForwardedFor, .forwarded:
                continue
            case .xForwardedProto, .xForwardedHost:
                if !keeps(line.field) { continue }
            case .expect:
                // An HTTP/1.0 client cannot be told to continue (RFC 9110 §10.1.1).
                if !worker.requestHead.expectsContinue { continue }
            case .maxForwards where bytes.bytes(in: worker.requestHead.method).equals("OPTIONS"):
                writeDecremented(bytes.bytes(in: line.value), into: &buffer)
                continue
            case .destination where edits.writesDestination && !worker.judge.destination.isEmpty:
                writeDestination(bytes, into: &buffer)
                continue
            case .other:
                if isMisread(bytes.bytes(in: line.name)) { continue }
            default: break
            }
            if worker.requestHead.isHopByHop(line, in: bytes) { continue }
            buffer.write(line, of: bytes)
        }
    }

    /// Whether a trusted proxy's word on the scheme or host is passed on: if it is one word.
    private func keeps(_ field: FieldName) -> Bool {
        client.isTrustedProxy && worker.requestHead.count(of: field) == 1
    }

    /// Whether a field says who the client is, or carries a method that is to be left out.
    private func isNotTheClients(_ name: Span<UInt8>) -> Bool {
        if !client.isTrustedProxy, worker.identityFields.contains(name) { return true }
        return edits.strippedNames?.field(name) != nil
    }

    /// Whether some servers read a name as another one.
    private func isMisread(_ name: Span<UInt8>) -> Bool {
        guard Self.isAmbiguous(name) else { return false }
        // Where they are tolerated, none may be read as a field that means something here.
        return !edits.toleratesUnderscores || FieldName(hyphenating: name) != .other
    }

    private func writeForwarding(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        let chain = client.chain
        buffer.writeStaticString("X-Forwarded-For: ")
        write(chain.forwardedFor, of: .xForwardedFor, bytes, into: &buffer)
        buffer.writeBytes(client.address.text)
        buffer.writeLineEnd()
        if chain.forwarded != nil {
            buffer.writeStaticString("Forwarded: ")
            write(chain.forwarded, of: .forwarded, bytes, into: &buffer)
            buffer.writeForwardedElement(of: client.address)
            buffer.writeLineEnd()
        }
        if !keeps(.xForwardedProto) {
            buffer.writeStaticString("X-Forwarded-Proto: http\r\n")
        }
        let authority = bytes.bytes(in: worker.requestHead.authority)
        if !keeps(.xForwardedHost), !authority.isEmpty {
            buffer.writeStaticString("X-Forwarded-Host: ")
            buffer.write(authority)
            buffer.writeLineEnd()
        }
        buffer.writeStaticString(worker.requestHead.version == .http10 ? "Via: 1.0 " : "Via: 1.1 ")
        buffer.writeString(worker.configuration.pseudonym)
        buffer.writeLineEnd()
    }

    /// Writes the hops that trusted proxies vouch for, each line's with a comma behind.
    private func write(
        _ start: TrustedChain.Place?,
        of field: FieldName,
        _ bytes: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        guard let start else { return }
        let fields = worker.requestHead.fields
        for index in fields.indices where index >= start.line && fields[index].field == field {
            let value = fields[index].value
            let from = index == start.line ? start.offset : value.lowerBound
            guard from < value.upperBound else { continue }
            buffer.write(bytes.bytes(in: ByteRange(from, value.upperBound)))
            buffer.writeStaticString(", ")
        }
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

    /// Writes the trailer field lines that no server takes for a field that means something here.
    ///
    /// Some servers merge trailers into the header section (RFC 9110 §6.5.1 forbids it).
    static func writeTrailers(
        _ trailers: Span<UInt8>,
        _ identityFields: IdentityFields,
        _ overrideNames: OverrideNames?,
        into buffer: inout ByteBuffer
    ) {
        guard !trailers.isEmpty else { return }
        var lines: [FieldLine] = []
        // They were found valid when they were read.
        guard FieldSection.parse(trailers, limits: MessageLimits(), into: &lines) == nil else {
            return
        }
        for line in lines where line.field == .other {
            let name = trailers.bytes(in: line.name)
            if isAmbiguous(name) || identityFields.contains(name) { continue }
            if overrideNames?.field(name) != nil { continue }
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
