import MethodPolicy

extension DocumentReader {
    /// A file's `override`: a mode alone, or a mapping with names beside it.
    mutating func readOverride(_ node: YAMLNode) -> OverrideDraft? {
        var draft = OverrideDraft(position: node.position)
        guard case .mapping(let entries) = node.content else {
            guard let mode = readOverrideMode(node, key: "override") else { return nil }
            draft.mode = mode
            return draft
        }
        if entries.isEmpty, !isIncomplete {
            let message = "`override` is an empty block"
            report(.invalidValue, message, at: node.position, hint: "leave the key out")
        }
        readMapping(node, PolicyKeys.override, into: &draft)
        return draft
    }

    /// A rule's `override`, which is a mode and nothing else.
    mutating func readRuleOverride(_ node: YAMLNode) -> OverrideMode? {
        if case .mapping = node.content {
            let message = "a rule's `override` is one word, but this is a mapping"
            let hint =
                "fields and parameters are looked for before a rule is known: name them at the top"
                + " of the file"
            report(.wrongType, message, at: node.position, hint: hint)
            return nil
        }
        return readOverrideMode(node, key: "override")
    }

    mutating func readOverrideMode(_ node: YAMLNode, key: String) -> OverrideMode? {
        keyword(node, key: key, OverrideMode.allCases.map { ($0.rawValue, $0) })
    }

    /// Names that compare without case, each once; the compiler says what they may consist of.
    mutating func readNames(_ node: YAMLNode, key: String) -> [PlacedText] {
        var seen: Set<String> = []
        return (texts(node, key: key) ?? []).filter { name in
            if seen.insert(name.text.lowercased()).inserted { return true }
            let message = "`\(key)` names \(Self.quoted(name.text)) twice"
            report(.invalidValue, message, at: name.position, hint: "remove one of them")
            return false
        }
    }

    /// What a file tolerates: one word or several.
    mutating func readMembers<Members: OptionSet & Sendable>(
        _ node: YAMLNode,
        key: String,
        _ words: [(String, Members)]
    ) -> Members where Members.Element == Members {
        var elements = [node]
        if case .list(let listed) = node.content {
            elements = listed
            if elements.isEmpty {
                let message = "`\(key)` is an empty list"
                report(.invalidValue, message, at: node.position, hint: "leave the key out")
            }
        }
        var members: Members = []
        for element in elements {
            guard let member = keyword(element, key: key, words) else { continue }
            if members.contains(member) {
                let message = "`\(key)` says the same twice"
                report(.invalidValue, message, at: element.position, hint: "remove one of them")
            }
            members.insert(member)
        }
        return members
    }

    /// Codes of lint findings.
    mutating func readLintCodes(_ node: YAMLNode) -> [String] {
        (texts(node, key: "silence") ?? []).compactMap { code in
            if LintCodeSyntax.isValid(code.text) { return code.text }
            let message = "\(Self.quoted(code.text)) cannot be the code of a lint finding"
            let hint = "`methodwall check --lint` prints each finding's code in brackets"
            report(.invalidValue, message, at: code.position, hint: hint)
            return nil
        }
    }
}
