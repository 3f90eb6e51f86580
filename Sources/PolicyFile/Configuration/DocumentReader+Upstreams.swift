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
                report(.invalidValue, message, at: entry.position, hint: "keep `urls`")
            }
            checkTogether(draft, keys)
        } else {
            draft.urls = readURLs(entry.value, key: entry.key)
        }
        guard !draft.urls.isEmpty else { return nil }
        var upstream = draft.options
        upstream.name = entry.key
        upstream.urls = draft.urls
        return upstream
    }

    /// Reports what is wrong with keys that are right each by itself.
    private mutating func checkTogether(_ draft: UpstreamDraft, _ keys: [YAMLEntry]) {
        guard !draft.urls.isEmpty else { return }
        if let tls = keys.first(where: { $0.key == "tls" }),
            !draft.urls.contains(where: Self.isSecure)
        {
            let message = "`tls` is for https URLs, and this upstream has none"
            let hint = "write https:// in its URL, or remove `tls`"
            report(.invalidValue, message, at: tls.position, hint: hint)
        }
        let limits = draft.options.limits
        if let perClient = limits.perClient, let connections = limits.connections,
            (perClient - 1) / draft.urls.count >= connections,
            let entry = keys.first(where: { $0.key == "limits" }),
            case .mapping(let entries) = entry.value.content,
            let place = entries.first(where: { $0.key == "per_client" })
        {
            let message =
                "`per_client` lets one client have more than there is:"
                + " \(connections) connections to each of \(draft.urls.count)"
            let hint = "make it smaller, or `connections` larger"
            report(.invalidValue, message, at: place.value.position, hint: hint)
        }
    }

    private static func isSecure(_ url: String) -> Bool { url.hasPrefix("https:") }

    /// The one URL of a service.
    mutating func readURL(_ node: YAMLNode) -> [String] {
        if case .list(let elements) = node.content, elements.count > 1 {
            let hint = "several stand under `urls`"
            report(.wrongType, "`url` is one URL", at: node.position, hint: hint)
            return []
        }
        return readURLs(node, key: "url")
    }

    /// URLs of one service, alone or as a list.
    mutating func readURLs(_ node: YAMLNode, key: String) -> [String] {
        guard let texts = texts(node, key: Self.quoted(key)) else { return [] }
        var urls: [String] = []
        for text in texts {
            if let fault = UpstreamURL.fault(in: text.text) {
                let message = "\(Self.quoted(text.text)) is not an upstream's URL: \(fault.why)"
                report(.invalidUpstream, message, at: text.position, hint: fault.hint)
            } else if urls.contains(text.text) {
                let message = "an upstream names \(Self.quoted(text.text)) twice"
                report(.invalidValue, message, at: text.position, hint: "remove one of them")
            } else if let first = urls.first, Self.isSecure(first) != Self.isSecure(text.text) {
                let message = "the URLs of one upstream are all https, or none is"
                let hint = "a request goes to any of them, so they are equally safe"
                report(.invalidUpstream, message, at: text.position, hint: hint)
            }
            urls.append(text.text)
        }
        if texts.count > Self.urlsMax {
            let message = "an upstream has at most \(Self.urlsMax) URLs"
            report(.invalidValue, message, at: texts[Self.urlsMax].position)
        }
        return urls
    }

    /// What the gateway can keep account of in one word.
    private static var urlsMax: Int { 64 }

    // MARK: TLS

    mutating func readUpstreamTLS(_ node: YAMLNode, into tls: inout GatewayDocument.UpstreamTLS) {
        readMapping(node, GatewayKeys.upstreamTLS, into: &tls)
        guard tls.key != nil, case .mapping(let entries) = node.content,
            !entries.contains(where: { $0.key == "certificate" }),
            let key = entries.first(where: { $0.key == "key" })
        else { return }
        let message = "`key` is the key of a `certificate`, and there is none"
        report(.missingKey, message, at: key.position, hint: "add `certificate`")
    }

    /// A host name, without a port.
    mutating func readServerName(_ node: YAMLNode) -> String? {
        guard let name = text(node, key: "server_name") else { return nil }
        if !name.contains(":"), HostAndPort.fault(in: Substring(name)) == nil { return name }
        let message = "\(Self.quoted(name)) is not a server's name"
        let hint = "a name without a port: crm.internal"
        report(.invalidValue, message, at: node.position, hint: hint)
        return nil
    }

    // MARK: Health

    mutating func readHealthCheck(_ node: YAMLNode) -> GatewayDocument.HealthCheck? {
        let before = diagnostics.count
        var check = GatewayDocument.HealthCheck(path: "")
        readMapping(node, GatewayKeys.health, into: &check)
        guard diagnostics.count == before, case .mapping(let entries) = node.content else {
            return nil
        }
        if let timeout = check.timeout, timeout > check.interval,
            let entry = entries.first(where: { $0.key == "timeout" })
        {
            let message = "`timeout` is longer than `interval`"
            let hint = "the next question would come before the answer is late"
            report(.invalidDuration, message, at: entry.value.position, hint: hint)
        }
        return check
    }

    /// A path, perhaps with a query, as it stands in a request.
    mutating func readHealthPath(_ node: YAMLNode) -> String? {
        guard let path = text(node, key: "path") else { return nil }
        let isTarget = path.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }
        if path.hasPrefix("/"), isTarget, path.utf8.count <= 1_024 { return path }
        let message = "\(Self.quoted(path)) is not a path to ask for"
        let hint = "it begins with /, and what is not ASCII is percent-encoded: /healthz"
        report(.invalidValue, message, at: node.position, hint: hint)
        return nil
    }

    mutating func readHealthHost(_ node: YAMLNode) -> String? {
        guard let host = text(node, key: "host") else { return nil }
        guard let why = HostAndPort.fault(in: Substring(host)) else { return host }
        report(.invalidValue, "\(Self.quoted(host)) is not a host: \(why)", at: node.position)
        return nil
    }

    /// `204`, or `200-399`.
    mutating func readStatusRange(_ node: YAMLNode) -> ClosedRange<Int>? {
        guard let text = word(node, key: "status") else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let codes = parts.compactMap { part in
            part.utf8.count == 3 && part.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(part) : nil
        }
        // Interim responses are not answers (RFC 9110 section 15.2).
        if codes.count == parts.count, 1...2 ~= codes.count, codes[0] <= codes[codes.count - 1],
            200...599 ~= codes[0], 200...599 ~= codes[codes.count - 1]
        {
            return codes[0]...codes[codes.count - 1]
        }
        let message = "`status` cannot be \(Self.quoted(text))"
        let hint = "a status code from 200 to 599, or the first and the last: 200-399"
        report(.invalidValue, message, at: node.position, hint: hint)
        return nil
    }
}

extension GatewayDocument {
    /// Makes the paths of an upstream's files ones that can be opened.
    mutating func resolveFiles(ofUpstream index: Int) {
        var tls = upstreams[index].tls
        tls.ca = tls.ca.map(resolved)
        tls.certificate = tls.certificate.map(resolved)
        tls.key = tls.key.map(resolved)
        upstreams[index].tls = tls
    }
}
