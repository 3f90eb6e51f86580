/// One member of Sec-WebSocket-Extensions (RFC 6455 section 9.1).
enum WebSocketExtension {
    /// Where the extension's name is in its list member; nil for a member that is malformed.
    ///
    /// `extension = extension-token *( ";" extension-param )`, a parameter being a token with a
    /// value perhaps: a token, or one in quotes. So no comma can hide in a value, and white space
    /// only stands around `;`.
    static func name(_ member: Span<UInt8>) -> ByteRange? {
        let end = member.skip(.token, from: 0, to: member.count)
        guard end > 0 else { return nil }
        var index = member.skipWhitespace(from: end)
        while index < member.count {
            guard member[index] == Octet.semicolon else { return nil }
            index = member.skipWhitespace(from: index &+ 1)
            guard let parameterEnd = parameterEnd(member, from: index) else { return nil }
            index = member.skipWhitespace(from: parameterEnd)
        }
        return ByteRange(0, end)
    }

    /// `token [ "=" ( token / quoted-string ) ]`; the end of what stands at `start`, nil if it is
    /// none.
    private static func parameterEnd(_ member: Span<UInt8>, from start: Int) -> Int? {
        guard let nameEnd = tokenEnd(member, from: start) else { return nil }
        guard nameEnd < member.count, member[nameEnd] == Octet.equals else { return nameEnd }
        let valueStart = nameEnd &+ 1
        guard valueStart < member.count, member[valueStart] == Octet.quote else {
            return tokenEnd(member, from: valueStart)
        }
        guard let valueEnd = tokenEnd(member, from: valueStart &+ 1), valueEnd < member.count,
            member[valueEnd] == Octet.quote
        else { return nil }
        return valueEnd &+ 1
    }

    /// The end of the token that stands at `start`, nil if there is none.
    private static func tokenEnd(_ member: Span<UInt8>, from start: Int) -> Int? {
        let end = member.skip(.token, from: start, to: member.count)
        return end > start ? end : nil
    }
}
