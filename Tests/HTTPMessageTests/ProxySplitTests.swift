import HTTPMessage
import TestKit
import Testing

@Suite("PROXY protocol, octets that arrive in pieces")
struct ProxySplitTests {
    private typealias Writer = ProxyHeaderWriter

    static let headers: [[UInt8]] = [
        Array("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n".utf8),
        Array("PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 65535\r\n".utf8),
        Array("PROXY UNKNOWN\r\n".utf8), Array("PROXY UNKNOWN some more words\r\n".utf8),
        ProxyHeaderWriter.header(0x20, 0x00, []),
        ProxyHeaderWriter.header(0x21, 0x00, [1, 2, 3, 4]),
        ProxyHeaderWriter.header(0x21, 0x11, ProxyHeaderWriter.tcp4),
        ProxyHeaderWriter.header(0x21, 0x21, ProxyHeaderWriter.tcp6),
        ProxyHeaderWriter.octets(
            "0d0a0d0a000d0a515549540a2121005320010db800000000000000000000000120010db800010000"
                + "00000000000000020001ffff010002683220001d0700000000210007544c5376312e332200"
                + "0b636c69656e742e74657374040000030004e211e727"
        ),
    ]

    @Test(
        "Every part of a header is incomplete, and what follows changes nothing",
        arguments: headers
    )
    func waitsForTheRest(header: [UInt8]) {
        for count in 0..<header.count {
            #expect(readProxyHeader(Array(header.prefix(count))) == "incomplete")
        }
        let whole = readProxyHeader(header)
        #expect(whole.hasPrefix("\(header.count) "))
        for rest: [UInt8] in [[0], [0x0D, 0x0A], header, Array("GET / HTTP/1.1\r\n".utf8)] {
            #expect(readProxyHeader(header + rest) == whole)
        }
    }

    @Test("Only two first octets can begin a header")
    func checksFirstOctet() {
        for octet in UInt8.min...UInt8.max {
            let expected = octet == 0x50 || octet == 0x0D ? "incomplete" : "not_proxy_protocol"
            #expect(readProxyHeader([octet]) == expected)
        }
        #expect(readProxyHeader([UInt8]()) == "incomplete")
    }

    /// A header with some octets changed, added or missing, or nothing but noise.
    private func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = random.pick(Self.headers)
        if random.once(in: 8) {
            bytes = (0..<random.below(120)).map { _ in UInt8(random.below(256)) }
            if random.once(in: 2) { bytes = Writer.signature + [0x21, 0x11, 0] + bytes }
        }
        for _ in 0..<random.below(4) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[index] = UInt8(random.below(256))
            case 1: bytes[index] ^= 1 << UInt8(random.below(8))
            case 2: bytes.remove(at: index)
            default: bytes.insert(UInt8(ascii: random.pick([" ", "0", ":", ".", "f"])), at: index)
            }
        }
        return bytes
    }

    @Test("Whatever arrives, an outcome is final: more octets do not change it")
    func isMonotonic() {
        var random = SeededGenerator(seed: 71)
        var kinds: Set<String> = []
        for _ in 0..<4000 {
            let bytes = damaged(&random)
            var first: String?
            for count in 0...bytes.count {
                let outcome = readProxyHeader(Array(bytes.prefix(count)))
                if let first {
                    #expect(outcome == first, "\(bytes)")
                } else if outcome != "incomplete" {
                    first = outcome
                    kinds.insert(String(outcome.drop { $0.isNumber || $0 == " " }.prefix(12)))
                }
            }
        }
        // Damage finds its way to most of the checks.
        #expect(kinds.count > 10, "\(kinds)")
    }

    @Test("Every fault has an explanation of its own and a name in snake case")
    func explainsEveryFault() {
        var explanations: Set<String> = []
        for fault in ProxyHeader.Fault.allCases {
            #expect(fault.explanation.hasSuffix("."))
            #expect(explanations.insert(fault.explanation).inserted)
            #expect(fault.rawValue.utf8.allSatisfy { 0x61...0x7A ~= $0 || $0 == 0x5F })
        }
    }
}
