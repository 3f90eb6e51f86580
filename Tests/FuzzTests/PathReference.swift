import HTTPMessage

/// The canonical path by its definition, naively: decode everything, check, encode again.
///
/// It is written for the reader, from what is refused because origin servers disagree about it,
/// and shares no code with the parser.
enum PathReference {
    /// A character of the path: what it stands for, and whether it was escaped.
    private struct Character: Equatable {
        let octet: UInt8
        let isEscaped: Bool
    }

    /// The canonical form; nil for a path that is refused.
    static func canonical(_ path: [UInt8], tolerating tolerances: PathTolerances) -> [UInt8]? {
        guard !path.isEmpty else { return Array("/".utf8) }
        guard path[0] == ascii("/"), let characters = decode(path) else { return nil }
        let decoded = characters.map(\.octet)
        guard hasOnlyText(decoded), !hasEscape(decoded) else { return nil }
        var isParameter = false
        for character in characters {
            switch (character.octet, character.isEscaped) {
            case (ascii("/"), true) where isParameter: return nil
            case (ascii("\\"), _), (ascii(";"), true): return nil
            case (ascii(";"), false) where !tolerances.contains(.semicolon): return nil
            case (ascii("/"), true) where !tolerances.contains(.encodedSlash): return nil
            case (ascii(";"), false): isParameter = true
            case (ascii("/"), false): isParameter = false
            default: continue
            }
        }
        guard hasOnlyPlainSegments(characters) else { return nil }
        return characters.flatMap(encode)
    }

    /// The form that patterns are compared with, of a canonical path: visible characters decoded,
    /// but not what separates segments or begins an escape, and, where `;` is tolerated, without
    /// the parameters of segments.
    static func matchingForm(
        _ canonical: [UInt8],
        tolerating tolerances: PathTolerances
    ) -> [UInt8] {
        var form: [UInt8] = []
        var isParameter = false
        for character in decode(canonical) ?? [] {
            if character == Character(octet: ascii("/"), isEscaped: false) { isParameter = false }
            if character == Character(octet: ascii(";"), isEscaped: false),
                tolerances.contains(.semicolon)
            {
                isParameter = true
            }
            if isParameter { continue }
            let isData =
                0x21...0x7E ~= character.octet && character.octet != ascii("%")
                && character.octet != ascii("/")
            form += isData ? [character.octet] : encode(character)
        }
        return form
    }

    /// Every character; nil where one is not allowed in a path or an escape is none.
    private static func decode(_ path: [UInt8]) -> [Character]? {
        var characters: [Character] = []
        var index = 0
        while index < path.count {
            if path[index] == ascii("%") {
                let digits = path[(index + 1)...].prefix(2)
                guard digits.count == 2, digits.allSatisfy(isDigit),
                    let octet = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                characters.append(Character(octet: octet, isEscaped: true))
                index += 3
            } else {
                guard 0x21...0x7E ~= path[index], path[index] != ascii("?"),
                    path[index] != ascii("#")
                else { return nil }
                characters.append(Character(octet: path[index], isEscaped: false))
                index += 1
            }
        }
        return characters
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        Array("0123456789abcdefABCDEF".utf8).contains(octet)
    }

    /// Whether the octets are UTF-8 without control characters and line separators.
    private static func hasOnlyText(_ octets: [UInt8]) -> Bool {
        guard let text = String(validating: octets, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control && scalar != "\u{2028}"
                && scalar != "\u{2029}"
        }
    }

    /// Whether the octets, decoded once, have an escape left.
    private static func hasEscape(_ octets: [UInt8]) -> Bool {
        octets.indices.contains { index in
            octets[index] == ascii("%") && octets[(index + 1)...].prefix(2).count == 2
                && octets[(index + 1)...].prefix(2).allSatisfy(isDigit)
        }
    }

    /// Whether no segment is empty but the last, and none is `.` or `..`, with its parameters or
    /// without, and whether an escaped slash separates segments or not.
    private static func hasOnlyPlainSegments(_ characters: [Character]) -> Bool {
        let slash = Character(octet: ascii("/"), isEscaped: false)
        let segments = characters.dropFirst().split(
            separator: slash,
            omittingEmptySubsequences: false
        )
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            let name = segment.prefix { $0.octet != ascii(";") }
            if name.isEmpty, !(isLast && segment.isEmpty) { return false }
            let parts = segment.split(omittingEmptySubsequences: false) { $0.octet == ascii("/") }
            for part in parts {
                let name = part.prefix { $0.octet != ascii(";") }.map(\.octet)
                if name == Array(".".utf8) || name == Array("..".utf8) { return false }
            }
        }
        return true
    }

    /// Unreserved characters as themselves, other escapes in upper case, the rest as it was.
    private static func encode(_ character: Character) -> [UInt8] {
        let scalar = Swift.Character(Unicode.Scalar(character.octet))
        let isUnreserved =
            scalar.isASCII && (scalar.isLetter || scalar.isNumber || "-._~".contains(scalar))
        guard character.isEscaped, !isUnreserved else { return [character.octet] }
        let digits = String(character.octet, radix: 16, uppercase: true)
        return Array("%\(digits.count == 1 ? "0" : "")\(digits)".utf8)
    }

    private static func ascii(_ scalar: Unicode.Scalar) -> UInt8 {
        UInt8(truncatingIfNeeded: scalar.value)
    }
}
