import Testing

@testable import HTTPMessage

@Suite("Digests and checksums")
struct DigestTests {
    private func sha1(_ message: [UInt8]) -> String {
        let digest = SHA1.digest(of: message.span)
        return digest.indices.map {
            (digest[$0] < 16 ? "0" : "") + String(digest[$0], radix: 16)
        }.joined()
    }

    @Test(
        "SHA-1 of the messages of RFC 3174 section 7.3",
        arguments: [
            ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
            (
                "0123456701234567012345670123456701234567012345670123456701234567", 10,
                "dea356a2cddd90c7a7ecedc5ebb563934f460452"
            ),
            ("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ]
    )
    func digests(text: String, count: Int, expected: String) {
        let message = (0..<count).flatMap { _ in Array(text.utf8) }
        #expect(sha1(message) == expected)
    }

    /// The digests of 0 to 130 octets `x`, digested themselves, by another program.
    @Test("SHA-1 of messages of every length around the ends of blocks")
    func digestsEveryLength() {
        var all: [UInt8] = []
        for count in 0...130 {
            let digest = SHA1.digest(of: Array(repeating: UInt8(ascii: "x"), count: count).span)
            for index in digest.indices { all.append(digest[index]) }
        }
        #expect(sha1(all) == "c8aae94427ef2bc2653160a5197170068f5fc9fd")
    }

    @Test("CRC32c of the messages of RFC 3720 section B.4, and of the usual one")
    func checksums() {
        let rising = (0..<32).map { UInt8($0) }
        let messages: [([UInt8], UInt32)] = [
            (Array(repeating: 0x00, count: 32), 0x8A91_36AA),
            (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
            (rising, 0x46DD_794E), (Array(rising.reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283), ([], 0),
        ]
        for (message, expected) in messages {
            #expect(CRC32C.checksum(of: message.span) == expected)
        }
    }

    @Test("CRC32c counts the octets of its own place as zero")
    func zeroesItsPlace() {
        let message = Array("123456789".utf8)
        for start in 0...message.count {
            for end in start...message.count {
                var zeroed = message
                for index in start..<end { zeroed[index] = 0 }
                #expect(
                    CRC32C.checksum(of: message.span, zeroing: ByteRange(start, end))
                        == CRC32C.checksum(of: zeroed.span)
                )
            }
        }
    }
}
