/// A JSON text under construction, whose members keep the order they are given.
///
/// The order makes generated files reproducible, which a test relies on.
package indirect enum JSONValue: Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([JSONValue])
    case object([(String, JSONValue)])

    /// The text, on one line unless `indented` asks for two spaces a level.
    package func text(indented: Bool = false) -> String {
        var output = ""
        write(to: &output, indentation: indented ? 0 : nil)
        return output
    }

    private func write(to output: inout String, indentation: Int?) {
        switch self {
        case .string(let text): Self.quote(text, to: &output)
        case .integer(let number): output += String(number)
        case .boolean(let truth): output += truth ? "true" : "false"
        case .array(let elements):
            Self.writeItems(elements, "[", "]", to: &output, indentation) {
                element,
                output,
                inner in
                element.write(to: &output, indentation: inner)
            }
        case .object(let members):
            Self.writeItems(members, "{", "}", to: &output, indentation) { member, output, inner in
                Self.quote(member.0, to: &output)
                output += inner == nil ? ":" : ": "
                member.1.write(to: &output, indentation: inner)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item],
        _ open: String,
        _ close: String,
        to output: inout String,
        _ indentation: Int?,
        _ write: (Item, inout String, Int?) -> Void
    ) {
        guard !items.isEmpty else {
            output += open + close
            return
        }
        let inner = indentation.map { $0 + 2 }
        output += open
        for (index, item) in items.enumerated() {
            if index > 0 { output += "," }
            if let inner { output += "\n" + String(repeating: " ", count: inner) }
            write(item, &output, inner)
        }
        if let indentation { output += "\n" + String(repeating: " ", count: indentation) }
        output += close
    }

    private static func quote(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            default:
                if mustBeEscaped(scalar) {
                    let digits = String(scalar.value, radix: 16)
                    output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    output.unicodeScalars.append(scalar)
                }
            }
        }
        output += "\""
    }

    /// Controls, which JSON forbids, and line and bidirectional marks, which upset what shows it.
    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
