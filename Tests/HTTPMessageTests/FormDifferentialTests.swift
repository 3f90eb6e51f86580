import HTTPMessage
import TestKit
import Testing

@Suite("Form scanners against a naive reading")
struct FormDifferentialTests {
    /// Splits at up to four offsets.
    private func ends(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
        (0..<random.below(5)).map { _ in random.below(count + 1) }.sorted()
    }

    @Test(
        "B-04: urlencoded forms claim what a naive reading finds, however they are split",
        arguments: [21, 22, 23] as [UInt64]
    )
    func readsURLEncoded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "&", ";", "=", "_method", "_METHOD", "%5fmethod", "_metho%64", "a", "GET", "delete",
            "%2c", ",", "%41", "%", "+", "%20", "value", "_method=",
        ]
        var claimed = 0
        for _ in 0..<8000 {
            var text = ""
            for _ in 0..<random.below(14) { text += random.pick(pieces) }
            let octets = Array(text.utf8)
            let expected = FormReference.urlencoded(octets)
            let reading = scanForm(.urlencoded, octets)
            #expect(reading == expected, "\(text), seed \(seed)")
            let split = scanForm(.urlencoded, octets, ends: ends(octets.count, &random))
            #expect(split == reading, "\(text), seed \(seed)")
            #expect(queryClaims(octets) == reading.claims, "\(text), seed \(seed)")
            if !reading.claims.isEmpty { claimed += 1 }
        }
        #expect(claimed > 500)
    }

    static let claim =
        "\r\n--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\n"

    static let pieces = [
        "\r\n", "\r\n", "--b", "--b", "\r\n--b\r\n", "\r\n--b--", "--b--\r\n", "--", "b", "-", "\r",
        "\n", "\"", "x", "GET", "delete,put", " ", "\r\n\r\n", "A: b\r\n", "--b\r\n", "--\"b",
        "Content-Disposition: form-data; name=\"_method\"\r\n\r\n", "name=a:\r\n\r\n", "0123456789",
        " --b", "x--b", claim, claim, claim,
    ]

    @Test(
        "B-04: multipart forms claim what a naive reading finds, however they are split",
        arguments: [31, 32, 33] as [UInt64]
    )
    func readsMultipart(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var claimed = 0
        var passed = 0
        for _ in 0..<8000 {
            var text = random.pick(["", "--b\r\n", Self.claim, Self.claim])
            for _ in 0..<random.below(12) { text += random.pick(Self.pieces) }
            if random.once(in: 2) { text += "\r\n--b--\r\n" }
            let octets = Array(text.utf8)
            let expected = FormReference.multipart(octets)
            let reading = scanForm(MultipartTests.form, octets)
            #expect(reading.fault == expected.fault, "\(text.debugDescription), seed \(seed)")
            if expected.fault == nil {
                #expect(reading == expected, "\(text.debugDescription), seed \(seed)")
                passed += 1
            }
            let split = scanForm(
                MultipartTests.form,
                octets,
                ends: ends(octets.count, &random)
            )
            #expect(split == reading, "\(text.debugDescription), seed \(seed)")
            if !reading.claims.isEmpty { claimed += 1 }
        }
        #expect(claimed > 200)
        #expect(passed > 200)
    }
}
