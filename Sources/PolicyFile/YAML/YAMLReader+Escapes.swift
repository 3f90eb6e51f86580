import Yams

/// Characters that double-quoted text writes by escape.
///
/// The parser decodes `\u202E` after the file's characters were checked, and `\uE02A` to the very
/// character that stands in for `*`. Neither may come through.
extension YAMLReader {
    /// Reports a character that may not stand in the file and was written by escape; true if one
    /// was.
    mutating func reportEscape(in scalar: Node.Scalar, at position: SourcePosition) -> Bool {
        guard scalar.style == .doubleQuoted,
            let found = scalar.string.unicodeScalars.first(where: SourceText.isForbidden)
        else { return false }
        // A private-use character is one of ours, unless the file has an escape for it.
        if SourceText.isPrivateUse(found), !hasPrivateUseEscape(at: position) { return false }
        report(
            .invalidCharacter,
            "an escape stands for a character that is not allowed in this file",
            position,
            hint: "remove it: \(escaped(scalar, at: position))"
        )
        return true
    }

    /// The first escape that is to blame, as it is written.
    private func escaped(_ scalar: Node.Scalar, at position: SourcePosition) -> String {
        let found = escapes(at: position).first { SourceText.isForbidden($0.character) }
        return found?.text ?? "\\u…"
    }

    private func hasPrivateUseEscape(at position: SourcePosition) -> Bool {
        escapes(at: position).contains { SourceText.isPrivateUse($0.character) }
    }

    /// The escapes of the double-quoted text that starts at the position.
    private func escapes(
        at position: SourcePosition
    ) -> [(text: String, character: Unicode.Scalar)] {
        let bytes = source.bytes
        guard var offset = source.offset(of: position), offset < bytes.count,
            bytes[offset] == UInt8(ascii: "\"")
        else { return [] }
        offset += 1
        var escapes: [(text: String, character: Unicode.Scalar)] = []
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
            guard bytes[offset] == UInt8(ascii: "\\"), offset + 1 < bytes.count else {
                offset += 1
                continue
            }
            let digits = Self.digits(after: bytes[offset + 1])
            let end = min(offset + 2 + digits, bytes.count)
            let text = String(decoding: bytes[offset..<end], as: UTF8.self)
            if let character = Self.character(of: text) { escapes.append((text, character)) }
            offset = end
        }
        return escapes
    }

    /// How many hexadecimal digits follow the escape's letter (YAML 1.2.2 section 5.7).
    private static func digits(after letter: UInt8) -> Int {
        switch letter {
        case UInt8(ascii: "x"): 2
        case UInt8(ascii: "u"): 4
        case UInt8(ascii: "U"): 8
        default: 0
        }
    }

    private static func character(of escape: String) -> Unicode.Scalar? {
        switch escape {
        case "\\0": "\u{0}"
        case "\\a": "\u{7}"
        case "\\b": "\u{8}"
        case "\\v": "\u{B}"
        case "\\f": "\u{C}"
        case "\\r": "\r"
        case "\\e": "\u{1B}"
        case "\\N": "\u{85}"
        case "\\L": "\u{2028}"
        case "\\P": "\u{2029}"
        default: UInt32(escape.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        }
    }
}
