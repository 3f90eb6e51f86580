import Yams

/// Reads one YAML document without aliases, anchors, tags, merge keys or mappings as keys.
///
/// Those features let a file of 300 bytes stand for hundreds of megabytes (F-01), and hide from a
/// reviewer what a policy says. Looking for them in the text would need a second YAML scanner that
/// agrees with the first one. Instead the parser is never shown them: the indicator characters
/// `&`, `*`, `!` and `?` are each replaced by a private-use character, which YAML treats as
/// ordinary text, before parsing, and put back into the text that comes out. Nothing can
/// therefore be expanded, by construction; and wherever YAML would have read an indicator there is
/// now unquoted text that begins with one, which is how each is found and reported at its place.
/// Ordinary uses (`/assets/**`, "R & D") are not at the start of unquoted text and come through.
///
/// Limits: ``depthMax`` levels; the parser underneath stops by itself at 1,000.
struct YAMLReader {
    /// The deepest nesting of lists and mappings that is accepted (F-02).
    static let depthMax = 16

    /// How many keys that stand twice are found in one file.
    ///
    /// Each costs one more parse.
    static let duplicatesMax = 8

    /// What was found wrong so far.
    private(set) var diagnostics: [Diagnostic] = []
    let source: SourceText
    /// Marks put before a repeated key so that the rest of the file can still be read.
    var marks: [SourcePosition] = []

    init(_ source: SourceText) {
        self.source = source
    }

    /// The document, or nil if it cannot be read at all.
    ///
    /// Faults are in ``diagnostics`` either way.
    mutating func read() -> YAMLNode? {
        while true {
            do {
                // `.basic` resolves no tags: text stays text, and no regular expression is run.
                let parser = try Parser(yaml: substitutedText(), resolver: .basic)
                guard let root = try parser.singleRoot() else {
                    let hint = "a policy starts with `methodwall: 1`"
                    report(.emptyFile, "the file has no content", .wholeFile, hint: hint)
                    return nil
                }
                return convert(root, depth: 1)
            } catch let error as YamlError {
                if markDuplicate(error) { continue }
                reportSyntax(error)
                return nil
            } catch {
                report(.yamlSyntax, "the file cannot be read as YAML", .wholeFile)
                return nil
            }
        }
    }

    mutating func report(
        _ code: Diagnostic.Code,
        _ message: String,
        _ position: SourcePosition,
        hint: String? = nil,
        related: [SourcePosition] = []
    ) {
        diagnostics.append(
            source.diagnostic(code, message, at: position, hint: hint, related: related)
        )
    }
}

// MARK: - Substitution

extension YAMLReader {
    /// The character put before the first of two equal keys, one for each such pair.
    private static func mark(_ index: Int) -> Unicode.Scalar {
        Unicode.Scalar(0xE100 + UInt32(index)) ?? "\u{E100}"
    }

