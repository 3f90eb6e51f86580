/// Turns the nodes of one document into values, and collects everything that is wrong on the way.
///
/// No function here stops at a mistake: each reports it and returns nil, and the caller reads on.
struct DocumentReader {
    let source: SourceText
    private(set) var diagnostics: [Diagnostic] = []
    /// Whether the YAML reader left pieces out, so that what seems to be missing may not be.
    private(set) var isIncomplete = false

    init(_ source: SourceText) {
        self.source = source
    }

    /// Parses the text and hands its top-level mapping over.
    mutating func readMapping<Draft>(of table: KeyTable<Draft>, into draft: inout Draft) {
        var yaml = YAMLReader(source)
        let root = yaml.read()
        diagnostics += yaml.diagnostics
        isIncomplete = !yaml.diagnostics.isEmpty
        guard let root else { return }
        readMapping(root, table, into: &draft)
    }

    /// Reads a mapping whose keys are fixed.
    mutating func readMapping<Draft>(
        _ node: YAMLNode,
        _ table: KeyTable<Draft>,
        into draft: inout Draft
    ) {
        guard let entries = mapping(node, expected: table.owner) else { return }
        // A required key that was misspelt is reported once, as unknown.
        var written = Set(entries.map(\.key))
        for entry in entries {
            guard let key = table.key(named: entry.key) else {
                if let meant = reportUnknown(entry, table) { written.insert(meant) }
                continue
            }
            switch key.description.presence {
            case .required, .optional:
                key.read(&self, entry.value, &draft)
            case .misplaced:
                let message = "`\(entry.key)` cannot stand in \(table.owner)"
                let why = key.description.summary
                report(.misplacedKey, message, at: entry.position, hint: why)
            }
        }
        guard !isIncomplete else { return }
        for key in table.keys where key.description.presence == .required {
            let name = key.description.name
            guard !written.contains(name) else { continue }
            let message = "\(table.owner) needs the key `\(name)`"
            report(.missingKey, message, at: node.position, hint: key.description.summary)
        }
    }

    /// Adds a diagnostic about a place in the document.
    mutating func report(
        _ code: Diagnostic.Code,
        _ message: String,
        at position: SourcePosition,
        hint: String? = nil,
        related: [SourcePosition] = [],
        severity: Diagnostic.Severity = .error
    ) {
        diagnostics.append(
            source.diagnostic(
                code,
                message,
                at: position,
                hint: hint,
                related: related,
                severity: severity
            )
        )
    }

    /// Reports a key that the table does not have; the key that was probably meant, if one was.
    private mutating func reportUnknown<Draft>(
        _ entry: YAMLEntry,
        _ table: KeyTable<Draft>
    ) -> String? {
        let names = table.usableNames
        let nearest = Suggestion.nearest(to: entry.key, among: names)
        let hint =
            nearest.map { "did you mean `\($0)`?" } ?? "known keys: "
            + names.joined(separator: ", ")
        let message = "\(table.owner) has no key `\(Self.quoted(entry.key))`"
        report(.unknownKey, message, at: entry.position, hint: hint)
        return nearest
    }

    /// A piece of the file short enough for a message.
    static func quoted(_ text: String) -> String {
        text.unicodeScalars.count <= 80 ? text : String(text.prefix(77)) + "..."
    }
}

// MARK: - Values

extension DocumentReader {
    /// The entries of a mapping; anything else is reported.
    mutating func mapping(_ node: YAMLNode, expected: String) -> [YAMLEntry]? {
        if case .mapping(let entries) = node.content { return entries }
        let message = "\(expected) is a mapping of `key: value` lines, but this is \(node.kind)"
        report(.wrongType, message, at: node.position)
        return nil
    }

    /// Text.
    ///
    /// Nothing at all is reported; so are unquoted words that YAML gives another type.
    mutating func text(_ node: YAMLNode, key: String) -> String? {
        guard let text = word(node, key: key) else { return nil }
        if node.style == .plain, Self.isTypedByYAML(text) {
            let message = "`\(key)` is text, and YAML reads an unquoted \(text) as something else"
            report(.wrongType, message, at: node.position, hint: "write \"\(text)\" in quotes")
            return nil
        }
        return text
    }

    /// Text whatever it looks like, for values that are compared with known words afterwards.
    mutating func word(_ node: YAMLNode, key: String) -> String? {
        guard case .text(let text) = node.content, !node.isMissing else {
            report(.wrongType, "`\(key)` is text, but this is \(node.kind)", at: node.position)
            return nil
        }
        return text
    }

