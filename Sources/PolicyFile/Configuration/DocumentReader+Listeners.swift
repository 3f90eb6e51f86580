extension DocumentReader {
    mutating func readListen(_ node: YAMLNode) -> [GatewayDocument.Listener]? {
        guard case .list(let elements) = node.content else {
            return readListener(node).map { [$0] }
        }
        if elements.isEmpty {
            report(.invalidValue, "`listen` is an empty list", at: node.position)
        }
        var listeners: [GatewayDocument.Listener] = []
        for element in elements {
            guard let listener = readListener(element) else { continue }
            // Port 0 is another one each time.
            if !listener.address.hasAnyPort,
                listeners.contains(where: { $0.address == listener.address })
            {
                let message = "`listen` names \(listener.address) twice"
                report(.invalidValue, message, at: element.position, hint: "remove one of them")
                continue
            }
            listeners.append(listener)
        }
        return listeners
    }

    private mutating func readListener(_ node: YAMLNode) -> GatewayDocument.Listener? {
        guard case .mapping = node.content else {
            return readAddress(node).map { GatewayDocument.Listener(address: $0) }
        }
        var draft = ListenerDraft()
        readMapping(node, GatewayKeys.listener, into: &draft)
        guard let address = draft.address else { return nil }
        var listener = GatewayDocument.Listener(address: address)
        listener.tls = draft.tls.map { tls($0, at: node) }
        listener.http2 = draft.http2
        listener.expectsProxyHeader = draft.expectsProxyHeader
        if let redirect = draft.redirect {
            if draft.tls != nil {
                let message = "`redirect` cannot stand beside `tls`: this is the HTTPS listener"
                report(.invalidValue, message, at: redirect.position, hint: "remove it")
            }
            listener.redirectPort = redirect.port
        }
        return listener
    }

    mutating func readAddress(_ node: YAMLNode) -> ListenAddress? {
        // Not `text`: a lone port should be told about ports, not about YAML's numbers.
        guard let text = word(node, key: "address") else { return nil }
        if let address = ListenAddress(text) { return address }
        let why = ListenAddress.fault(in: text) ?? "write ADDRESS:PORT"
        let message = "\(Self.quoted(text)) is not an address to listen on: \(why)"
        report(.invalidAddress, message, at: node.position)
        return nil
    }

    mutating func readRedirect(_ node: YAMLNode) -> (port: Int, position: SourcePosition)? {
        if case .text("https") = node.content { return (443, node.position) }
        guard let port = integer(node, key: "redirect", minimum: 1) else { return nil }
        if port <= 65_535 { return (port, node.position) }
        report(.invalidValue, "`redirect` is https or a port", at: node.position)
        return nil
    }

    // MARK: TLS

    private mutating func tls(_ draft: TLSDraft, at node: YAMLNode) -> GatewayDocument.TLS {
        var tls = draft.rest
        let single = draft.identity
        if draft.identities.isEmpty {
            if let identity = single.complete {
                tls.identities = [identity]
            } else {
                let message = "a listener's `tls` needs `certificate` and `key`"
                report(.missingKey, message, at: node.position, hint: "both name PEM files")
            }
        } else {
            if single.certificate != nil || single.key != nil {
                let message = "`tls` has `certificate` and `key`, or `certificates`, not both"
                report(.invalidValue, message, at: node.position, hint: "keep `certificates`")
            }
            tls.identities = draft.identities.compactMap(\.complete)
        }
        if let position = draft.clientCertificatesPosition, tls.clientAuthorityFile == nil {
            let message = "`client_certificates` needs `client_ca`: who would vouch for clients?"
            report(.invalidValue, message, at: position, hint: "name the PEM file of authorities")
        }
        return tls
    }

    mutating func readIdentities(_ node: YAMLNode) -> [IdentityDraft] {
        guard case .list(let elements) = node.content, !elements.isEmpty else {
            let message =
                "`certificates` is a list of { certificate, key }, but this is \(node.kind)"
            report(.wrongType, message, at: node.position)
            return []
        }
        return elements.map { element in
            var draft = IdentityDraft()
            readMapping(element, GatewayKeys.identity, into: &draft)
            return draft
        }
    }
}

extension GatewayDocument {
    /// Has the relative paths of a listener count from the configuration file's folder.
    mutating func resolveListenerPaths() {
        for index in listen.indices {
            guard var tls = listen[index].tls else { continue }
            tls.identities = tls.identities.map {
                .init(
                    certificateFile: resolved($0.certificateFile),
                    keyFile: resolved($0.keyFile)
                )
            }
            tls.clientAuthorityFile = tls.clientAuthorityFile.map(resolved)
            listen[index].tls = tls
        }
    }
}
