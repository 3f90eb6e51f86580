/// Parameters as an application framework finds them in a form, in the order of the form.
///
/// The readers below are naive: they have the whole content, and follow what the frameworks do,
/// deviations from the specifications included. Where a framework gives up, what it had read so far
/// counts, as some act on that.
struct FormParameter: Equatable {
    let name: [UInt8]
    let value: [UInt8]
}

/// `application/x-www-form-urlencoded`.
enum PairReferences {
    /// PHP: `&` only; the name is a C string, less leading spaces, cut at `[`.
    static func php(_ content: [UInt8]) -> [FormParameter] {
        pairs(content, separators: "&").map { name, value in
            FormParameter(name: mangled(decoded(name)), value: decoded(value))
        }
    }

    /// Rack 2: `&` and `;` with spaces behind, brackets in front dropped, cut at the next one.
    static func rack(_ content: [UInt8]) -> [FormParameter] {
        pairs(content, separators: "&;").map { name, value in
            let key = decoded(Array(name.drop { $0 == 0x20 }))
            return FormParameter(name: withoutBrackets(key), value: decoded(value))
        }
    }

    /// Werkzeug: `&` only, names as they are.
    static func werkzeug(_ content: [UInt8]) -> [FormParameter] {
        pairs(content, separators: "&").map {
            FormParameter(name: decoded($0), value: decoded($1))
        }
    }

    /// PHP's name of a variable (`php_register_variable_ex`).
    static func mangled(_ name: [UInt8]) -> [UInt8] {
        let text = Array(name.prefix { $0 != 0 }.drop { $0 == 0x20 })
        let plain = { (octet: UInt8) in octet == 0x2E || octet == 0x20 ? 0x5F : octet }
        let head = text.prefix { $0 != 0x5B }
        let index = text.dropFirst(head.count)
        // An index that is not closed is no index, and its bracket one more `_`.
        guard !index.isEmpty, !head.isEmpty, !index.contains(0x5D) else { return head.map(plain) }
        return head.map(plain) + [0x5F] + index.dropFirst()
    }

    /// Rack's name of a top-level parameter.
    static func withoutBrackets(_ name: [UInt8]) -> [UInt8] {
        let isBracket = { (octet: UInt8) in octet == 0x5B || octet == 0x5D }
        return Array(name.drop(while: isBracket).prefix { !isBracket($0) })
    }

    private static func pairs(
        _ content: [UInt8],
        separators: String
    ) -> [(name: [UInt8], value: [UInt8])] {
        let separators = Array(separators.utf8)
        return content.split { separators.contains($0) }.map { pair in
            let name = pair.prefix { $0 != 0x3D }
            return (Array(name), Array(pair.dropFirst(name.count + 1)))
        }
    }

    /// `+` and `%HH`; what is no escape stays.
    private static func decoded(_ text: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = text[...]
        while let octet = rest.popFirst() {
            let digits = rest.prefix(2)
            let isEscape =
                octet == 0x25 && digits.count == 2
                && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }
            if isEscape, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet == 0x2B ? 0x20 : octet)
            }
        }
        return octets
    }
}
