import TestKit
import Testing

@testable import HTTPMessage

@Suite("Addresses as text")
struct AddressTextTests {
    @Test(
        "IPv6 addresses are numbers",
        arguments: [
            ("::", 0), ("::1", 1), ("1::", 1 << 112), ("0:0:0:0:0:0:0:1", 1),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008),
            ("1:2::7:8", 0x0001_0002_0000_0000_0000_0000_0007_0008),
            ("::2:3:4:5:6:7:8", 0x0002_0003_0004_0005_0006_0007_0008),
            ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004_0005_0006_0007_0000),
            ("::ffff:1.2.3.4", 0xFFFF_0102_0304), ("::1.2.3.4", 0x0102_0304),
            ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004_0005_0006_0102_0304),
            ("FFFF::abcd", 0xFFFF << 112 | 0xABCD), ("1::2:1.2.3.4", 1 << 112 | 0x2_0102_0304),
        ] as [(String, UInt128)]
    )
    func readsIPv6(text: String, value: UInt128) {
        #expect(AddressText.ipv6(Array(text.utf8).span) == value)
    }

    @Test(
        "What is no IPv6 address is none",
        arguments: [
            "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
            "1:2:3:4::5:6:7:8", "12345::", "::g", "1.2.3.4", "::1.2.3", "::1.2.3.4.5",
            "::1.2.3.4:5",
            "::1.2.3.04", "1:2:3:4:5:6:7:1.2.3.4", "1::2:3:4:5:6:1.2.3.4", "::1%0", "[::1]",
            "::1 ",
            " ::1", "1:2:3:4:5:6:7:8::", "::1:", "::12345.1.1.1", "1:2:3:4:5:6:7:8:",
        ]
    )
    func refusesIPv6(text: String) {
        #expect(AddressText.ipv6(Array(text.utf8).span) == nil)
    }

    /// The address by its definition: written out, every group there.
    private func reference(_ text: String) -> UInt128? {
        var text = text
        if let colon = text.lastIndex(of: ":"), text[colon...].contains(".") {
            let parts = text[text.index(after: colon)...].split(
                separator: ".",
                omittingEmptySubsequences: false
            )
            let numbers = parts.compactMap { UInt8($0) }
            guard parts.count == 4, numbers.count == 4,
                zip(parts, numbers).allSatisfy({ $0 == String($1) })
            else { return nil }
            let groups =
                [UInt16(numbers[0]) << 8 | UInt16(numbers[1])] + [
                    UInt16(numbers[2]) << 8 | UInt16(numbers[3])
                ]
            text = text[...colon] + groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, !text.contains(":::"), let first = groups(halves.first ?? "")
        else { return nil }
        var all = first
        if halves.count == 2 {
            guard let second = groups(halves[1]), first.count + second.count <= 7 else {
                return nil
            }
            all += Array(repeating: 0, count: 8 - first.count - second.count) + second
        }
        guard all.count == 8 else { return nil }
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let groups = parts.compactMap { part in
            part.utf8.count <= 4 && part.first != "+" ? UInt16(part, radix: 16) : nil
        }
        return groups.count == parts.count ? groups : nil
    }

    @Test("IPv6 addresses are what a naive reading makes of them")
    func agreesWithReference() {
        var random = SeededGenerator(seed: 72)
        let pieces = ["::", ":", ":", ":", "0", "1", "ab", "FFFF", "12345", "1.2.3.4", ".", "g"]
        var accepted = 0
        for _ in 0..<60_000 {
            var text = ""
            if random.once(in: 2) {
                for _ in 0..<random.below(18) { text += random.pick(pieces) }
            } else {
                var groups = (0..<(6 + random.below(3))).map { _ in
                    random.pick(["0", "a1", "ffff"])
                }
                if random.once(in: 2) { groups[random.below(groups.count)] = "" }
                if random.once(in: 4) { groups[groups.count - 1] = "192.0.2.33" }
                text = groups.joined(separator: ":")
                if random.once(in: 8) { text = ":" + text }
                if random.once(in: 8) { text += ":" }
            }
            let value = AddressText.ipv6(Array(text.utf8).span)
            #expect(value == reference(text), "\(text)")
            if value != nil { accepted += 1 }
        }
        #expect(accepted > 2000)
    }
}
