/// Writes a JSON text piece by piece, without holding it in memory as values first.
///
/// The caller opens and closes in order; commas come by themselves.
struct JSONWriter {
    /// What has been written and not been taken.
    private(set) var octets: [UInt8] = []
    private var needsComma = false

    /// Takes what has been written, so that the next piece begins empty.
    mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(octets.count)
        swap(&taken, &octets)
        return taken
    }

    mutating func openObject() { open("{") }
    mutating func closeObject() { close("}") }
    mutating func openArray() { open("[") }
    mutating func closeArray() { close("]") }

    /// The key of the next value.
    mutating func key(_ name: StaticString) {
        separate()
        append("\"")
        // A key is one of ours: letters and underscores.
        name.withUTF8Buffer { unsafe octets.append(contentsOf: $0) }
        append("\":")
        needsComma = false
    }

    mutating func value(_ text: String) {
        separate()
        append("\"")
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            for octet in text.utf8 { appendASCII(octet) }
        } else {
            for scalar in text.unicodeScalars { append(scalar: scalar) }
        }
        append("\"")
        needsComma = true
    }

    mutating func value(_ number: some BinaryInteger) {
        separate()
        octets.append(contentsOf: String(number).utf8)
        needsComma = true
    }

    mutating func value(_ truth: Bool) {
        separate()
        append(truth ? "true" : "false")
        needsComma = true
    }

    mutating func value(_ texts: [String]) {
        openArray()
        for text in texts { value(text) }
        closeArray()
    }

    /// A moment as RFC 3339 has it, or null if it is none that has such a text.
    mutating func value(_ time: AdminTime) {
        guard let text = time.text else {
            separate()
            append("null")
            needsComma = true
            return
        }
        value(text)
    }

    private mutating func open(_ bracket: StaticString) {
        separate()
        append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: StaticString) {
        append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { append(",") }
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe octets.append(contentsOf: $0) }
    }

    /// RFC 8259 §7; DEL as well, which upsets terminals.
    private mutating func appendASCII(_ octet: UInt8) {
        switch octet {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0..<0x20, 0x7F: appendEscape(UInt32(octet))
        default: octets.append(octet)
        }
    }

    /// Escapes line and bidirectional marks too: they upset what shows the text.
    private mutating func append(scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0..<0x80: appendASCII(UInt8(scalar.value))
        case 0x80...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: appendEscape(scalar.value)
        default: octets.append(contentsOf: String(Character(scalar)).utf8)
        }
    }

    private mutating func appendEscape(_ value: UInt32) {
        append("\\u")
        for shift in stride(from: UInt32(12), through: 0, by: -4) {
            let digit = UInt8(value >> shift & 15)
            octets.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }
}
