import MethodPolicy

extension DocumentReader {
    mutating func readFormatVersion(_ node: YAMLNode) {
        guard let version = integer(node, key: "methodwall", minimum: 1) else { return }
        guard version != PolicyKeys.formatVersion else { return }
        let message = "this version reads format \(PolicyKeys.formatVersion), not \(version)"
        report(.unsupportedValue, message, at: node.position, hint: "write `methodwall: 1`")
    }

    mutating func readPolicyName(_ node: YAMLNode) -> String? {
        guard let name = text(node, key: "policy") else { return nil }
        if PolicyName.isValid(name) { return name }
        let message = "\(Self.quoted(name)) is not a policy name"
        let hint = "letters, digits, `.`, `_` and `-`, at most 64, a letter or digit first"
        report(.invalidValue, message, at: node.position, hint: hint)
        return nil
    }

    mutating func readUpstream(_ node: YAMLNode) -> PlacedText? {
        text(node, key: "upstream").map { PlacedText(text: $0, position: node.position) }
    }

    mutating func readReason(_ node: YAMLNode) -> String? {
        guard let text = text(node, key: "reason") else { return nil }
        // Block text ends with a line break and may hold others; a reason is one line.
        let reason = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard !reason.isEmpty, reason.utf8.count <= 500 else {
            let message = "`reason` has 1 to 500 octets, not \(reason.utf8.count)"
            report(.invalidValue, message, at: node.position)
            return nil
        }
        guard !reason.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            report(.invalidValue, "`reason` holds a control character", at: node.position)
            return nil
        }
        return reason
    }

    mutating func readCORS(_ node: YAMLNode) -> CORSChoice? {
        if case .text(let text) = node.content, text == "off" { return .off }
        var draft = CORSDraft(position: node.position)
        let before = diagnostics.count
        readMapping(node, PolicyKeys.cors, into: &draft)
        // A block with mistakes would only earn further complaints from the compiler.
        return diagnostics.count == before ? .settings(draft) : nil
    }

    mutating func readRules(_ node: YAMLNode, into draft: inout PolicyDraft) {
        guard let entries = mapping(node, expected: "`paths`") else { return }
        // Rules that the YAML reader left out have been reported.
        if entries.isEmpty, !isIncomplete {
            report(.invalidValue, "`paths` holds no rule", at: node.position)
        }
        draft.rules.reserveCapacity(entries.count)
        for entry in entries {
            var rule = RuleDraft(
                pattern: entry.key,
                position: entry.position,
                patternPosition: entry.textPosition
            )
            if case .mapping = entry.value.content {
                readMapping(entry.value, PolicyKeys.rule, into: &rule)
            } else {
                rule.allow = readAllow(entry.value, key: entry.key)
            }
            draft.rules.append(rule)
        }
    }
}

// MARK: - Methods

extension DocumentReader {
    /// `any`, `none`, methods with spaces between them, or a list of methods.
    mutating func readAllow(_ node: YAMLNode, key: String) -> AllowDraft? {
        if node.isMissing {
            let message = "`\(Self.quoted(key))` names no method"
            let hint = "write the methods, or `none` to allow nothing"
            report(.wrongType, message, at: node.position, hint: hint)
            return nil
        }
        if case .text(let text) = node.content {
            if text == "any" { return .any }
            if text == "none" { return .methods([]) }
        }
        return .methods(readMethodWords(node, key: key))
    }

    /// The words of a text or list where methods belong, each at its own place.
    mutating func readMethodWords(_ node: YAMLNode, key: String) -> [PlacedText] {
        guard case .list(let elements) = node.content else {
            guard let text = word(node, key: Self.quoted(key)) else { return [] }
            let words = words(of: text, in: node)
            if words.isEmpty { reportNoMethods(node, key: key) }
            return words
        }
        if elements.isEmpty { reportNoMethods(node, key: key) }
        return elements.compactMap { element in
            guard let text = word(element, key: Self.quoted(key)) else { return nil }
            return PlacedText(text: text, position: element.position)
        }
    }

    private mutating func reportNoMethods(_ node: YAMLNode, key: String) {
        let hint = key == "methods" ? "leave the key out" : "write `none` to allow nothing"
        report(
            .invalidValue,
            "`\(Self.quoted(key))` names no method",
            at: node.position,
            hint: hint
        )
    }

    /// The words of a text, each at its own place where the text is on one line.
    func words(of text: String, in node: YAMLNode) -> [PlacedText] {
        // Text over several lines gives no columns to its words; they all point at its start.
        let start = node.position.column + (node.style == .quoted ? 1 : 0)
        let isOneLine = node.style != .block && isWritten(text, line: node.position.line, at: start)
        var words: [PlacedText] = []
        var offset = 0
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            defer { offset += part.unicodeScalars.count + 1 }
            guard !part.isEmpty else { continue }
            var position = node.position
            if isOneLine { position.column = start + offset }
            let pieces = part.split { $0 == "\n" || $0 == "\t" }
            words += pieces.map { PlacedText(text: String($0), position: position) }
        }
        return words
    }

    private func isWritten(_ text: String, line number: Int, at column: Int) -> Bool {
        guard let line = source.line(number) else { return false }
        return String(line.unicodeScalars.dropFirst(column - 1)).hasPrefix(text)
    }
}
