import MethodPolicy

extension Diagnostic {
    /// The most code points of a source line that a report shows.
    private static let shownCharactersMax = 120

    /// The report a person reads, without a final line break.
    ///
    /// ```text
    /// policies/demo.yaml:12:11: error[unknown-method]: GETT is not a known method
    ///    12 |   /users: GETT
    ///       |           ^~~~
    ///    hint: did you mean GET?
    /// ```
    ///
    /// Control characters in what it quotes are escaped, so that a file cannot write to the
    /// terminal it is reported on.
    public func rendered() -> String {
        var lines = ["\(place): \(severity.rawValue)[\(code)]: \(Self.escaped(message))"]
        if let sourceLine, location.line > 0 {
            lines += Self.excerpt(of: sourceLine, line: location.line, column: location.column)
        }
        for location in related {
            lines.append("   see: \(Self.escaped(location.file)):\(location.line)")
        }
        if let hint {
            lines.append("   hint: \(Self.escaped(hint))")
        }
        return lines.joined(separator: "\n")
    }

    /// `file:line:column`, or the file alone if the diagnostic is about all of it.
    private var place: String {
        let file = Self.escaped(location.file)
        return location.line > 0 ? "\(file):\(location.line):\(location.column)" : file
    }

    /// The two lines that show the source and point at the place.
    private static func excerpt(of sourceLine: String, line: Int, column: Int) -> [String] {
        var shown = sourceLine.unicodeScalars.map { isControl($0) ? " " : $0 }
        var start = min(max(column - 1, 0), shown.count)
        var length = SourceText.tokenLength(in: shown, from: start)
        if shown.count > shownCharactersMax {
            // A window around the place keeps a line of a megabyte from filling the terminal.
            let first = max(0, min(start - 40, shown.count - shownCharactersMax))
            shown = Array(shown[first..<min(first + shownCharactersMax, shown.count)])
            start -= first
            length = min(length, max(shown.count - start, 1))
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: shown)
        let number = String(line)
        let margin = String(repeating: " ", count: max(5 - number.count, 0))
        let gutter = String(repeating: " ", count: max(5, number.count))
        let marker =
            String(repeating: " ", count: start) + "^" + String(repeating: "~", count: length - 1)
        return ["\(margin)\(number) | \(String(text))", "\(gutter) | \(marker)"]
    }

    /// The text with every control and bidirectional-override character spelled out.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    /// Whether a terminal could take the character for an order.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}

extension Diagnostic {
    /// The diagnostic as one JSON object on one line.
    ///
    /// Keys: `severity`, `code`, `message`, `file`, `line`, `column` (1-based, in code points;
    /// absent when the whole file is meant), `hint`, `source` and `related`, the last three only if
    /// there.
    public func json() -> String {
        jsonValue.text()
    }

    /// Several diagnostics as one JSON array, indented.
    public static func json(_ diagnostics: [Diagnostic]) -> String {
        JSONValue.array(diagnostics.map(\.jsonValue)).text(indented: true)
    }

    /// The diagnostic as a part of a larger JSON text.
    package var jsonValue: JSONValue {
        var members: [(String, JSONValue)] = [
            ("severity", .string(severity.rawValue)),
            ("code", .string(code)),
            ("message", .string(message)),
        ]
        members += Self.members(of: location)
        if let hint { members.append(("hint", .string(hint))) }
        if let sourceLine { members.append(("source", .string(sourceLine))) }
        if !related.isEmpty {
            members.append(("related", .array(related.map { .object(Self.members(of: $0)) })))
        }
        return .object(members)
    }

    private static func members(of location: SourceLocation) -> [(String, JSONValue)] {
        guard location.line > 0 else { return [("file", .string(location.file))] }
        return [
            ("file", .string(location.file)),
            ("line", .integer(location.line)),
            ("column", .integer(location.column)),
        ]
    }
}
