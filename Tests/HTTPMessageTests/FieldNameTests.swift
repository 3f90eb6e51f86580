import HTTPMessage
import Testing

/// The known field that a name is.
func fieldName(_ name: [UInt8]) -> FieldName {
    FieldName(name.span)
}

@Suite("Field names")
struct FieldNameTests {
    /// How a name is written, from its case's name: `accessControlMaxAge` is
    /// `access-control-max-age`.
    private func spelling(_ field: FieldName) -> String {
        switch field {
        case .http2Settings: return "http2-settings"
        case .wwwAuthenticate: return "www-authenticate"
        case .xOriginalURL: return "x-original-url"
        case .xRewriteURL: return "x-rewrite-url"
        default: break
        }
        var text = ""
        for character in String(describing: field) {
            if character.isUppercase { text += "-" }
            text += character.lowercased()
        }
        return text.replacing("web-socket", with: "websocket")
    }

    @Test("Knows each name in any case", arguments: FieldName.allCases.filter { $0 != .other })
    func knowsEachName(field: FieldName) {
        let lower = spelling(field)
        #expect(fieldName(Array(lower.utf8)) == field)
        #expect(fieldName(Array(lower.uppercased().utf8)) == field)
        let mixed = lower.enumerated().map { $0 % 2 == 0 ? $1.uppercased() : String($1) }
        #expect(fieldName(Array(mixed.joined().utf8)) == field)
    }

    @Test("Knows no name with one octet changed, added or missing")
    func knowsNoOtherName() {
        for field in FieldName.allCases where field != .other {
            let name = Array(spelling(field).utf8)
            #expect(fieldName((name + [0x61])) == .other)
            #expect(fieldName(Array(name.dropFirst())) != field)
            #expect(fieldName(Array(name.dropLast())) != field)
            for index in name.indices {
                var changed = name
                changed[index] = changed[index] == 0x2D ? 0x5F : changed[index] ^ 0x40
                #expect(fieldName(changed) != field)
                changed[index] = name[index] ^ 0x80
                #expect(fieldName(changed) != field)
            }
        }
        #expect(fieldName([UInt8]()) == .other)
        #expect(fieldName(Array(repeating: UInt8(0x61), count: 300)) == .other)
    }

    @Test("A set of names is one word")
    func fitsInOneWord() {
        #expect(FieldName.allCases.count <= 64)
    }
}
