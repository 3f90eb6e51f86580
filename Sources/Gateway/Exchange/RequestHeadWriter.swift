internal import Curl
internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// Writes the head of a forwarded request: what was judged, the client's fields less those that are
/// not the origin's business, and ours (RFC 9110 §7.6).
struct RequestHeadWriter {
    let worker: Worker
    let client: ClientConnection
    let upstream: Upstream
    let edits: RequestEdits

    /// Writes the head.
    ///
    /// The path is the canonical one: what is forwarded is what was judged.
    func write(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, into buffer: inout OctetBuffer)
    {
        buffer.append(bytes.bytes(in: head.method))
        buffer.append(" ")
        if worker.judge.isPathAsSent {
            buffer.append(bytes.bytes(in: head.path))
        } else {
            buffer.append(worker.judge.path)
        }
        writeQuery(head, bytes, into: &buffer)
        buffer.append(" HTTP/1.1\r\nHost: ")
        writeHost(head, bytes, into: &buffer)
        buffer.appendLineEnd()
        writeFields(head, bytes, into: &buffer)
        writeForwarding(head, bytes, into: &buffer)
        if let made = worker.trace.made {
            buffer.append("traceparent: ")
            buffer.append(made.octets.span)
            buffer.appendLineEnd()
        }
        switch head.framing {
        case .length(let length):
            buffer.append("Content-Length: ")
            buffer.append(decimal: length)
            buffer.appendLineEnd()
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if edits.asksForWebSocket { buffer.append("Connection: Upgrade\r\nUpgrade: websocket\r\n") }
        buffer.appendLineEnd()
    }

    private func writeHost(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        let authority = bytes.bytes(in: head.authority)
        if upstream.configuration.preservesHost ?? worker.configuration.preservesHost,
            !authority.isEmpty
        {
            buffer.append(authority)
        } else {
            buffer.append(text: upstream.authority)
        }
    }

    /// Writes where COPY and MOVE write to: the path that was judged, at the scheme and host of
    /// this request.
    ///
    /// Origin servers compare one or the other with their own, and some refuse a path alone.
    private func writeDestination(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        buffer.append("Destination: ")
        buffer.append(upstream.isSecure ? "https://" : "http://")
        writeHost(head, bytes, into: &buffer)
        buffer.append(worker.judge.destination)
        buffer.appendLineEnd()
    }

    /// Writes the query as it was sent, unless method overrides are left out of it.
    private func writeQuery(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        guard head.hasQuery else { return }
        let query = bytes.bytes(in: head.query)
        var stripped: [UInt8] = []
        if let names = edits.strippedNames,
            ClaimReader.strippedQuery(query, names: names, into: &stripped)
        {
            guard !stripped.isEmpty else { return }
            buffer.append("?")
            buffer.append(stripped)
            return
        }
        buffer.append("?")
        buffer.append(query)
    }

    private func writeFields(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        for line in head.fields {
            if isNotTheClients(bytes.bytes(in: line.name)) { continue }
            switch line.field {
            // Written anew, or dropped whoever names them.
            case .host, .contentLength, .transferEncoding, .xOriginalURL, .xRewriteURL, .proxy,
                .xForwardedFor, .forwarded:
                continue
            case .xForwardedProto, .xForwardedHost:
                if !keeps(line.field, head) { continue }
            case .expect:
                // An HTTP/1.0 client cannot be told to continue (RFC 9110 §10.1.1).
                if !head.expectsContinue { continue }
            case .maxForwards where bytes.bytes(in: head.method).equals("OPTIONS"):
                writeDecremented(bytes.bytes(in: line.value), into: &buffer)
                continue
            case .destination where edits.writesDestination && !worker.judge.destination.isEmpty:
                writeDestination(head, bytes, into: &buffer)
                continue
            case .traceparent, .tracestate:
                if !worker.trace.passes(line.field) { continue }
            case .other:
                if isMisread(bytes.bytes(in: line.name)) { continue }
            default: break
            }
            if head.isHopByHop(line, in: bytes) { continue }
            buffer.append(line, of: bytes)
        }
    }

    /// Whether a trusted proxy's word on the scheme or host is passed on: if it is one word.
    private func keeps(_ field: FieldName, _ head: borrowing RequestHead) -> Bool {
        client.isTrustedProxy && head.count(of: field) == 1
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

    private func writeForwarding(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        let chain = client.chain
        buffer.append("X-Forwarded-For: ")
        write(chain.forwardedFor, of: .xForwardedFor, head, bytes, into: &buffer)
        buffer.append(client.address.text)
        buffer.appendLineEnd()
        if chain.forwarded != nil {
            buffer.append("Forwarded: ")
            write(chain.forwarded, of: .forwarded, head, bytes, into: &buffer)
            buffer.append(forwardedElementOf: client.address)
            buffer.appendLineEnd()
        }
        if !keeps(.xForwardedProto, head) {
            let isSecure = client.arrival.isSecure
            buffer.append(isSecure ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n")
        }
        let authority = bytes.bytes(in: head.authority)
        if !keeps(.xForwardedHost, head), !authority.isEmpty {
            buffer.append("X-Forwarded-Host: ")
            buffer.append(authority)
            buffer.appendLineEnd()
        }
        if client.arrival.carrier == .stream {
            buffer.append("Via: 2.0 ")
        } else {
            buffer.append(head.version == .http10 ? "Via: 1.0 " : "Via: 1.1 ")
        }
        buffer.append(text: worker.configuration.pseudonym)
        buffer.appendLineEnd()
    }

    /// Writes the hops that trusted proxies vouch for, each line's with a comma behind.
    private func write(
        _ start: TrustedChain.Place?,
        of field: FieldName,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        into buffer: inout OctetBuffer
    ) {
        guard let start else { return }
        let fields = head.fields
        for index in fields.indices where index >= start.line && fields[index].field == field {
            let value = fields[index].value
            let from = index == start.line ? start.offset : value.lowerBound
            guard from < value.upperBound else { continue }
            buffer.append(bytes.bytes(in: ByteRange(from, value.upperBound)))
            buffer.append(", ")
        }
    }

    private func writeDecremented(_ value: Span<UInt8>, into buffer: inout OctetBuffer) {
        guard let number = DecimalNumber.read(value), number > 0 else { return }
        buffer.append("Max-Forwards: ")
        buffer.append(decimal: number - 1)
        buffer.appendLineEnd()
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
        into buffer: inout OctetBuffer
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
            buffer.append(line, of: trailers)
        }
    }

    /// How often a request may pass one gateway before it counts as going round in circles.
    private static let passesMax = 8

    /// Whether our own name stands in Via so often that the request is in a loop.
    static func countsLoop(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        pseudonym: String
    ) -> Bool {
        guard head.first(.via) != nil else { return false }
        let name = Array(pseudonym.utf8)
        var passes = 0
        for line in head.fields where line.field == .via {
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
