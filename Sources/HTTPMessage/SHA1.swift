/// SHA-1 (RFC 3174), for Sec-WebSocket-Accept and nothing else.
///
/// This is no security primitive: SHA-1 is broken as one. A WebSocket handshake uses it only to see
/// that the other side has read the key and knows the protocol (RFC 6455 section 10.8), and who can
/// find collisions gains nothing there.
enum SHA1 {
    /// The digest of a message.
    static func digest(of message: Span<UInt8>) -> InlineArray<20, UInt8> {
        var state: InlineArray<5, UInt32> = [
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
        ]
        // One octet and eight octets follow the message at least, in blocks of 64.
        let blockCount = (message.count &+ 8) / 64 &+ 1
        for block in 0..<blockCount {
            mix(schedule(message, block: block, isLast: block == blockCount &- 1), into: &state)
        }
        let words = state
        return InlineArray { UInt8(truncatingIfNeeded: words[$0 / 4] >> (24 &- 8 &* ($0 % 4))) }
    }

    /// The 80 words that a block is spread out to (section 6.1).
    private static func schedule(
        _ message: Span<UInt8>,
        block: Int,
        isLast: Bool
    ) -> InlineArray<80, UInt32> {
        var words = InlineArray<80, UInt32>(repeating: 0)
        for index in 0..<64 {
            let octet = octet(message, at: block &* 64 &+ index)
            words[index / 4] = words[index / 4] &<< 8 | UInt32(octet)
        }
        if isLast {
            let bitCount = UInt64(message.count) &* 8
            words[14] = UInt32(truncatingIfNeeded: bitCount >> 32)
            words[15] = UInt32(truncatingIfNeeded: bitCount)
        }
        for index in 16..<80 {
            words[index] = rotated(
                words[index &- 3] ^ words[index &- 8] ^ words[index &- 14] ^ words[index &- 16],
                by: 1
            )
        }
        return words
    }

    /// The octet at a place of the message or of its padding, the length left out (section 4).
    private static func octet(_ message: Span<UInt8>, at index: Int) -> UInt8 {
        guard index >= message.count else { return message[index] }
        return index == message.count ? 0x80 : 0
    }

    /// Takes one block into account.
    private static func mix(
        _ words: InlineArray<80, UInt32>,
        into state: inout InlineArray<5, UInt32>
    ) {
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (function, constant): (UInt32, UInt32) =
                switch index {
                case 0..<20: (b & c | ~b & d, 0x5A82_7999)
                case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case 40..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = rotated(a, by: 5) &+ function &+ e &+ words[index] &+ constant
            e = d
            d = c
            c = rotated(b, by: 30)
            b = a
            a = next
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 {
        word &<< bits | word &>> (32 &- bits)
    }
}
