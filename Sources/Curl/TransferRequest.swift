internal import CCurl
internal import HTTPMessage

/// What libcurl has to know of a request that it sends itself, read from the request's octets.
struct TransferRequest {
    let headLength: Int
    let framing: BodyFraming
    let isHead: Bool

    /// Reads the head of a request and sets a handle up to send it.
    ///
    /// - Parameters:
    ///   - bytes: The octets of a request, the whole head at least: one that was judged and written
    ///     by the gateway, so nothing in it is a client's that was not found valid.
    ///   - easy: The handle.
    /// - Throws: A `CurlError` if the head is not whole, or libcurl does not take it.
    init(_ bytes: Span<UInt8>, configuring easy: inout EasyHandle) throws(CurlError) {
        var head = RequestHead()
        guard head.parse(bytes, limits: Self.limits) == .complete else {
            throw CurlError(kind: .other, description: "not the head of a request")
        }
        headLength = head.length
        framing = head.framing
        let method = bytes.bytes(in: head.method).text
        isHead = method == "HEAD"
        // The target is no part of the URL, which would be normalised (L-01).
        try easy.set(CURLOPT_REQUEST_TARGET, bytes.bytes(in: head.target).text)
        switch head.framing {
        case .none, .untilClose:
            // A method's name alone would have libcurl wait for content that HEAD has none of.
            try easy.set(isHead ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1)
        case .length(let length):
            try easy.set(CURLOPT_UPLOAD, 1)
            try easy.setContentLength(length)
        case .chunked:
            try easy.set(CURLOPT_UPLOAD, 1)
            try easy.setContentLength(nil)
        }
        try easy.set(CURLOPT_CUSTOMREQUEST, method)
        for line in head.fields {
            switch line.field {
            // HTTP/2 has no fields for one connection (RFC 9113 §8.2.2), and says itself where
            // content ends.
            case .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection,
                .upgrade, .te, .http2Settings:
                continue
            default: try easy.add(field: Self.text(of: line, in: bytes).span)
            }
        }
        // What libcurl would add by itself (L-05, L-06).
        if head.first(.accept) == nil { try easy.add(field: Array("Accept:".utf8).span) }
        if head.first(.expect) == nil { try easy.add(field: Array("Expect:".utf8).span) }
        // Trailers of responses pass (RFC 9110 §6.5.1); gRPC insists on hearing so.
        try easy.add(field: Array("TE: trailers".utf8).span)
        try easy.setFields()
    }

    /// The head was read before, by the operator's limits; ours are beyond any of theirs.
    private static let limits = MessageLimits(
        headBytesMax: 1 << 28,
        targetBytesMax: 1 << 28,
        fieldCountMax: 1 << 20,
        fieldLineBytesMax: 1 << 28,
        methodBytesMax: 1 << 16
    )

    /// A line as libcurl takes it; `Name:` would remove the field (L-07).
    private static func text(of line: FieldLine, in bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(line.name.count + line.value.count + 2)
        let name = bytes.bytes(in: line.name)
        for index in name.indices { text.append(name[index]) }
        guard !line.value.isEmpty else { return text + [0x3B] }
        text += [0x3A, 0x20]
        let value = bytes.bytes(in: line.value)
        for index in value.indices { text.append(value[index]) }
        return text
    }
}

extension Span where Element == UInt8 {
    /// The octets, which are ASCII, as text.
    var text: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
