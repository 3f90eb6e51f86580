internal import HTTPMessage
internal import MethodPolicy

extension OctetBuffer {
    /// Appends a field line that was read from `bytes`, in the one form that every reader takes.
    mutating func append(_ line: FieldLine, of bytes: Span<UInt8>) {
        append(bytes.bytes(in: line.name))
        append(": ")
        append(bytes.bytes(in: line.value))
        appendLineEnd()
    }

    /// Appends an element of Forwarded that names a peer (RFC 7239 §4, §6): IPv6 in brackets and
    /// quotes.
    mutating func append(forwardedElementOf peer: PeerAddress) {
        append("for=")
        if let network = peer.network, !network.isIPv4 {
            append("\"[")
            append(peer.text)
            append("]\"")
        } else {
            append(peer.text)
        }
        append(";proto=http")
    }

    /// Appends octets as the inside of a JSON string.
    ///
    /// What is not printable ASCII becomes `?`.
    mutating func append(json text: Span<UInt8>) {
        append(text) { octet -> StaticString? in
            switch octet {
            case UInt8(ascii: "\""): "\\\""
            case UInt8(ascii: "\\"): "\\\\"
            case 0x20..<0x7F: nil
            default: "?"
            }
        }
    }

    /// Appends octets as HTML text.
    ///
    /// What is not printable ASCII becomes `?`.
    mutating func append(html text: Span<UInt8>) {
        append(text) { octet -> StaticString? in
            switch octet {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            case UInt8(ascii: "\""): "&quot;"
            case 0x20..<0x7F: nil
            default: "?"
            }
        }
    }

    /// Appends octets, those with a replacement replaced and the runs between them whole.
    @inline(__always)
    private mutating func append(
        _ text: Span<UInt8>,
        replacing replacement: (UInt8) -> StaticString?
    ) {
        var plainStart = 0
        for index in 0..<text.count {
            guard let replaced = replacement(text[index]) else { continue }
            append(text.extracting(plainStart..<index))
            append(replaced)
            plainStart = index + 1
        }
        append(text.extracting(plainStart..<text.count))
    }
}
