extension ProxyHeader {
    /// What the octet behind the command says about the addresses.
    private enum Family {
        case tcp4, tcp6
        /// Addresses that have no meaning here, of a known number of octets.
        case skipped(Int)
        /// Nothing to rely on, not even where the addresses end.
        case unspecified

        /// Octets of both addresses and ports; nil where that is not known.
        var octetCount: Int? {
            switch self {
            case .tcp4: 12
            case .tcp6: 36
            case .skipped(let count): count
            case .unspecified: nil
            }
        }

        /// Reads the octet: the address family in its upper half, the transport in its lower.
        init?(_ octet: UInt8) {
            switch (octet >> 4, octet & 0x0F) {
            case (0...3, 0), (0, 1...2): self = .unspecified
            case (1, 1): self = .tcp4
            case (2, 1): self = .tcp6
            case (1, 2): self = .skipped(12)
            case (2, 2): self = .skipped(36)
            case (3, 1...2): self = .skipped(216)
            default: return nil
            }
        }
    }

    /// Octets of the fixed part.
    private static var fixedPartCount: Int { 16 }

    private static var signature: InlineArray<12, UInt8> {
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    }

    /// Reads a header of version 2 (section 2.2); nil if more octets are needed.
    ///
    /// What a LOCAL header and one of an unspecified family hold is skipped unread, as it has no
    /// defined form.
    static func readBinary(_ bytes: Span<UInt8>) throws(Fault) -> Reading? {
        let signature = Self.signature
        for index in 0..<min(signature.count, bytes.count) where bytes[index] != signature[index] {
            throw Fault.notProxyProtocol
        }
        guard bytes.count > 12 else { return nil }
        guard bytes[12] & 0xF0 == 0x20 else { throw Fault.unsupportedVersion }
        guard bytes[12] & 0x0F <= 1 else { throw Fault.unsupportedCommand }
        let isLocal = bytes[12] & 0x0F == 0
        guard bytes.count > 13 else { return nil }
        // The family of a LOCAL header is to be ignored, whatever it says.
        guard let family = isLocal ? .unspecified : Family(bytes[13]) else {
            throw Fault.unsupportedFamily
        }
        guard bytes.count >= fixedPartCount else { return nil }
        let length = fixedPartCount &+ Int(bytes.number16(at: 14))
        guard length <= octetCountMax else { throw Fault.headerTooLong }
        guard length &- fixedPartCount >= family.octetCount ?? 0 else {
            throw Fault.addressesCutShort
        }
        guard bytes.count >= length else { return nil }
        let header = bytes.extracting(first: length)
        if isLocal { return Reading(header: ProxyHeader(source: .proxy), length: length) }
        var tls: TLS?
        if let count = family.octetCount {
            tls = try readVectors(header, from: fixedPartCount &+ count)
        }
        let source = source(header, family)
        return Reading(header: ProxyHeader(source: source, tls: tls), length: length)
    }

    /// The addresses of a header that is long enough for them.
    private static func source(_ header: Span<UInt8>, _ family: Family) -> Source {
        let start = fixedPartCount
        switch family {
        case .tcp4:
            return .client(
                Endpoint(
                    ipv4: UInt32(truncatingIfNeeded: header.number(at: start, octets: 4)),
                    port: header.number16(at: start &+ 8)
                ),
                destination: Endpoint(
                    ipv4: UInt32(truncatingIfNeeded: header.number(at: start &+ 4, octets: 4)),
                    port: header.number16(at: start &+ 10)
                )
            )
        case .tcp6:
            return .client(
                Endpoint(
                    address: header.number(at: start, octets: 16),
                    port: header.number16(at: start &+ 32)
                ),
                destination: Endpoint(
                    address: header.number(at: start &+ 16, octets: 16),
                    port: header.number16(at: start &+ 34)
                )
            )
        case .skipped, .unspecified:
            return .unknown
        }
    }

    /// Walks the type-length-value vectors behind the addresses; returns what they say about TLS.
    ///
    /// Types that mean nothing here are stepped over; each that does may stand once.
    private static func readVectors(
        _ header: Span<UInt8>,
        from start: Int
    ) throws(Fault) -> TLS? {
        var vectors = Vectors(header, from: start, to: header.count)
        var tls: TLS?
        var hasTLS = false
        var hasChecksum = false
        while let (type, value) = try vectors.next(in: header) {
            switch type {
            case 0x03:
                guard !hasChecksum, value.count == 4 else { throw Fault.invalidVector }
                hasChecksum = true
                let sum = header.number(at: value.lowerBound, octets: 4)
                guard sum == UInt128(CRC32C.checksum(of: header, zeroing: value)) else {
                    throw Fault.checksumMismatch
                }
            case 0x20:
                guard !hasTLS else { throw Fault.invalidVector }
                hasTLS = true
                tls = try readTLS(header, value)
            default:
                break
            }
        }
        return tls
    }

    /// `client` (1 octet of flags), `verify` (4 octets, zero for a certificate that is valid), and
    /// vectors (section 2.2.6); nil if the client used no TLS.
    private static func readTLS(
        _ header: Span<UInt8>,
        _ range: ByteRange
    ) throws(Fault) -> TLS? {
        guard range.count >= 5 else { throw Fault.invalidVector }
        let flags = header[range.lowerBound]
        let isVerified = header.number(at: range.lowerBound &+ 1, octets: 4) == 0
        var vectors = Vectors(header, from: range.lowerBound &+ 5, to: range.upperBound)
        var version = ByteRange.empty
        while let (type, value) = try vectors.next(in: header) {
            guard type == 0x21 else { continue }
            guard version.isEmpty, !value.isEmpty else { throw Fault.invalidVector }
            for index in value.lowerBound..<value.upperBound {
                guard header[index] > 0x20, header[index] < 0x7F else { throw Fault.invalidVector }
            }
            version = value
        }
        guard flags & 0x01 != 0 else { return nil }
        return TLS(version: version, hasVerifiedCertificate: flags & 0x06 != 0 && isVerified)
    }
}

/// Walks type-length-value vectors: a type of one octet, a length of two, and so many octets.
private struct Vectors {
    private var position: Int
    private let end: Int

    /// Makes a walk of what lies between two offsets of `header`.
    init(_ header: Span<UInt8>, from start: Int, to end: Int) {
        self.end = min(end, header.count)
        position = start
    }

    /// The next vector's type and where its value is; nil at the end.
    mutating func next(
        in header: Span<UInt8>
    ) throws(ProxyHeader.Fault) -> (type: UInt8, value: ByteRange)? {
        guard position < end else { return nil }
        guard end &- position >= 3 else { throw ProxyHeader.Fault.invalidVector }
        let type = header[position]
        let start = position &+ 3
        let length = Int(header.number16(at: position &+ 1))
        guard end &- start >= length else { throw ProxyHeader.Fault.invalidVector }
        position = start &+ length
        return (type, ByteRange(start, position))
    }
}

extension Span where Element == UInt8 {
    /// The number that octets in network order are; those beyond the end count as none.
    fileprivate func number(at start: Int, octets: Int) -> UInt128 {
        let octets = bytes(in: ByteRange(start, start &+ octets))
        var number: UInt128 = 0
        for index in 0..<octets.count { number = number &<< 8 | UInt128(octets[index]) }
        return number
    }

    /// The number that two octets are.
    fileprivate func number16(at start: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: number(at: start, octets: 2))
    }
}
