/// The keys of methodwall.yaml.
///
/// Reader, hints and schema are all made from these tables.
enum GatewayKeys {
    /// The keys at the top of the file.
    static let file = KeyTable<GatewayDocument>(
        "methodwall.yaml",
        [
            Key(
                "listen",
                "Where to listen: address:port, unix:/path or systemd:name, one or several.",
                .any([.text(), .list(of: .any([.text(), listener.shape]))])
            ) { reader, node, draft in
                guard let listeners = reader.readListen(node) else { return }
                draft.listen = listeners
                draft.resolveListenerPaths()
            },
            Key(
                "upstreams",
                "The services that policies can name.",
                .map(
                    keyPattern: PolicyName.pattern,
                    value: .any([
                        .text(pattern: UpstreamURL.pattern),
                        .list(of: .text(pattern: UpstreamURL.pattern)), upstream.shape,
                    ])
                )
            ) { reader, node, draft in
                draft.upstreams = reader.readUpstreams(node)
                for index in draft.upstreams.indices { draft.resolveFiles(ofUpstream: index) }
            },
            Key("policies", "The folder of policy files, or one policy file.", .text()) {
                reader,
                node,
                draft in
                if let path = reader.text(node, key: "policies") {
                    draft.policies = draft.resolved(path)
                }
            },
            Key(
                "trusted_proxies",
                "Networks whose forwarding fields are believed, as in 10.0.0.0/8.",
                .any([.text(), .list(of: .text())])
            ) { reader, node, draft in
                draft.trustedProxies = reader.readNetworks(node, key: "trusted_proxies")
            },
            Key(
                "identity_fields",
                "The request fields that clients may not set, because services trust them.",
                identityFields.shape
            ) { reader, node, draft in reader.readMapping(node, identityFields, into: &draft) },
            Key("log", "The logs of refused attempts and of requests.", log.shape) {
                reader,
                node,
                draft in
                reader.readMapping(node, log, into: &draft.log)
                draft.log.refusals = draft.resolved(draft.log.refusals)
                draft.log.access = draft.log.access.map(draft.resolved)
            },
            .keyword(
                "trace",
                "W3C traceparent: pass it on, or make one as well where there is none.",
                [("pass", GatewayDocument.Trace.pass), ("make", .make)],
                to: \.trace
            ),
            Key(
                "workers",
                "How many event loops to run: auto (one a core) or a number.",
                .any([.keywords(["auto"]), .integer(minimum: 1)])
            ) { reader, node, draft in draft.workers = reader.readWorkers(node) },
            Key("limits", "What is allowed of clients.", limits.shape) { reader, node, draft in
                reader.readLimits(node, into: &draft.limits)
            },
            .duration(
                "drain",
                "How long exchanges may take to end after SIGTERM.",
                allowsZero: true,
                to: \.drain
            ),
            Key(
                "drain_tunnels",
                "How long WebSocket connections may stay after SIGTERM; by default as `drain`.",
                .text(pattern: Quantity.durationPattern)
            ) { reader, node, draft in
                draft.drainTunnels = reader.duration(node, key: "drain_tunnels", allowsZero: true)
            },
            .boolean(
                "preserve_host",
                "Whether the client's Host field goes on unchanged.",
                to: \.preservesHost
            ),
            Key(
                "admin",
                "Where health, metrics and the page are served: 127.0.0.1:8406, or unix:/path.",
                .any([.text(), admin.shape])
            ) { reader, node, draft in draft.admin = reader.readAdmin(node) },
            .misplaced("tls", because: "put it into an entry of `listen`, or of `upstreams`"),
            .misplaced("proxy_protocol", because: "put it into an entry of `listen`"),
            .misplaced("http2", because: "put it into an entry of `listen`"),
        ]
    )

    /// The keys of `identity_fields`.
    static let identityFields = KeyTable<GatewayDocument>(
        "the `identity_fields` block",
        [
            fieldPrefixesKey(
                "strip",
                "Field names beside the usual ones; a last * stands for any rest.",
                to: \.identityFieldsToStrip
            ),
            fieldPrefixesKey(
                "keep",
                "Names of the usual ones that clients may set after all.",
                to: \.identityFieldsToKeep
            ),
        ]
    )

    private static func fieldPrefixesKey(
        _ name: String,
        _ summary: String,
        to path: any WritableKeyPath<GatewayDocument, [String]> & Sendable
    ) -> Key<GatewayDocument> {
        let shape = Shape.text(pattern: FieldPrefixSyntax.pattern)
        return Key(name, summary, .any([shape, .list(of: shape)])) { reader, node, draft in
            draft[keyPath: path] = reader.readFieldPrefixes(node, key: name)
        }
    }

    /// The keys of `log`.
    static let log = KeyTable<GatewayDocument.Log>(
        "the `log` block",
        [
            Key(
                "refusals",
                "stdout, or the path of a file to append to, with a / in it.",
                .any([.keywords(["stdout"]), .text(pattern: "/")])
            ) { reader, node, draft in
                if let place = reader.readLogDestination(node, key: "refusals") {
                    draft.refusals = place
                }
            },
            Key(
                "access",
                "A log of every request: stdout, or a file's path, with a / in it.",
                .any([.keywords(["stdout"]), .text(pattern: "/")])
            ) { reader, node, draft in
                draft.access = reader.readLogDestination(node, key: "access")
            },
            .keyword(
                "access_format",
                "What its lines look like: JSON, or Apache's combined format.",
                [("json", GatewayDocument.Log.AccessFormat.json), ("combined", .combined)],
                to: \.accessFormat
            ),
            .keyword(
                "overflow",
                "When lines come too fast: drop (and count) them, or make requests wait.",
                [("drop", GatewayDocument.Log.Overflow.drop), ("wait", .wait)],
                to: \.overflow
            ),
            .boolean("query", "Whether query strings are logged.", to: \.includesQuery),
        ]
    )

    /// The keys of `limits`.
    static let limits = KeyTable<GatewayDocument.Limits>(
        "the `limits` block",
        [
            .size(
                "head",
                "The largest request head, at least 1KiB and no less than `target`.",
                minimum: 1_024,
                to: \.headBytesMax
            ),
            .size(
                "target",
                "The longest request target, at least 256B.",
                minimum: 256,
                to: \.targetBytesMax
            ),
            .count("fields", "The most field lines in a head.", minimum: 8, to: \.fieldCountMax),
            Key(
                "body",
                "The largest request body, or unlimited.",
                .any([.keywords(["unlimited"]), .text(pattern: Quantity.sizePattern)])
            ) { reader, node, draft in draft.bodyBytesMax = reader.readBodyLimit(node) },
            .duration("head_timeout", "For a whole request head.", to: \.headTimeout),
            .duration("idle_timeout", "Between two requests.", to: \.idleTimeout),
            .duration(
                "body_timeout",
                "The time in which each KiB of a request body, or its end, must arrive.",
                to: \.bodyTimeout
            ),
            .duration(
                "tunnel_idle_timeout",
                "How long a WebSocket connection may be without an octet in either direction.",
                to: \.tunnelIdleTimeout
            ),
            .count("connections", "The most client connections.", to: \.connectionsMax),
            .count(
                "connections_per_client",
                "The most connections from one address.",
                to: \.connectionsPerClientMax
            ),
        ]
    )
}
