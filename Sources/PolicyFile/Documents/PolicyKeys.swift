import MethodPolicy

/// The keys of a policy file.
///
/// Reader, hints and schema are all made from these tables.
enum PolicyKeys {
    /// The format version that this code reads.
    static let formatVersion = 1

    /// The keys at the top of the file.
    static let file = KeyTable<PolicyDraft>(
        "a policy",
        [
            Key(
                "methodwall",
                "The version of this format: 1.",
                .constant(formatVersion),
                presence: .required
            ) { reader, node, _ in reader.readFormatVersion(node) },
            Key(
                "policy",
                "The policy's name in logs. The file's name if absent.",
                .text(pattern: PolicyName.pattern)
            ) { reader, node, draft in draft.name = reader.readPolicyName(node) },
            Key(
                "hosts",
                "The hosts this policy is for, exact or with one `*` in place of the left-most"
                    + " label. Any host that no other policy names if absent.",
                .any([.text(), .list(of: .text())])
            ) { reader, node, draft in
                let before = reader.diagnostics.count
                draft.hosts = reader.texts(node, key: "hosts") ?? []
                draft.hasBrokenHosts = reader.diagnostics.count > before
            },
            Key(
                "upstream",
                "The service behind this policy: a name from methodwall.yaml or a URL.",
                .text()
            ) { reader, node, draft in draft.upstream = reader.readUpstream(node) },
            modeKey(),
            .keyword(
                "unlisted",
                "What happens to paths that no rule matches: refuse (404) or forward.",
                [("refuse", Unlisted.refuse), ("forward", .forward)],
                to: \.unlisted
            ),
            Key(
                "methods",
                "Methods this service uses beyond the registered ones.",
                .any([.text(), .list(of: .text(pattern: MethodSyntax.pattern))])
            ) { reader, node, draft in
                draft.extensionMethods = reader.readMethodWords(node, key: "methods")
            },
            corsKey(\.cors),
            .keyword(
                "case",
                "How letters in paths compare: sensitive, or insensitive as IIS does.",
                [("sensitive", false), ("insensitive", true)],
                to: \.isCaseInsensitive
            ),
            .keyword(
                "trailing_slash",
                "Whether /a/ is another path than /a: strict, or ignore.",
                [("strict", false), ("ignore", true)],
                to: \.ignoresTrailingSlash
            ),
            Key(
                "paths",
                "The rules: a path pattern and the methods it accepts.",
                .map(keyPattern: "^/", value: .named("rule")),
                presence: .required
            ) { reader, node, draft in reader.readRules(node, into: &draft) },
            .later("tests"), .later("override"), .later("tolerate"), .later("only"),
        ]
    )

    /// The keys of a rule's long form.
    static let rule = KeyTable<RuleDraft>(
        "a rule",
        [
            Key(
                "allow",
                "The methods this path accepts. GET brings HEAD with it.",
                .named("methods"),
                presence: .required
            ) { reader, node, draft in draft.allow = reader.readAllow(node, key: "allow") },
            .keyword(
                "options",
                "Who answers OPTIONS: methodwall (local), or the service (forward).",
                [("local", OptionsMode.local), ("forward", .forward)],
                to: \.options
            ),
            corsKey(\.cors),
            Key(
                "upstream",
                "The service for this path alone: a name from methodwall.yaml or a URL.",
                .text()
            ) { reader, node, draft in draft.upstream = reader.readUpstream(node) },
            Key("reason", "Why the rule is as it is. Clients and the log see it.", .text()) {
                reader,
                node,
                draft in draft.reason = reader.readReason(node)
            },
            modeKey(),
            .later("only"), .later("override"), .later("tolerate"),
        ]
    )

    /// The keys of a `cors` block.
    static let cors = KeyTable<CORSDraft>(
        "a `cors` block",
        [
            textsKey(
                "origins",
                "The origins allowed: scheme://host[:port], with * as the left-most label for any"
                    + " one label, \"*\" alone for all, or \"null\".",
                to: \.origins,
                presence: .required
            ),
            textsKey(
                "headers",
                "The request fields a browser client may send, or \"*\".",
                to: \.headers
            ),
            textsKey(
                "expose",
                "The response fields a browser client may read, or \"*\".",
                to: \.expose
            ),
            .boolean(
                "credentials",
                "Whether requests may carry cookies and other credentials.",
                to: \.credentials
            ),
            Key(
                "max_age",
                "How long a browser may remember a preflight's answer.",
                .text(pattern: Quantity.durationPattern)
            ) { reader, node, draft in draft.maxAge = reader.wholeSeconds(node, key: "max_age") },
        ]
    )

    /// `mode` has one value so far; the other is named so that its use is explained.
    private static func modeKey<Draft>() -> Key<Draft> {
        Key("mode", "enforce: what the policy does not allow is refused.", .keywords(["enforce"])) {
            reader,
            node,
            _ in reader.readMode(node)
        }
    }

    private static func corsKey<Draft>(
        _ path: any WritableKeyPath<Draft, CORSChoice> & Sendable
    ) -> Key<Draft> {
        Key(
            "cors",
            "What browsers may do from other origins. `off` turns an outer block off.",
            .any([.named("cors"), .keywords(["off"])])
        ) { reader, node, draft in
            if let choice = reader.readCORS(node) { draft[keyPath: path] = choice }
        }
    }

    private static func textsKey(
        _ name: String,
        _ summary: String,
        to path: any WritableKeyPath<CORSDraft, [PlacedText]> & Sendable,
        presence: KeyDescription.Presence = .optional
    ) -> Key<CORSDraft> {
        Key(name, summary, .any([.text(), .list(of: .text())]), presence: presence) {
            reader,
            node,
            draft in
            draft[keyPath: path] = reader.texts(node, key: name) ?? []
        }
    }
}
