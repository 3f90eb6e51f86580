import HTTPMessage

/// What came of octets as one line of text: `incomplete`, a fault's name, or the header.
///
/// A header is `length source`, a source being `proxy`, `unknown` or `address:port>address:port`
/// with addresses in hexadecimal digits, and ` tls version verified` behind it.
func readProxyHeader(_ bytes: [UInt8]) -> String {
    switch ProxyHeader.parse(bytes.span) {
    case .incomplete: return "incomplete"
    case .malformed(let fault): return fault.rawValue
    case .complete(let header, let length):
        var text = "\(length) "
        switch header.source {
        case .proxy: text += "proxy"
        case .unknown: text += "unknown"
        case .client(let source, let destination):
            text += "\(written(source))>\(written(destination))"
        }
        if let tls = header.tls {
            let version = String(
                decoding: bytes[tls.version.lowerBound..<tls.version.upperBound],
                as: UTF8.self
            )
            text += " tls \(version) \(tls.hasVerifiedCertificate)"
        }
        return text
    }
}

func readProxyHeader(_ text: String) -> String {
    readProxyHeader(Array(text.utf8))
}

private func written(_ endpoint: ProxyHeader.Endpoint) -> String {
    var octets: [UInt8] = []
    let address = endpoint.octets
    for index in address.indices { octets.append(address[index]) }
    if octets.prefix(12).elementsEqual(Array(repeating: 0, count: 10) + [0xFF, 0xFF]) {
        return octets.suffix(4).map { "\($0)" }.joined(separator: ".") + ":\(endpoint.port)"
    }
    return octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        + ":\(endpoint.port)"
}

/// A header of version 2, octet by octet.
enum ProxyHeaderWriter {
    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// 192.0.2.1:56324 to 198.51.100.2:443.
    static let tcp4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0xDC, 0x04, 0x01, 0xBB]
    /// 2001:db8::1:1 to 2001:db8::2:65535.
    static let tcp6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
        + [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [2] + [0, 1, 0xFF, 0xFF]

    static func header(_ command: UInt8, _ family: UInt8, _ block: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(block.count >> 8), UInt8(block.count & 0xFF)] + block
    }

    static func vector(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
    }

    /// The octets that hexadecimal digits stand for.
    static func octets(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }
}
