/// The keys of an upstream and of the mappings in it.
extension GatewayKeys {
    /// The keys of one upstream's long form.
    static let upstream = KeyTable<UpstreamDraft>(
        "an upstream",
        [
            Key("url", "Where the service is.", .text(pattern: UpstreamURL.pattern)) {
                reader,
                node,
                draft in draft.urls += reader.readURL(node)
            },
            Key(
                "urls",
                "Where the service is, once for each server of it.",
                .list(of: .text(pattern: UpstreamURL.pattern))
            ) { reader, node, draft in draft.urls += reader.readURLs(node, key: "urls") },
            .keyword(
                "balance",
                "Which of `urls` a request goes to: one after the other, the one with the fewest"
                    + " requests under way, or always the same for one client.",
                [
                    ("round-robin", GatewayDocument.Balance.roundRobin),
                    ("least-connections", .leastConnections), ("client", .client),
                ],
                to: \.options.balance
            ),
            Key("tls", "TLS to `https` URLs.", upstreamTLS.shape) { reader, node, draft in
                reader.readUpstreamTLS(node, into: &draft.options.tls)
            },
            Key("timeouts", "How long to wait for the service.", timeouts.shape) {
                reader,
                node,
                draft in
                reader.readMapping(node, timeouts, into: &draft.options.timeouts)
            },
            Key("health", "How each URL is asked whether it is well.", health.shape) {
                reader,
                node,
                draft in draft.options.health = reader.readHealthCheck(node)
            },
            Key("limits", "How much the service is burdened with.", upstreamLimits.shape) {
                reader,
                node,
                draft in
                reader.readMapping(node, upstreamLimits, into: &draft.options.limits)
            },
            Key(
                "dns_refresh",
                "How long an answer of the name service is used, in whole seconds.",
                .text(pattern: Quantity.durationPattern)
            ) { reader, node, draft in
                if let refresh = reader.wholeSeconds(node, key: "dns_refresh") {
                    draft.options.nameRefresh = refresh
                }
            },
            Key("preserve_host", "Overrides the outer `preserve_host`.", .boolean) {
                reader,
                node,
                draft in
                draft.options.preservesHost = reader.boolean(node, key: "preserve_host")
            },
            Key(
                "http2",
                "Whether the service is spoken to over HTTP/2: by ALPN with `https`, with prior"
                    + " knowledge otherwise.",
                .boolean
            ) { reader, node, draft in
                if let speaksHTTP2 = reader.boolean(node, key: "http2") {
                    draft.options.speaksHTTP2 = speaksHTTP2
                }
            },
            .misplaced("client_ca", because: "`tls: { ca: FILE }` is whom to trust"),
            .misplaced("proxy_protocol", because: "put it into an entry of `listen`"),
        ]
    )

    /// The keys of an upstream's `tls`.
    static let upstreamTLS = KeyTable<GatewayDocument.UpstreamTLS>(
        "a `tls` block",
        [
            fileKey(
                "ca",
                "The PEM file of the authorities to trust, in place of the system's.",
                to: \.ca
            ),
            fileKey("certificate", "The PEM file of the certificate to show.", to: \.certificate),
            fileKey(
                "key",
                "The PEM file of the certificate's key, if it is in a file of its own.",
                to: \.key
            ),
            Key(
                "server_name",
                "The name to ask for and to expect, in place of the URL's host.",
                .text()
            ) { reader, node, draft in
                draft.serverName = reader.readServerName(node)
            },
            .keyword(
                "minimum",
                "The lowest version of TLS: \"1.2\" or \"1.3\".",
                [("1.2", GatewayDocument.UpstreamTLS.Version.tls12), ("1.3", .tls13)],
                to: \.minimum
            ),
        ]
    )

    private static func fileKey(
        _ name: String,
        _ summary: String,
        to path: any WritableKeyPath<GatewayDocument.UpstreamTLS, String?> & Sendable
    ) -> Key<GatewayDocument.UpstreamTLS> {
        Key(name, summary, .text()) { reader, node, draft in
            draft[keyPath: path] = reader.text(node, key: name)
        }
    }

    /// The keys of an upstream's `timeouts`.
    static let timeouts = KeyTable<GatewayDocument.Timeouts>(
        "a `timeouts` block",
        [
            .duration("connect", "For connecting.", to: \.connect),
            .duration(
                "response",
                "How long the service may be silent until its response's head is complete.",
                to: \.response
            ),
            .duration(
                "idle",
                "How long the service may be silent between two pieces of a response.",
                to: \.idle
            ),
            .duration("keep", "How long a connection without a request is kept.", to: \.keep),
            .duration(
                "life",
                "How old a connection may become before no further request is sent on it.",
                to: \.life
            ),
        ]
    )

    /// The keys of an upstream's `health`.
    static let health = KeyTable<GatewayDocument.HealthCheck>(
        "a `health` block",
        [
            Key(
                "path",
                "What is asked for with GET.",
                .text(pattern: "^/[!-~]*$"),
                presence: .required
            ) { reader, node, draft in
                if let path = reader.readHealthPath(node) { draft.path = path }
            },
            Key("host", "The Host field of the question.", .text()) { reader, node, draft in
                draft.host = reader.readHealthHost(node)
            },
            .duration("interval", "From one question to the next.", to: \.interval),
            Key(
                "timeout",
                "How long the answer may take, at most `interval`.",
                .text(pattern: Quantity.positiveDurationPattern)
            ) { reader, node, draft in
                draft.timeout = reader.duration(node, key: "timeout", allowsZero: false)
            },
            .count(
                "unhealthy",
                "How many bad answers in a row take a URL out.",
                to: \.unhealthy
            ),
            .count("healthy", "How many good answers in a row bring it back.", to: \.healthy),
            Key(
                "status",
                "The status code of a good answer, or the first and the last: 200-399.",
                .any([.integer(minimum: 200), .text(pattern: "^[2-5][0-9]{2}-[2-5][0-9]{2}$")])
            ) { reader, node, draft in
                if let status = reader.readStatusRange(node) { draft.status = status }
            },
        ]
    )

    /// The keys of an upstream's `limits`.
    static let upstreamLimits = KeyTable<GatewayDocument.UpstreamLimits>(
        "an upstream's `limits`",
        [
            count("connections", "The most connections to each URL.", to: \.connections),
            count(
                "waiting",
                "The most requests that wait for a connection; 0 lets none wait.",
                minimum: 0,
                to: \.waiting
            ),
            .duration("wait", "How long a request waits for a connection.", to: \.wait),
            count(
                "per_client",
                "The most requests that one client has under way.",
                to: \.perClient
            ),
        ]
    )

    private static func count(
        _ name: String,
        _ summary: String,
        minimum: Int = 1,
        to path: any WritableKeyPath<GatewayDocument.UpstreamLimits, Int?> & Sendable
    ) -> Key<GatewayDocument.UpstreamLimits> {
        Key(name, summary, .integer(minimum: minimum)) { reader, node, draft in
            draft[keyPath: path] = reader.integer(node, key: name, minimum: minimum)
        }
    }
}

/// An upstream's long form as it was read.
struct UpstreamDraft {
    var urls: [String] = []
    /// Everything else, under a name that does not count.
    var options = GatewayDocument.Upstream(name: "", urls: [])
}
