import HTTPMessage
import Testing

@Suite("PROXY protocol, version 2")
struct ProxyBinaryTests {
    private typealias Writer = ProxyHeaderWriter
    private static let addresses4 = "192.0.2.1:56324>198.51.100.2:443"
    private static let addresses6 =
        "20010db8000000000000000000000001:1>20010db8000000000000000000000002:65535"

    @Test("Addresses and ports of both families are read")
    func readsAddresses() {
        let header4 = Writer.header(0x21, 0x11, Writer.tcp4)
        #expect(readProxyHeader(header4) == "28 \(Self.addresses4)")
        #expect(readProxyHeader(header4 + [0x47]) == "28 \(Self.addresses4)")
        let header6 = Writer.header(0x21, 0x21, Writer.tcp6)
        #expect(readProxyHeader(header6) == "52 \(Self.addresses6)")
        let mapped = Array(repeating: UInt8(0), count: 10) + [0xFF, 0xFF, 192, 0, 2, 7]
        let header = Writer.header(0x21, 0x21, mapped + mapped + [0, 1, 0, 2])
        #expect(readProxyHeader(header) == "52 192.0.2.7:1>192.0.2.7:2")
    }

    /// Made by another program, with a checksum of its own.
    @Test(
        "Headers with vectors and checksums of others are read",
        arguments: [
            (
                "0d0a0d0a000d0a515549540a21110013c0000201c6336402dc0401bb03000420ec9549",
                "35 192.0.2.1:56324>198.51.100.2:443"
            ),
            (
                "0d0a0d0a000d0a515549540a2121005320010db800000000000000000000000120010db800010000"
                    + "00000000000000020001ffff010002683220001d0700000000210007544c5376312e332200"
                    + "0b636c69656e742e74657374040000030004e211e727",
                "99 20010db8000000000000000000000001:1>20010db8000100000000000000000002:65535"
                    + " tls TLSv1.3 true"
            ),
            (
                "0d0a0d0a000d0a515549540a21110026c0000201c6336402dc0401bbea001701767063652d303864"
                    + "3262663135666163353030316339",
                "54 192.0.2.1:56324>198.51.100.2:443"
            ),
        ]
    )
    func readsVectors(digits: String, expected: String) {
        #expect(readProxyHeader(Writer.octets(digits)) == expected)
    }

    @Test("Any changed octet behind the fixed part breaks the checksum")
    func verifiesChecksum() {
        let header = Writer.octets(
            "0d0a0d0a000d0a515549540a21110013c0000201c6336402dc0401bb03000420ec9549"
        )
        for index in 16..<header.count where !(28..<31).contains(index) {
            for bit in 0..<8 {
                var changed = header
                changed[index] ^= 1 << UInt8(bit)
                #expect(readProxyHeader(changed) == "proxy_checksum_mismatch")
            }
        }
        for length in [0, 3, 5, 8] {
            let vector = Writer.vector(3, Array(repeating: 0, count: length))
            let short = Writer.header(0x21, 0x11, Writer.tcp4 + vector)
            #expect(readProxyHeader(short) == "invalid_proxy_vector")
        }
    }

    @Test("What has no addresses with a meaning here is read over")
    func readsOverOthers() {
        for family in UInt8.min...UInt8.max {
            #expect(readProxyHeader(Writer.header(0x20, family, [])) == "16 proxy")
            #expect(readProxyHeader(Writer.header(0x20, family, [1, 2, 3])) == "19 proxy")
        }
        for family: UInt8 in [0x00, 0x01, 0x02, 0x10, 0x20, 0x30] {
            #expect(readProxyHeader(Writer.header(0x21, family, [])) == "16 unknown")
            #expect(readProxyHeader(Writer.header(0x21, family, [0xFF])) == "17 unknown")
        }
        for (family, count): (UInt8, Int) in [(0x12, 12), (0x22, 36), (0x31, 216), (0x32, 216)] {
            let block = Array(repeating: UInt8(0xFF), count: count)
            #expect(readProxyHeader(Writer.header(0x21, family, block)) == "\(16 + count) unknown")
            let vectors = Writer.vector(4, [0])
            let header = Writer.header(0x21, family, block + vectors)
            #expect(readProxyHeader(header) == "\(20 + count) unknown")
            let short = Writer.header(0x21, family, Array(block.dropLast()))
            #expect(readProxyHeader(short) == "proxy_addresses_cut_short")
        }
    }

