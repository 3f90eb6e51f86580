extension WebSocketOffer {
    /// What was wrong with a 101 that should begin a WebSocket connection: a bounded set of stable
    /// names, fit for a metric's label.
    public enum Breach: String, Sendable, CaseIterable {
        case status = "websocket_answer_status"
        case httpVersion = "websocket_answer_http_version"
        case upgrade = "websocket_answer_upgrade"
        case connection = "websocket_answer_connection"
        case content = "websocket_answer_content"
        case acceptance = "websocket_answer_accept"
        case chosenProtocol = "websocket_answer_protocol"
        case chosenExtension = "websocket_answer_extension"
    }

    /// Checks the response that an origin server accepts this offer with (RFC 6455 section 4.1, the
    /// list at its end).
    ///
    /// Only after nil may octets be passed on unread in either direction; after anything else the
    /// connection is of no use any more.
    ///
    /// - Parameters:
    ///   - response: A complete head.
    ///   - bytes: The octets that it was read from.
    /// - Returns: The first rule that the response breaks, or nil.
    public func breach(
        in response: borrowing ResponseHead,
        _ bytes: Span<UInt8>
    ) -> Breach? {
        guard response.status == 101 else { return .status }
        guard response.version == .http11 else { return .httpVersion }
        guard response.count(of: .upgrade) == 1, let upgrade = response.first(.upgrade),
            bytes.bytes(in: upgrade.value).spells("websocket")
        else { return .upgrade }
        guard response.summary.lists("upgrade", in: .connection, of: response.fields, bytes) else {
            return .connection
        }
        // A 101 has no content (RFC 9110 section 15.2): octets behind it are the tunnel's.
        guard !response.summary.contains(.transferEncoding),
            response.summary.contentLength ?? 0 == 0
        else { return .content }
        guard accepts(response, bytes) else { return .acceptance }
        guard choosesProtocol(response, bytes) else { return .chosenProtocol }
        guard choosesExtensions(response, bytes) else { return .chosenExtension }
        return nil
    }

    /// Whether there is one Sec-WebSocket-Accept, made from the key.
    private func accepts(_ response: borrowing ResponseHead, _ bytes: Span<UInt8>) -> Bool {
        guard response.count(of: .secWebSocketAccept) == 1,
            let line = response.first(.secWebSocketAccept)
        else { return false }
        let expected = key.acceptance
        return bytes.bytes(in: line.value).equals(expected.span)
    }

    /// Whether there is no Sec-WebSocket-Protocol, or one with one protocol that was offered.
    private func choosesProtocol(
        _ response: borrowing ResponseHead,
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard let line = response.first(.secWebSocketProtocol) else { return true }
        return response.count(of: .secWebSocketProtocol) == 1
            && offersProtocol(bytes.bytes(in: line.value))
    }

    /// Whether Sec-WebSocket-Extensions names nothing that was not offered.
    private func choosesExtensions(
        _ response: borrowing ResponseHead,
        _ bytes: Span<UInt8>
    ) -> Bool {
        let fields = response.fields
        for index in fields.indices where fields[index].field == .secWebSocketExtensions {
            let value = bytes.bytes(in: fields[index].value)
            var members = ListMembers()
            while let range = members.next(in: value) {
                let member = value.bytes(in: range)
                guard let name = WebSocketExtension.name(member),
                    offersExtension(member.bytes(in: name))
                else { return false }
            }
        }
        return true
    }
}

extension WebSocketOffer.Breach {
    /// One sentence for a person: what is wrong with the origin server's answer.
    public var explanation: String {
        switch self {
        case .status:
            "The origin server did not answer the WebSocket handshake with 101."
        case .httpVersion:
            "The origin server accepted a WebSocket handshake in HTTP/1.0."
        case .upgrade:
            "The origin server's 101 has not exactly one 'Upgrade: websocket'."
        case .connection:
            "The Connection field of the origin server's 101 has no 'upgrade'."
        case .content:
            "The origin server's 101 announces content."
        case .acceptance:
            "The Sec-WebSocket-Accept of the origin server's 101 does not answer the key."
        case .chosenProtocol:
            "The origin server chose a WebSocket protocol that the client did not offer."
        case .chosenExtension:
            "The origin server chose a WebSocket extension that the client did not offer."
        }
    }
}
