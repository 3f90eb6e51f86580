extension ProxyHeader {
    /// Octets of the longest line that version 1 has, its CRLF included.
    private static var lineBytesMax: Int { 107 }

    /// Reads a header of version 1, one line of text (section 2.1); nil if more octets are needed.
    ///
    /// Strict: one space between parts, no leading zeros, CRLF at the end and nowhere else.
    static func readText(_ bytes: Span<UInt8>) throws(Fault) -> Reading? {
        let line = bytes.extracting(first: lineBytesMax)
        let tcp4 = line.beginning("PROXY TCP4 ")
        let tcp6 = line.beginning("PROXY TCP6 ")
        let unknown = line.beginning("PROXY UNKNOWN")
        if tcp4 == .whole { return try readAddresses(line, isIPv4: true) }
        if tcp6 == .whole { return try readAddresses(line, isIPv4: false) }
        if unknown == .whole { return try readUnknown(line) }
        if tcp4 == .part || tcp6 == .part || unknown == .part { return nil }
        throw line.beginning("PROXY ") == .whole ? Fault.unsupportedFamily : .notProxyProtocol
    }

    /// `PROXY UNKNOWN` and anything up to CRLF, which is to be ignored.
    private static func readUnknown(_ line: Span<UInt8>) throws(Fault) -> Reading? {
        let start = "PROXY UNKNOWN".utf8.count
        guard start < line.count else { return nil }
        guard line[start] == Octet.space || line[start] == Octet.carriageReturn else {
            throw Fault.unsupportedFamily
        }
        var index = start
        while index < line.count, line[index] != Octet.carriageReturn {
            guard line[index] != Octet.lineFeed else { throw Fault.invalidLine }
            index &+= 1
        }
        guard try endsLine(line, at: index) else { return nil }
        return Reading(header: ProxyHeader(source: .unknown), length: index &+ 2)
    }

    /// The two addresses and the two ports, which are only looked into once the line is over.
    private static func readAddresses(
        _ line: Span<UInt8>,
        isIPv4: Bool
    ) throws(Fault) -> Reading? {
        let start = "PROXY TCP4 ".utf8.count
        var index = start
        while index < line.count, line[index] != Octet.carriageReturn {
            let octet = line[index]
            guard
                octet.hexadecimalValue != nil || octet == Octet.space || octet == Octet.dot
                    || octet == Octet.colon
            else { throw Fault.invalidLine }
            index &+= 1
        }
        guard try endsLine(line, at: index) else { return nil }
        let text = line.extracting(start..<index)
        var position = 0
        let sourceText = nextPart(of: text, from: &position)
        let destinationText = nextPart(of: text, from: &position)
        let sourcePort = nextPart(of: text, from: &position)
        let destinationPort = nextPart(of: text, from: &position)
        // Behind the last part there is no space.
        guard position == text.count &+ 1 else { throw Fault.invalidLine }
        let source = try endpoint(text, sourceText, port: sourcePort, isIPv4: isIPv4)
        let destination = try endpoint(text, destinationText, port: destinationPort, isIPv4: isIPv4)
        return Reading(
            header: ProxyHeader(source: .client(source, destination: destination)),
            length: index &+ 2
        )
    }

    /// Whether CRLF stands at `index`, where either CR does or the octets end; false if more are
    /// needed.
    private static func endsLine(_ line: Span<UInt8>, at index: Int) throws(Fault) -> Bool {
        guard index &+ 1 < line.count else {
            guard line.count < lineBytesMax else { throw Fault.headerTooLong }
            return false
        }
        guard line[index &+ 1] == Octet.lineFeed else { throw Fault.invalidLine }
        return true
    }

    /// What stands from `position` on up to a space or the end; `position` moves behind that.
    private static func nextPart(of text: Span<UInt8>, from position: inout Int) -> ByteRange {
        let start = position
        while position < text.count, text[position] != Octet.space { position &+= 1 }
        let part = ByteRange(start, position)
        position &+= 1
        return part
    }

    private static func endpoint(
        _ text: Span<UInt8>,
        _ address: ByteRange,
        port: ByteRange,
        isIPv4: Bool
    ) throws(Fault) -> Endpoint {
        let addressText = text.bytes(in: address)
        if isIPv4 {
            guard let value = AddressText.ipv4(addressText) else { throw Fault.invalidAddress }
            return Endpoint(ipv4: value, port: try Self.port(text.bytes(in: port)))
        }
        guard let value = AddressText.ipv6(addressText) else { throw Fault.invalidAddress }
        return Endpoint(address: value, port: try Self.port(text.bytes(in: port)))
    }

    /// A number from 0 to 65535, without leading zeros.
    private static func port(_ digits: Span<UInt8>) throws(Fault) -> UInt16 {
        guard (1...5).contains(digits.count), digits.count == 1 || digits[0] != 0x30 else {
            throw Fault.invalidPort
        }
        var value = 0
        for index in 0..<digits.count {
            guard digits[index].isDigit else { throw Fault.invalidPort }
            value = value &* 10 &+ Int(digits[index] &- 0x30)
        }
        guard let port = UInt16(exactly: value) else { throw Fault.invalidPort }
        return port
    }
}

/// How much of a literal stands at the beginning of octets that may still be arriving.
private enum Beginning {
    case whole, part, none
}

extension Span where Element == UInt8 {
    /// How much of `literal` stands here, in this case.
    fileprivate func beginning(_ literal: String) -> Beginning {
        var index = 0
        for expected in literal.utf8 {
            guard index < count else { return .part }
            guard self[index] == expected else { return .none }
            index &+= 1
        }
        return .whole
    }
}