    @Test("Versions, commands and families that there are not are refused at their octet")
    func refusesUnknownParts() {
        for octet in UInt8.min...UInt8.max {
            let start = Writer.signature + [octet]
            let expected =
                switch (octet >> 4, octet & 0x0F) {
                case (2, 0...1): "incomplete"
                case (2, _): "unsupported_proxy_command"
                default: "unsupported_proxy_version"
                }
            #expect(readProxyHeader(start) == expected)
            let isKnown = octet >> 4 <= 3 && octet & 0x0F <= 2
            let family = Writer.signature + [0x21, octet]
            #expect(
                readProxyHeader(family) == (isKnown ? "incomplete" : "unsupported_proxy_family")
            )
        }
    }

    @Test("A length that is too small for the addresses or too large is refused at once")
    func checksLength() {
        for (family, count): (UInt8, Int) in [(0x11, 12), (0x21, 36)] {
            for length in 0..<count {
                let start = Writer.signature + [0x21, family, 0, UInt8(length)]
                #expect(readProxyHeader(start) == "proxy_addresses_cut_short")
            }
        }
        for command: UInt8 in [0x20, 0x21] {
            let start = Writer.signature + [command, 0x00]
            #expect(readProxyHeader(start + [0x10, 0xD8]) == "incomplete")
            #expect(readProxyHeader(start + [0x10, 0xD9]) == "proxy_header_too_long")
            #expect(readProxyHeader(start + [0xFF, 0xFF]) == "proxy_header_too_long")
        }
        let block = Writer.tcp4 + Writer.vector(4, Array(repeating: 0, count: 4297))
        let longest = Writer.header(0x21, 0x11, block)
        #expect(longest.count == ProxyHeader.octetCountMax)
        #expect(readProxyHeader(longest) == "4328 \(Self.addresses4)")
    }

    @Test("Vectors have to end where the header does")
    func checksVectors() {
        let vectors: [[UInt8]] = [
            [4], [4, 0], [4, 0, 1], [4, 0xFF, 0xFF, 0], [4, 0, 0, 4], [4, 0, 1, 0, 4, 0],
            Writer.vector(0x20, [1, 0, 0, 0]), Writer.vector(0x20, [1, 0, 0, 0, 0, 0x21]),
            Writer.vector(0x20, [1, 0, 0, 0, 0, 0x21, 0, 1]),
            Writer.vector(0x20, [1, 0, 0, 0, 0, 0x21, 0, 0]),
            Writer.vector(0x20, [1, 0, 0, 0, 0, 0x21, 0, 1, 0x20]),
            Writer.vector(0x20, [1, 0, 0, 0, 0, 0x21, 0, 1, 0x80]),
            Writer.vector(0x20, [1, 0, 0, 0, 0]) + Writer.vector(0x20, [1, 0, 0, 0, 0]),
            Writer.vector(0x20, [0, 0, 0, 0, 0]) + Writer.vector(0x20, [1, 0, 0, 0, 0]),
            Writer.vector(
                0x20,
                [1, 0, 0, 0, 0] + Writer.vector(0x21, [0x61]) + Writer.vector(0x21, [0x61])
            ),
            // A length that reaches out of its vector into the next one.
            Writer.vector(0x20, [1, 0, 0, 0, 0, 0x22, 0, 3]) + Writer.vector(4, []),
        ]
        for vector in vectors {
            let header = Writer.header(0x21, 0x11, Writer.tcp4 + vector)
            #expect(readProxyHeader(header) == "invalid_proxy_vector", "\(vector)")
        }
    }

    @Test(
        "The TLS vector says which version there was and whether a certificate was verified",
        arguments: [
            ([0x01, 0, 0, 0, 0], " tls  false"), ([0x00, 0, 0, 0, 0], ""),
            ([0x03, 0, 0, 0, 0], " tls  true"), ([0x05, 0, 0, 0, 0], " tls  true"),
            ([0x07, 0, 0, 0, 1], " tls  false"), ([0x07, 0x80, 0, 0, 0], " tls  false"),
            ([0x06, 0, 0, 0, 0], ""), ([0xFF, 0, 0, 0, 0], " tls  true"),
            ([0x01, 0, 0, 0, 0, 0x21, 0, 2, 0x76, 0x31], " tls v1 false"),
        ] as [([UInt8], String)]
    )
    func readsTLS(value: [UInt8], expected: String) {
        let header = Writer.header(0x21, 0x11, Writer.tcp4 + Writer.vector(0x20, value))
        #expect(readProxyHeader(header) == "\(header.count) \(Self.addresses4)\(expected)")
    }
}