    private static func isIndicator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
            || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
    }

    /// The text as the parser sees it: no indicators, and a mark before each key already known to
    /// repeat.
    private func substitutedText() -> String {
        var output: [UInt8] = []
        output.reserveCapacity(source.bytes.count + 1024)
        var line = 1
        var column = 1
        for byte in source.bytes {
            if byte & 0xC0 != 0x80, !marks.isEmpty {
                insertMarks(line: line, column: column, to: &output)
                column += 1
            }
            if byte == 0x0A {
                line += 1
                column = 1
            }
            if Self.isIndicator(byte) {
                // U+E000 + the ASCII code, all of which are below U+0040.
                output += [0xEE, 0x80, 0x80 | byte]
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func insertMarks(line: Int, column: Int, to output: inout [UInt8]) {
        for (index, mark) in marks.enumerated() where mark.line == line && mark.column == column {
            output += Array(String(Self.mark(index)).utf8)
        }
    }

    /// The text with its indicators back and without marks.
    func restored(_ text: String) -> String {
        guard text.utf8.contains(0xEE) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xE000...0xE07F:
                scalars.append(Unicode.Scalar(UInt8(scalar.value - 0xE000)))
            case 0xE100..<(0xE100 + UInt32(Self.duplicatesMax)): continue
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    /// A position of the parsed text as a position of the file: marks take a column each.
    func position(_ mark: Mark?) -> SourcePosition {
        guard let mark else { return .wholeFile }
        var position = SourcePosition(line: mark.line, column: mark.column)
        for inserted in marks.sorted(by: { $0.column < $1.column })
        where inserted.line == position.line && inserted.column < position.column {
            position.column -= 1
        }
        return position
    }
}

// MARK: - From the parser's nodes to ours

extension YAMLReader {
    private mutating func convert(_ node: Node, depth: Int) -> YAMLNode? {
        let position = position(node.mark)
        if depth > Self.depthMax {
            let message = "lists and mappings are nested more than \(Self.depthMax) levels deep"
            report(.yamlTooDeep, message, position)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return convert(scalar, at: position)
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for element in sequence {
                guard let converted = convert(element, depth: depth + 1) else { continue }
                elements.append(converted)
            }
            return YAMLNode(content: .list(elements), style: .plain, position: position)
        case .mapping(let mapping):
            return convert(mapping, at: position, depth: depth)
        case .alias:
            // Not reachable: the parser sees no alias. Refused all the same.
            report(.yamlAlias, "YAML aliases are not accepted", position)
            return nil
        }
    }

    private mutating func convert(_ scalar: Node.Scalar, at position: SourcePosition) -> YAMLNode? {
        if reportEscape(in: scalar, at: position) { return nil }
        let text = restored(scalar.string)
        let style: YAMLNode.Style =
            switch scalar.style {
            case .any, .plain: .plain
            case .singleQuoted, .doubleQuoted: .quoted
            case .literal, .folded: .block
            }
        if style == .plain, reportIndicator(text, at: position) { return nil }
        return YAMLNode(content: .text(text), style: style, position: position)
    }

    private mutating func convert(
        _ mapping: Node.Mapping,
        at position: SourcePosition,
        depth: Int
    ) -> YAMLNode {
        var entries: [YAMLEntry] = []
        entries.reserveCapacity(mapping.count)
        // Keys are octets: as text, two ways to write `é` would be one key.
        var first: [[UInt8]: SourcePosition] = [:]
        for (keyNode, valueNode) in mapping {
            let keyPosition = self.position(keyNode.mark)
            guard case .scalar(let scalar) = keyNode else {
                let message = "a list or mapping cannot be a key"
                report(.yamlComplexKey, message, keyPosition, hint: "quote a key that holds [ or {")
                continue
            }
            guard let key = convert(scalar, at: keyPosition), case .text(let text) = key.content
            else { continue }
            if text == "<<", key.style == .plain {
                let message = "YAML merge keys are not accepted"
                report(.yamlMergeKey, message, keyPosition, hint: "write the values out")
                continue
            }
            if let other = first.updateValue(keyPosition, forKey: Array(text.utf8)) {
                let message = "the key \(DocumentReader.quoted(text)) stands twice in one mapping"
                let hint = "keep one of them"
                report(.duplicateKey, message, keyPosition, hint: hint, related: [other])
                continue
            }
            guard let value = convert(valueNode, depth: depth + 1) else { continue }
            var textPosition = keyPosition
            if key.style == .quoted { textPosition.column += 1 }
            entries.append(
                YAMLEntry(
                    key: text,
                    position: keyPosition,
                    textPosition: textPosition,
                    value: value
                )
            )
        }
        return YAMLNode(content: .mapping(entries), style: .plain, position: position)
    }

    /// Reports unquoted text that starts with an indicator; true if it did.
    mutating func reportIndicator(_ text: String, at position: SourcePosition) -> Bool {
        guard let first = text.utf8.first else { return false }
        switch first {
        case UInt8(ascii: "&"):
            report(
                .yamlAnchor,
                "YAML anchors are not accepted",
                position,
                hint:
                    "write the value out where it is needed; put text that starts with & in quotes"
            )
        case UInt8(ascii: "*"):
            report(
                .yamlAlias,
                "an unquoted * begins a YAML alias, which is not accepted",
                position,
                hint: "put text that starts with * in quotes: \"\(text.prefix(40))\""
            )
        case UInt8(ascii: "!"):
            report(
                .yamlTag,
                "YAML tags are not accepted",
                position,
                hint: "every value is text already; put text that starts with ! in quotes"
            )
        case UInt8(ascii: "?") where text.utf8.count == 1 || text.utf8.dropFirst().first == 0x20:
            report(
                .yamlComplexKey,
                "YAML's `? key` form is not accepted",
                position,
                hint: "write `key: value`"
            )
        default: return false
        }
        return true
    }
}
