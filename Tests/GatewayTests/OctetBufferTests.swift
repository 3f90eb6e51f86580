import TestKit
import Testing

@testable import Gateway

@Suite("Buffers of octets")
struct OctetBufferTests {
    static let seeds: [UInt64] = [1, 2, 3]

    /// What `write` appends to an empty buffer.
    private func octets(_ write: (inout OctetBuffer) -> Void) -> [UInt8] {
        var buffer = OctetBuffer()
        write(&buffer)
        return buffer.octets
    }

    /// What `write` appends, as text.
    private func text(_ write: (inout OctetBuffer) -> Void) -> String {
        String(decoding: octets(write), as: UTF8.self)
    }

    /// Octets of which about half need an escape, or none does.
    private func random(_ generator: inout SeededGenerator) -> [UInt8] {
        let isPlain = generator.once(in: 4)
        let special = Array("\"\\&<>'/\u{7F}\r\n\0".utf8)
        var octets: [UInt8] = []
        for _ in 0..<generator.below(300) {
            switch generator.below(isPlain ? 1 : 4) {
            case 0, 1: octets.append(UInt8.random(in: 0x61...0x7A, using: &generator))
            case 2: octets.append(generator.pick(special))
            default: octets.append(UInt8.random(in: .min ... .max, using: &generator))
            }
        }
        return octets
    }

    @Test("Dropping more octets than there are leaves none, and does no harm")
    func dropsWhatThereIs() {
        var buffer = OctetBuffer()
        buffer.removeFirst(1)
        #expect(buffer.isEmpty)
        buffer.append("abc")
        buffer.removeFirst(0)
        #expect(buffer.octets == Array("abc".utf8))
        buffer.removeFirst(1)
        #expect(buffer.octets == Array("bc".utf8))
        buffer.removeFirst(3)
        #expect(buffer.isEmpty)
        #expect(buffer.count == 0)
        buffer.append("d")
        buffer.removeFirst(.max)
        #expect(buffer.isEmpty)
        buffer.append("e")
        #expect(buffer.octets == Array("e".utf8))
    }

    @Test("Appends and drops in any order leave what an array would have", arguments: seeds)
    func behavesLikeAnArray(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var buffer = OctetBuffer(reservingBytes: 16)
        var model: [UInt8] = []
        for step in 0..<2_000 {
            let more = random(&generator)
            switch generator.below(8) {
            case 0:
                buffer.append(more)
                model += more
            case 1:
                buffer.append(more.span)
                model += more
            case 2:
                let octet = UInt8.random(in: .min ... .max, using: &generator)
                buffer.append(octet)
                model.append(octet)
            case 3:
                buffer.append(text: "text")
                buffer.appendLineEnd()
                model += Array("text\r\n".utf8)
            case 4:
                guard generator.once(in: 8) else { break }
                buffer.removeAll()
                model.removeAll()
            default:
                let count = generator.below(200)
                buffer.removeFirst(count)
                model.removeFirst(min(count, model.count))
            }
            let isSame = buffer.octets == model && buffer.count == model.count
            guard isSame, buffer.isEmpty == model.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(buffer.octets) for \(model)")
                return
            }
        }
    }

    /// All powers of two with their neighbours, and random numbers of every length.
    private func numbers(seed: UInt64) -> [UInt] {
        var generator = SeededGenerator(seed: seed)
        let powers = (0..<UInt.bitWidth).flatMap { shift -> [UInt] in
            let power: UInt = 1 << shift
            return [power &- 1, power, power &+ 1]
        }
        let others = (0..<1_000).map { _ -> UInt in
            let number = UInt.random(in: .min ... .max, using: &generator)
            return number >> generator.below(UInt.bitWidth)
        }
        return powers + others + [.max]
    }

    @Test("Hexadecimal numbers are those of the standard library", arguments: seeds)
    func writesHexadecimal(seed: UInt64) {
        for number in numbers(seed: seed) {
            let written = text { $0.append(hexadecimal: Int(bitPattern: number)) }
            #expect(written == String(number, radix: 16), "seed \(seed)")
        }
    }

    @Test("Decimal numbers are those of the standard library", arguments: seeds)
    func writesDecimal(seed: UInt64) {
        for number in numbers(seed: seed) {
            let written = text { $0.append(decimal: UInt64(number)) }
            #expect(written == String(number), "seed \(seed)")
        }
    }

    @Test("A number in so many digits has zeros before it, or loses its leading digits")
    func writesSoManyDigits() {
        let cases: [(number: Int, digits: Int, text: String)] = [
            (0, 1, "0"), (0, 3, "000"), (7, 2, "07"), (42, 2, "42"), (405, 2, "05"),
            (1_234_567, 3, "567"), (.max, 19, "9223372036854775807"),
            (.max, 21, "009223372036854775807"), (10, 1, "0"),
        ]
        for (number, digits, expected) in cases {
            let written = text { $0.append(decimal: number, digits: digits) }
            #expect(written == expected)
        }
    }

    @Test("Numbers in so many digits are those of the standard library", arguments: seeds)
    func padsLikeTheLibrary(seed: UInt64) {
        for (index, number) in numbers(seed: seed).enumerated() {
            let number = Int(truncatingIfNeeded: number >> 1)
            let digits = 1 + index % 22
            let plain = String(number)
            let zeros = String(repeating: "0", count: max(0, digits - plain.count))
            let written = text { $0.append(decimal: number, digits: digits) }
            #expect(written == String((zeros + plain).suffix(digits)), "seed \(seed)")
        }
    }

    /// One octet inside a JSON string.
    private func json(_ octet: UInt8) -> String {
        switch octet {
        case UInt8(ascii: "\""): return "\\\""
        case UInt8(ascii: "\\"): return "\\\\"
        case 0x20...0x7E: return String(Character(Unicode.Scalar(octet)))
        default: return "?"
        }
    }

    /// One octet of HTML text.
    private func html(_ octet: UInt8) -> String {
        switch octet {
        case UInt8(ascii: "&"): return "&amp;"
        case UInt8(ascii: "<"): return "&lt;"
        case UInt8(ascii: ">"): return "&gt;"
        case UInt8(ascii: "\""): return "&quot;"
        case 0x20...0x7E: return String(Character(Unicode.Scalar(octet)))
        default: return "?"
        }
    }

    @Test("Escapes are those of each octet by itself, whatever stands beside it", arguments: seeds)
    func escapesEachOctet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let source = random(&generator)
            let inJSON = text { $0.append(json: source.span) }
            #expect(inJSON == source.map(json).joined(), "seed \(seed), round \(round)")
            let inHTML = text { $0.append(html: source.span) }
            #expect(inHTML == source.map(html).joined(), "seed \(seed), round \(round)")
        }
    }
}
