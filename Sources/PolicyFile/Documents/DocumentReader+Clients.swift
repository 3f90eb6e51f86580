import MethodPolicy

extension DocumentReader {
    /// A rule's `only`: for some of its methods, the clients that may use them.
    mutating func readRestrictions(_ node: YAMLNode) -> [RestrictionDraft] {
        guard let entries = mapping(node, expected: "`only`") else { return [] }
        if entries.isEmpty, !isIncomplete {
            let message = "`only` restricts nothing"
            report(.invalidValue, message, at: node.position, hint: "leave the key out")
        }
        return entries.compactMap { readRestriction($0) }
    }

    private mutating func readRestriction(_ entry: YAMLEntry) -> RestrictionDraft? {
        var draft = RestrictionDraft(methods: restrictedMethods(entry), position: entry.position)
        guard case .mapping(let keys) = entry.value.content else {
            let message =
                "an entry of `only` is a mapping with `clients` or `certificates`, but this is"
                + " \(entry.value.kind)"
            let hint = "write { clients: [10.0.0.0/8] }"
            report(.wrongType, message, at: entry.value.position, hint: hint)
            return nil
        }
        if keys.isEmpty, !isIncomplete {
            let message = "an entry of `only` needs `clients` or `certificates`"
            let hint = "to refuse the method to everybody, leave it out of `allow`"
            report(.missingKey, message, at: entry.value.position, hint: hint)
            return nil
        }
        let before = diagnostics.count
        readMapping(entry.value, PolicyKeys.clients, into: &draft)
        // A half-read list of clients would earn complaints about what was left out.
        return diagnostics.count == before ? draft : nil
    }

    private func restrictedMethods(_ entry: YAMLEntry) -> AllowDraft {
        if entry.key == "any" { return .any }
        let node = YAMLNode(
            content: .text(entry.key),
            style: entry.position == entry.textPosition ? .plain : .quoted,
            position: entry.position
        )
        return .methods(words(of: entry.key, in: node))
    }

    /// What certificates must say.
    mutating func readCertificates(_ node: YAMLNode) -> [CertificateName] {
        (texts(node, key: "certificates") ?? []).compactMap { text in
            if let name = CertificateName(text.text) { return name }
            let message = "\(Self.quoted(text.text)) is not what a certificate can say"
            let hint =
                "write subject=CN=deploy,O=Example, dns=deploy.example.com, uri=spiffe://… or"
                + " email=ops@example.com"
            report(.invalidCertificateName, message, at: text.position, hint: hint)
            return nil
        }
    }
}
