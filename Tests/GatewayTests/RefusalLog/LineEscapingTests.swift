import Foundation
import Testing

@testable import Gateway

/// What a value must read as, found another way than the code does: by the properties that the
/// Unicode database gives to each character.
private func expectedText(_ octets: [UInt8]) -> String {
    var text = ""
    var index = 0
    while index < octets.count {
        let character = (1...4).lazy.compactMap { length -> Unicode.Scalar? in
            guard index + length <= octets.count else { return nil }
            let part = octets[index..<(index + length)]
            guard let decoded = String(validating: part, as: UTF8.self) else { return nil }
            return decoded.unicodeScalars.count == 1 ? decoded.unicodeScalars.first : nil
        }.first
        if let character, isShown(character) {
            text.unicodeScalars.append(character)
            index += UTF8.width(character)
            continue
        }
        let length = character.map { UTF8.width($0) } ?? 1
        for octet in octets[index..<(index + length)] {
            text += "\\x" + String(format: "%02X", octet)
        }
        index += length
    }
    return text
}

private func isShown(_ character: Unicode.Scalar) -> Bool {
    switch character.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: false
    default: !character.properties.isBidiControl && !["\"", "\\", "\u{FEFF}"].contains(character)
    }
}

/// Undoes the escapes of a value.
private func originalOctets(_ text: String) -> [UInt8] {
    var octets: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let octet = rest.popFirst() {
        if octet == UInt8(ascii: "\\") {
            let digits = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
            octets.append(UInt8(digits, radix: 16) ?? 0)
            rest = rest.dropFirst(3)
        } else {
            octets.append(octet)
        }
    }
    return octets
}

@Suite("Escaping of what a client sent (B-63)")
struct LineEscapingTests {
    private static var fields: [(StaticString, WritableKeyPath<SampleAttempt, [UInt8]>)] {
        [
            (LogKey.method, \.method), (LogKey.path, \.path), (LogKey.host, \.host),
            (LogKey.userAgent, \.userAgent), (LogKey.query, \.query),
        ]
    }

    private func expectLine(
        _ octets: [UInt8],
        source: SourceLocation = #_sourceLocation
    ) throws {
        for (key, field) in Self.fields {
            var attempt = SampleAttempt()
            attempt[keyPath: field] = octets
            let line = attempt.line(includesQuery: true)
            #expect(
                line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F },
                sourceLocation: source
            )
            let parsed = try ParsedLine.all(in: line)
            #expect(parsed.count == 1, sourceLocation: source)
            let text = try #require(parsed.first?.text(key), sourceLocation: source)
            #expect(text == expectedText(octets), sourceLocation: source)
            #expect(originalOctets(text) == octets, sourceLocation: source)
        }
    }

    @Test("B-63: every octet leaves one line of valid JSON, alone and between letters")
    func keepsEveryOctetOnOneLine() throws {
        for octet in UInt8.min...UInt8.max {
            try expectLine([octet])
            try expectLine([0x61, octet, 0x62])
            try expectLine([octet, octet])
        }
    }

    @Test(
        "B-63: hostile texts stay text",
        arguments: [
            "\r\n{\"timestamp\":\"forged\"}", "\u{1B}[2J", "\u{9B}31m", "\",\"x\":\"y",
            "\\", "\\u0022", "\\x41", "\u{2028}", "\u{2029}", "\u{202E}txt.exe",
            "\u{2066}a\u{2069}",
            "\u{61C}", "\u{200E}\u{200F}", "\u{202A}\u{202B}\u{202C}\u{202D}", "\u{2067}\u{2068}",
            "caf\u{E9}", "\u{4E2D}\u{6587}", "\u{1F600}", "\u{10FFFF}", "\u{FEFF}", "\u{7F}\u{80}",
            "\u{FFFD}", "\u{0}", "</script>",
        ]
    )
    func keepsHostileTextAsText(_ text: String) throws {
        try expectLine(Array(text.utf8))
    }

    @Test(
        "B-63: ill-formed UTF-8 is escaped octet by octet",
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF, 0xFE], [0x80], [0xC2],
            [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC2, 0x41], [0xE2, 0x82, 0x22], [0xE2, 0x22, 0x82],
            [0xF0, 0x9F, 0x98, 0x0A], [0xC2, 0xC2, 0xA9],
        ] as [[UInt8]]
    )
    func escapesIllFormedSequences(_ octets: [UInt8]) throws {
        try expectLine(octets)
    }

    @Test("B-63: random octets and characters read back as sent", arguments: [1, 2, 3] as [UInt64])
    func readsBackRandomText(seed: UInt64) throws {
        var generator = LogTestGenerator(seed: seed)
        for _ in 0..<300 {
            var octets: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let value = UInt32.random(in: 0...0x2100, using: &generator)
                if Bool.random(using: &generator), let scalar = Unicode.Scalar(value) {
                    octets += Array(String(scalar).utf8)
                } else {
                    octets.append(UInt8.random(in: 0...255, using: &generator))
                }
            }
            var buffer = OctetBuffer()
            let isCut = buffer.append(escaping: octets.span, bytesMax: 100)
            let line = Array("{\"v\":\"".utf8) + buffer.octets + Array("\"}".utf8)
            let text = try #require(ParsedLine(line).members["v"] as? String, "seed \(seed)")
            #expect(text == expectedText(octets), "seed \(seed)")
            #expect(originalOctets(text) == octets, "seed \(seed)")
            #expect(!isCut, "seed \(seed)")
        }
    }

    @Test("B-63: a cut is never inside a character", arguments: 0...12)
    func cutsBetweenCharacters(bytesMax: Int) throws {
        // Shown, hidden and broken characters of every length; where each ends.
        let characters: [[UInt8]] = [
            [0x61], Array("\u{E9}".utf8), Array("\u{9B}".utf8), Array("\u{2028}".utf8),
            Array("\u{1F600}".utf8), [0xFF],
        ]
        let sent = characters.flatMap { $0 }
        var buffer = OctetBuffer()
        let isCut = buffer.append(escaping: sent.span, bytesMax: bytesMax)
        var kept: [UInt8] = []
        for character in characters {
            guard kept.count + character.count <= bytesMax else { break }
            kept += character
        }
        var expected = OctetBuffer()
        _ = expected.append(escaping: kept.span, bytesMax: Int.max)
        #expect(buffer.octets == expected.octets)
        #expect(isCut == (kept.count < sent.count))
        #expect(String(validating: buffer.octets, as: UTF8.self) != nil)
    }
}
