/// What a request asks for with its Upgrade field, as far as WebSocket is concerned (RFC 6455
/// sections 4.1 and 4.2.1, RFC 9110 section 7.8).
///
/// The protocol's rules are applied to the letter: a handshake that the origin server might take
/// for a request, or the other way round, would open a tunnel past the policy.
public enum WebSocketHandshake: Sendable, Equatable {
    /// There is no Upgrade field, or none that counts: an empty one, or another protocol's in
    /// HTTP/1.0.
    case notAnUpgrade
    /// A valid handshake, and what it offers.
    case offer(WebSocketOffer)
    /// A handshake of another version: 426, with `Sec-WebSocket-Version: 13`.
    case unsupportedVersion
    /// A handshake that breaks the protocol's rules: 400.
    case invalid(Fault)
    /// An upgrade, but not to WebSocket.
    case otherProtocol

    /// What was wrong with a handshake: a bounded set of stable names, fit for a metric's label.
    public enum Fault: String, Error, Sendable, CaseIterable {
        case method = "websocket_method"
        case httpVersion = "websocket_http_version"
        case connection = "websocket_connection"
        case content = "websocket_content"
        case version = "websocket_version"
        case key = "websocket_key"
        case protocols = "websocket_protocols"
        case extensions = "websocket_extensions"
    }

    /// Reads the handshake of a request.
    ///
    /// - Parameters:
    ///   - head: A complete head.
    ///   - bytes: The octets that it was read from.
    public init(of head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard head.hasUpgrade else {
            self = .notAnUpgrade
            return
        }
        guard head.summary.lists("websocket", in: .upgrade, of: head.fields, bytes) else {
            // HTTP/1.0 has no Upgrade (RFC 9110 section 7.8).
            let counts = head.version == .http11 && head.namesProtocol(bytes)
            self = counts ? .otherProtocol : .notAnUpgrade
            return
        }
        do throws(Fault) {
            try Self.checkRequest(head, bytes)
            guard try Self.isVersion13(head, bytes) else {
                self = .unsupportedVersion
                return
            }
            self = .offer(try WebSocketOffer(of: head, bytes))
        } catch {
            self = .invalid(error)
        }
    }

    /// What has nothing to do with the fields of the handshake (section 4.2.1, items 1 to 4).
    private static func checkRequest(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) throws(Fault) {
        guard bytes.bytes(in: head.method).equals("GET") else { throw Fault.method }
        guard head.version == .http11 else { throw Fault.httpVersion }
        guard head.summary.lists("upgrade", in: .connection, of: head.fields, bytes) else {
            throw Fault.connection
        }
        // What is judged here must not be removed on the way to the origin server.
        for line in head.fields where line.field.isWebSocketField {
            guard !head.isHopByHop(line, in: bytes) else { throw Fault.connection }
        }
        guard head.framing == .none else { throw Fault.content }
    }

    /// Whether Sec-WebSocket-Version is 13 and not another number (section 4.2.2, item 4).
    private static func isVersion13(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) throws(Fault) -> Bool {
        guard head.count(of: .secWebSocketVersion) == 1,
            let line = head.first(.secWebSocketVersion)
        else { throw Fault.version }
        let value = bytes.bytes(in: line.value)
        // The grammar has numbers from 0 to 255 without leading zeros.
        guard (1...3).contains(value.count), value.count == 1 || value[0] != 0x30 else {
            throw Fault.version
        }
        for index in 0..<value.count where !value[index].isDigit { throw Fault.version }
        return value.equals("13")
    }
}

extension WebSocketHandshake.Fault {
    /// One sentence for a person: what is wrong and what to do about it.
    public var explanation: String {
        switch self {
        case .method:
            "A WebSocket handshake is a GET request; send no other method with it."
        case .httpVersion:
            "A WebSocket handshake needs HTTP/1.1."
        case .connection:
            "The Connection field of a WebSocket handshake has 'upgrade' and names none of the "
                + "handshake's fields."
        case .content:
            "A WebSocket handshake has no content; leave Content-Length and Transfer-Encoding out."
        case .version:
            "A WebSocket handshake has one Sec-WebSocket-Version, a number; send 13."
        case .key:
            "A WebSocket handshake has one Sec-WebSocket-Key, 16 octets in base64."
        case .protocols:
            "Sec-WebSocket-Protocol is not a list of tokens."
        case .extensions:
            "Sec-WebSocket-Extensions is not a list of extensions with parameters."
        }
    }
}

extension RequestHead {
    /// Whether Upgrade has a member at all.
    fileprivate func namesProtocol(_ bytes: Span<UInt8>) -> Bool {
        for index in fields.indices where fields[index].field == .upgrade {
            var members = ListMembers()
            if members.next(in: bytes.bytes(in: fields[index].value)) != nil { return true }
        }
        return false
    }
}

extension FieldName {
    /// Whether the field is part of a WebSocket handshake's request.
    fileprivate var isWebSocketField: Bool {
        switch self {
        case .secWebSocketKey, .secWebSocketVersion, .secWebSocketProtocol,
            .secWebSocketExtensions:
            true
        default:
            false
        }
    }
}
