/// The octets as a Swift string literal with the escapes that an array of octets can be read from.
func literal(_ octets: [UInt8]) -> String {
    var text = "\""
    for octet in octets {
        switch octet {
        case 0x0A: text += "\\n"
        case 0x0D: text += "\\r"
        case 0x09: text += "\\t"
        case 0x22: text += "\\\""
        case 0x5C: text += "\\\\"
        case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(octet))
        default:
            let digits = String(octet, radix: 16, uppercase: true)
            text += "\\u{\(digits)}"
        }
    }
    return text + "\""
}

/// The octets of a literal that `literal` wrote: a scalar stands for one octet.
func octets(_ literal: String) -> [UInt8] {
    literal.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}
