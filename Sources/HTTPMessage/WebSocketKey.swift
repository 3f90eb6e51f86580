/// The nonce of a WebSocket handshake, the value of Sec-WebSocket-Key (RFC 6455 section 4.1).
public struct WebSocketKey: Sendable, Equatable {
    /// The 16 octets as a number.
    let value: UInt128

    /// Octets of the value in base64.
    private static var octetCount: Int { 24 }

    /// Reads a value: 16 octets in base64, written in the one way that there is.
    ///
    /// Nil for anything else, so also where the bits that the last digit has left over are not
    /// zero.
    public init?(_ text: Span<UInt8>) {
        guard text.count == Self.octetCount, text[22] == Base64.padding,
            text[23] == Base64.padding
        else { return nil }
        var value: UInt128 = 0
        for index in 0..<21 {
            guard let digit = Base64.value(text[index]) else { return nil }
            value = value &<< 6 | UInt128(digit)
        }
        // Two bits of the last digit belong to the octets.
        guard let last = Base64.value(text[21]), last & 0x0F == 0 else { return nil }
        self.value = value &<< 2 | UInt128(last >> 4)
    }

    /// The value of the Sec-WebSocket-Accept that answers the key (section 4.2.2, item 5.4).
    public var acceptance: InlineArray<28, UInt8> {
        let digest = SHA1.digest(of: message.span)
        var text = InlineArray<28, UInt8>(repeating: Base64.padding)
        // 160 bits are 26 digits and four bits, which a last one holds.
        for index in 0..<27 {
            let bit = index &* 6
            let first = UInt16(digest[bit / 8])
            let second = bit / 8 &+ 1 < 20 ? UInt16(digest[bit / 8 &+ 1]) : 0
            let window = first &<< 8 | second
            text[index] = Base64.digit(UInt8(truncatingIfNeeded: window >> (10 &- bit % 8)))
        }
        return text
    }

    /// The key as it was sent, and the protocol's own identifier behind it.
    private var message: InlineArray<60, UInt8> {
        var message = InlineArray<60, UInt8>(repeating: Base64.padding)
        for index in 0..<21 {
            let digit = UInt8(truncatingIfNeeded: value >> (122 &- 6 &* index))
            message[index] = Base64.digit(digit)
        }
        message[21] = Base64.digit(UInt8(truncatingIfNeeded: value) &<< 4)
        var index = Self.octetCount
        for octet in "258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8 {
            message[index] = octet
            index &+= 1
        }
        return message
    }
}
