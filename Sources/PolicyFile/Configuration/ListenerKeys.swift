extension GatewayKeys {
    /// The keys of one entry of `listen`.
    static let listener = KeyTable<ListenerDraft>(
        "an entry of `listen`",
        [
            Key(
                "address",
                "address:port, unix:/path, or systemd:name for a socket that systemd passes.",
                .text(),
                presence: .required
            ) { reader, node, draft in draft.address = reader.readAddress(node) },
            Key("tls", "The certificates to prove this server with.", tls.shape) {
                reader,
                node,
                draft in
                var tls = TLSDraft()
                reader.readMapping(node, GatewayKeys.tls, into: &tls)
                draft.tls = tls
            },
            Key(
                "http2",
                "Whether HTTP/2 is spoken: by default with `tls`, else only if true.",
                .boolean
            ) { reader, node, draft in draft.http2 = reader.boolean(node, key: "http2") },
            .boolean(
                "proxy_protocol",
                "Whether each connection begins with a PROXY header from one of `trusted_proxies`.",
                to: \.expectsProxyHeader
            ),
            Key(
                "redirect",
                "Send permitted requests to HTTPS: https, or the HTTPS listener's port.",
                .any([.keywords(["https"]), .integer(minimum: 1)])
            ) { reader, node, draft in draft.redirect = reader.readRedirect(node) },
        ]
    )

    /// The keys of a listener's `tls`.
    static let tls = KeyTable<TLSDraft>(
        "a listener's `tls` block",
        [
            .path(
                "certificate",
                "The PEM file of the certificate chain.",
                to: \.identity.certificate
            ),
            .path("key", "The PEM file of its private key.", to: \.identity.key),
            Key(
                "certificates",
                "Several certificates: the client's server name (SNI) chooses, else the first.",
                .list(of: identity.shape)
            ) { reader, node, draft in draft.identities = reader.readIdentities(node) },
            .path(
                "client_ca",
                "The PEM file of the authorities that vouch for clients.",
                to: \.rest.clientAuthorityFile
            ),
            Key(
                "client_certificates",
                "With `client_ca`: whether every client has to have a certificate.",
                .keywords(["required", "optional"])
            ) { reader, node, draft in
                let words: [(String, GatewayDocument.TLS.ClientCertificates)] = [
                    ("required", .required), ("optional", .optional),
                ]
                draft.clientCertificatesPosition = node.position
                if let value = reader.keyword(node, key: "client_certificates", words) {
                    draft.rest.clientCertificates = value
                }
            },
            .keyword(
                "minimum",
                "The oldest version of TLS, in quotes.",
                [("1.2", GatewayDocument.TLS.MinimumVersion.tls12), ("1.3", .tls13)],
                to: \.rest.minimumVersion
            ),
        ]
    )

    /// The keys of one entry of `certificates`.
    static let identity = KeyTable<IdentityDraft>(
        "an entry of `certificates`",
        [
            .path(
                "certificate",
                "The PEM file of the certificate chain.",
                presence: .required,
                to: \.certificate
            ),
            .path("key", "The PEM file of its private key.", presence: .required, to: \.key),
        ]
    )
}

extension Key {
    /// A key whose value is the path of a file.
    static func path(
        _ name: String,
        _ summary: String,
        presence: KeyDescription.Presence = .optional,
        to path: any WritableKeyPath<Draft, String?> & Sendable
    ) -> Key {
        Key(name, summary, .text(), presence: presence) { reader, node, draft in
            if let text = reader.text(node, key: name) { draft[keyPath: path] = text }
        }
    }
}
