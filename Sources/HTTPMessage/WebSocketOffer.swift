/// What a client offers in a WebSocket handshake, and so what an origin server may choose.
///
/// It holds copies, because the request's octets are gone when the response comes. Without
/// protocols and extensions it allocates nothing.
public struct WebSocketOffer: Sendable, Equatable {
    /// The client's nonce.
    public let key: WebSocketKey
    /// The protocols, with commas between them.
    private var protocols: [UInt8] = []
    /// The names of the extensions, with commas between them.
    private var extensions: [UInt8] = []

    /// Reads what the handshake's fields say, the version left out (RFC 6455 section 4.2.1, items 5
    /// to 9).
    init(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) throws(WebSocketHandshake.Fault) {
        guard head.count(of: .secWebSocketKey) == 1, let line = head.first(.secWebSocketKey),
            let key = WebSocketKey(bytes.bytes(in: line.value))
        else { throw .key }
        self.key = key
        let fields = head.fields
        for index in fields.indices {
            let value = bytes.bytes(in: fields[index].value)
            switch fields[index].field {
            case .secWebSocketProtocol: try addProtocols(value)
            case .secWebSocketExtensions: try addExtensions(value)
            default: break
            }
        }
    }

    /// `#token`, which may be spread over several lines (section 11.3.4).
    ///
    /// The grammar wants one at least; a list of none offers nothing.
    private mutating func addProtocols(
        _ value: Span<UInt8>
    ) throws(WebSocketHandshake.Fault) {
        var members = ListMembers()
        while let member = members.next(in: value) {
            let name = value.bytes(in: member)
            guard name.skip(.token, from: 0, to: name.count) == name.count else {
                throw .protocols
            }
            Self.append(name, to: &protocols)
        }
    }

    /// `#extension`, which may be spread over several lines (section 11.3.2).
    private mutating func addExtensions(
        _ value: Span<UInt8>
    ) throws(WebSocketHandshake.Fault) {
        var members = ListMembers()
        while let range = members.next(in: value) {
            let member = value.bytes(in: range)
            guard let name = WebSocketExtension.name(member) else { throw .extensions }
            Self.append(member.bytes(in: name), to: &extensions)
        }
    }

    private static func append(_ name: Span<UInt8>, to list: inout [UInt8]) {
        if !list.isEmpty { list.append(Octet.comma) }
        for index in 0..<name.count { list.append(name[index]) }
    }

    /// Whether the client offered a protocol; their names are compared as they are.
    func offersProtocol(_ name: Span<UInt8>) -> Bool {
        Self.contains(name, in: protocols.span)
    }

    /// Whether the client offered an extension of this name.
    func offersExtension(_ name: Span<UInt8>) -> Bool {
        Self.contains(name, in: extensions.span)
    }

    private static func contains(_ name: Span<UInt8>, in list: Span<UInt8>) -> Bool {
        var members = ListMembers()
        while let member = members.next(in: list) {
            if list.bytes(in: member).equals(name) { return true }
        }
        return false
    }
}