    /// One of a few words, exactly as they are written in the table.
    mutating func keyword<Value>(
        _ node: YAMLNode,
        key: String,
        _ words: [(String, Value)]
    ) -> Value? {
        guard let text = word(node, key: key) else { return nil }
        if let found = words.first(where: { $0.0 == text }) { return found.1 }
        let names = words.map(\.0)
        let nearest = Suggestion.nearest(to: text, among: names)
        let hint = nearest.map { "did you mean \($0)?" } ?? "use " + names.joined(separator: " or ")
        report(
            .invalidValue,
            "`\(key)` cannot be \(Self.quoted(text))",
            at: node.position,
            hint: hint
        )
        return nil
    }

    /// `true` or `false`, unquoted: YAML 1.2's words and none of 1.1's.
    mutating func boolean(_ node: YAMLNode, key: String) -> Bool? {
        guard case .text(let text) = node.content, node.style == .plain, !text.isEmpty else {
            let message = "`\(key)` is true or false, but this is \(node.kind)"
            report(.wrongType, message, at: node.position)
            return nil
        }
        switch text {
        case "true": return true
        case "false": return false
        default:
            let message = "`\(key)` is true or false, not \(Self.quoted(text))"
            report(.wrongType, message, at: node.position, hint: "write true or false")
            return nil
        }
    }

    /// A whole number in decimal digits, unquoted.
    mutating func integer(_ node: YAMLNode, key: String, minimum: Int) -> Int? {
        guard case .text(let text) = node.content, node.style == .plain,
            !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let number = Int(text)
        else {
            report(.wrongType, "`\(key)` is a whole number in digits", at: node.position)
            return nil
        }
        guard number >= minimum else {
            report(.invalidValue, "`\(key)` is at least \(minimum)", at: node.position)
            return nil
        }
        return number
    }

    /// A duration with its unit.
    mutating func duration(_ node: YAMLNode, key: String, allowsZero: Bool) -> Duration? {
        guard let text = word(node, key: key) else { return nil }
        if let duration = Quantity.duration(text) {
            if allowsZero || duration > .zero { return duration }
            let message = "`\(key)` is above zero, or no exchange would ever be in time"
            report(.invalidDuration, message, at: node.position, hint: "write 250ms, 10s or 5m")
            return nil
        }
        let message = "`\(key)` is a duration of at most 365 days, not \(Self.quoted(text))"
        let hint = "a number and a unit: 250ms, 10s, 5m, 1h, 1d"
        report(.invalidDuration, message, at: node.position, hint: hint)
        return nil
    }

    /// A duration that the wire will say in seconds.
    mutating func wholeSeconds(_ node: YAMLNode, key: String) -> Duration? {
        guard let duration = duration(node, key: key, allowsZero: true) else { return nil }
        if duration.components.attoseconds == 0 { return duration }
        report(.invalidDuration, "`\(key)` is in whole seconds", at: node.position)
        return nil
    }

    /// A size with its unit, of `minimum` octets or more.
    mutating func size(_ node: YAMLNode, key: String, minimum: Int) -> Int? {
        guard let text = word(node, key: key) else { return nil }
        if let size = Quantity.size(text), size >= minimum { return size }
        let bound = minimum > 1 ? "of at least \(minimum) octets" : "above zero"
        let message = "`\(key)` is a size \(bound), not \(Self.quoted(text))"
        report(
            .invalidSize,
            message,
            at: node.position,
            hint: "a number and a unit: 512B, 32KiB, 8MiB, 1GiB"
        )
        return nil
    }

    /// A list of text, or one text alone; never empty.
    mutating func texts(_ node: YAMLNode, key: String) -> [PlacedText]? {
        guard case .list(let elements) = node.content else {
            return text(node, key: key).map { [PlacedText(text: $0, position: node.position)] }
        }
        guard !elements.isEmpty else {
            let message = "`\(key)` is an empty list"
            report(.invalidValue, message, at: node.position, hint: "leave the key out")
            return nil
        }
        return elements.compactMap { element in
            text(element, key: key).map { PlacedText(text: $0, position: element.position) }
        }
    }

    /// Whether a YAML 1.1 or 1.2 reader would make something other than text of an unquoted word.
    private static func isTypedByYAML(_ text: String) -> Bool {
        let lowered = text.lowercased()
        let words = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        if words.contains(lowered) { return true }
        let digits = text.drop { $0 == "+" || $0 == "-" }
        guard let first = digits.utf8.first else { return false }
        if [".inf", ".nan"].contains(lowered.drop { $0 == "+" || $0 == "-" }) { return true }
        guard first >= 0x30 && first <= 0x39 || first == UInt8(ascii: ".") else { return false }
        return Double(digits) != nil
            || Int(digits.dropFirst(2), radix: 16) != nil
                && digits.hasPrefix("0x")
            || Int(digits.dropFirst(2), radix: 8) != nil
                && digits.hasPrefix("0o")
    }
}
