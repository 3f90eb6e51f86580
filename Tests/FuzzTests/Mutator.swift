import TestKit

/// Changes inputs at random: single octets, pieces that mean something, and parts of other inputs.
struct Mutator {
    /// Octets of the longest input.
    static let lengthMax = 2048

    private static let delimiters = Array("\r\n\t :;,=%/.&+-_\"'\\()[]{}<>@?#*!0aF".utf8)
    private static let octets = delimiters + [0x00, 0x1F, 0x7F, 0x80, 0xC2, 0xE2, 0xF4, 0xFF]

    let dictionary: [[UInt8]]

    /// The input with one to four changes; `other` is another input to take pieces from.
    func mutate(
        _ input: [UInt8],
        with other: [UInt8],
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        var octets = input
        for _ in 0..<(1 + random.below(4)) {
            if random.once(in: 2) {
                changeOctet(&octets, &random)
            } else {
                changePiece(&octets, other, &random)
            }
        }
        return Array(octets.prefix(Self.lengthMax))
    }

    private func changeOctet(_ octets: inout [UInt8], _ random: inout SeededGenerator) {
        guard !octets.isEmpty else {
            octets.append(random.pick(Self.octets))
            return
        }
        let index = random.below(octets.count)
        switch random.below(7) {
        case 0: octets[index] ^= 1 << UInt8(random.below(8))
        case 1: octets[index] = UInt8(random.below(256))
        case 2: octets[index] = random.pick(Self.octets)
        case 3: octets.insert(random.pick(Self.octets), at: index)
        case 4: octets.remove(at: index)
        case 5: octets[index] = octets[index] &+ (random.once(in: 2) ? 1 : 0xFF)
        default: escape(&octets, at: index, &random)
        }
    }

    /// Writes one octet as its percent-escape, in digits of either case.
    private func escape(
        _ octets: inout [UInt8],
        at index: Int,
        _ random: inout SeededGenerator
    ) {
        let digits = Array((random.once(in: 2) ? "0123456789abcdef" : "0123456789ABCDEF").utf8)
        let octet = octets[index]
        let escape = [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
        octets.replaceSubrange(index...index, with: escape)
    }

    private func changePiece(
        _ octets: inout [UInt8],
        _ other: [UInt8],
        _ random: inout SeededGenerator
    ) {
        let index = random.below(octets.count + 1)
        switch random.below(9) {
        case 0, 1, 2:
            octets.insert(contentsOf: random.pick(dictionary), at: index)
        case 3:
            let piece = random.pick(dictionary)
            let end = min(octets.count, index + piece.count)
            octets.replaceSubrange(index..<end, with: piece)
        case 4:
            octets.removeSubrange(range(of: octets, &random))
        case 5:
            octets.insert(contentsOf: Array(octets[range(of: octets, &random)]), at: index)
        case 6:
            octets.insert(contentsOf: other[range(of: other, &random)], at: index)
        case 7:
            octets = Array(octets[..<index]) + other[random.below(other.count + 1)...]
        default:
            octets.removeSubrange(index...)
        }
    }

    /// A range of at most 32 octets most times, and of any length sometimes.
    private func range(of octets: [UInt8], _ random: inout SeededGenerator) -> Range<Int> {
        let start = random.below(octets.count + 1)
        let lengthMax = random.once(in: 4) ? octets.count : 32
        let end = min(octets.count, start + random.below(lengthMax + 1))
        return start..<end
    }
}
