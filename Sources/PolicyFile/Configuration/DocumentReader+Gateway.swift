import MethodPolicy

extension DocumentReader {
    mutating func readUpstreams(_ node: YAMLNode) -> [GatewayDocument.Upstream] {
        guard let entries = mapping(node, expected: "`upstreams`") else { return [] }
        var upstreams: [GatewayDocument.Upstream] = []
        for entry in entries {
            if !PolicyName.isValid(entry.key) {
                let message = "\(Self.quoted(entry.key)) is not a name for an upstream"
                let hint = "letters, digits, `.`, `_` and `-`, at most 64, a letter or digit first"
                report(.invalidValue, message, at: entry.position, hint: hint)
            }
            if let upstream = readUpstream(entry) { upstreams.append(upstream) }
        }
        return upstreams
    }

    private mutating func readUpstream(_ entry: YAMLEntry) -> GatewayDocument.Upstream? {
        var draft = UpstreamDraft()
        if case .mapping(let keys) = entry.value.content {
            readMapping(entry.value, GatewayKeys.upstream, into: &draft)
            let names = keys.map(\.key)
            if !names.contains("url"), !names.contains("urls") {
                let message = "the upstream \(Self.quoted(entry.key)) needs the key `url`"
                report(.missingKey, message, at: entry.position)
            } else if names.contains("url"), names.contains("urls") {
                let message = "an upstream has `url` or `urls`, not both"
                report(.invalidValue, message, at: entry.position, hint: "keep `url`")
            }
        } else {
            draft.urls = readURLs(entry.value, key: entry.key)
        }
        guard let url = draft.urls.first else { return nil }
        var upstream = GatewayDocument.Upstream(name: entry.key, url: url)
        upstream.timeouts = draft.timeouts
        upstream.preservesHost = draft.preservesHost
        return upstream
    }

    /// One URL, alone or as a list of one.
    mutating func readURLs(_ node: YAMLNode, key: String) -> [String] {
        guard let texts = texts(node, key: Self.quoted(key)) else { return [] }
        if texts.count > 1 {
            let message = "several URLs for one upstream are not supported by this version"
            report(.unsupportedValue, message, at: texts[1].position, hint: "keep one")
        }
        for text in texts {
            guard let fault = UpstreamURL.fault(in: text.text) else { continue }
            let message = "\(Self.quoted(text.text)) is not an upstream's URL: \(fault.why)"
            report(.invalidUpstream, message, at: text.position, hint: fault.hint)
        }
        return texts.map(\.text)
    }

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

    mutating func readLogDestination(_ node: YAMLNode) -> GatewayDocument.Log.Destination? {
        guard let text = text(node, key: "refusals") else { return nil }
        if text == "stdout" { return .standardOutput }
        // A lone word is more often a stream's name than a file's.
        if text.utf8.contains(UInt8(ascii: "/")) { return .file(text) }
        let message = "`refusals` is stdout or a file's path, not \(Self.quoted(text))"
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
