import MethodPolicy

extension DocumentReader {
    mutating func readNetworks(_ node: YAMLNode, key: String) -> [NetworkPrefix] {
        // Not `texts`: a lone address must not be told about YAML's numbers.
        var elements = [node]
        if case .list(let listed) = node.content { elements = listed }
        return elements.compactMap { element in
            guard let text = word(element, key: key) else { return nil }
            if let network = NetworkPrefix(text) { return network }
            let message = "\(Self.quoted(text)) is not a network"
            let hint =
                "an address and a prefix length with no bit set after it: 10.0.0.0/8, fd00::/8"
            report(.invalidNetwork, message, at: element.position, hint: hint)
            return nil
        }
    }

    /// Field names that may end with `*`, each once.
    mutating func readFieldPrefixes(_ node: YAMLNode, key: String) -> [String] {
        readNames(node, key: key).compactMap { name in
            guard let hint = FieldPrefixSyntax.fault(in: name.text) else { return name.text }
            let message = "\(Self.quoted(name.text)) is not a field name"
            report(.invalidFieldName, message, at: name.position, hint: hint)
            return nil
        }
    }

    mutating func readLimits(_ node: YAMLNode, into limits: inout GatewayDocument.Limits) {
        let before = diagnostics.count
        readMapping(node, GatewayKeys.limits, into: &limits)
        guard diagnostics.count == before, limits.headBytesMax < limits.targetBytesMax,
            case .mapping(let entries) = node.content,
            let entry = entries.first(where: { $0.key == "head" })
                ?? entries.first(where: { $0.key == "target" })
        else { return }
        let message =
            "`head` (\(limits.headBytesMax) octets) is less than `target`"
            + " (\(limits.targetBytesMax) octets), which is a part of it"
        let hint = "make `head` larger or `target` smaller"
        report(.invalidSize, message, at: entry.value.position, hint: hint)
    }

    mutating func readLogDestination(
        _ node: YAMLNode,
        key: String
    ) -> GatewayDocument.Log.Destination? {
        guard let text = text(node, key: key) else { return nil }
        if text == "stdout" { return .standardOutput }
        // A lone word is more often a stream's name than a file's.
        if text.utf8.contains(UInt8(ascii: "/")) { return .file(text) }
        let message = "`\(key)` is stdout or a file's path, not \(Self.quoted(text))"
        let hint = "a path has a /: write ./\(Self.quoted(text)) for a file of this name"
        report(.invalidValue, message, at: node.position, hint: hint)
        return nil
    }

    mutating func readWorkers(_ node: YAMLNode) -> Int? {
        if case .text("auto") = node.content { return nil }
        guard let count = integer(node, key: "workers", minimum: 1) else { return nil }
        if count <= 1_024 { return count }
        report(.invalidValue, "`workers` is at most 1024", at: node.position, hint: "use auto")
        return nil
    }

    mutating func readBodyLimit(_ node: YAMLNode) -> Int? {
        if case .text("unlimited") = node.content { return nil }
        return size(node, key: "body", minimum: 1)
    }
}
