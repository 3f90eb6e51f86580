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
            .keyword(
                "mode",
                "enforce: what the policy does not allow is refused; report: it is logged and"
                    + " forwarded.",
                modes,
                to: \.mode
            ),
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
            Key(
                "override",
                "What becomes of methods that a request claims beside its request line, in a field"
                    + " such as X-HTTP-Method-Override or a parameter such as _method.",
                .any([
                    .keywords(OverrideMode.allCases.map(\.rawValue)),
                    .some(of: override.shape),
                ])
            ) { reader, node, draft in draft.override = reader.readOverride(node) },
            Key(
                "tolerate",
                "What is let through although origin servers read it in different ways.",
                .any([.keywords(tolerances.map(\.0)), .list(of: .keywords(tolerances.map(\.0)))])
            ) { reader, node, draft in
                draft.tolerances = reader.readMembers(node, key: "tolerate", tolerances)
            },
            silenceKey(\.silenced),
            Key(
                "tests",
                "What must hold of this policy: METHOD PATH -> RESULT.",
                .list(of: .text(pattern: TestSyntax.pattern))
            ) { reader, node, draft in draft.tests = reader.readTests(node) },
            .misplaced("only", because: "it belongs to a rule: write it beside the rule's `allow`"),
            .misplaced(
                "upgrade",
                because: "it belongs to a rule: write it beside the rule's `allow`"
            ),
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
            Key(
                "mode",
                "Overrides the file's `mode` for this path.",
                .keywords(modes.map(\.0))
            ) { reader, node, draft in draft.mode = reader.keyword(node, key: "mode", modes) },
            Key(
                "override",
                "Overrides the mode of the file's `override` for this path.",
                .keywords(OverrideMode.allCases.map(\.rawValue))
            ) { reader, node, draft in draft.override = reader.readRuleOverride(node) },
            Key(
                "upgrade",
                "The protocols that a connection may change to; nothing is judged behind that.",
                .any([.keywords(upgrades.map(\.0)), .list(of: .keywords(upgrades.map(\.0)))])
            ) { reader, node, draft in
                draft.upgradesPosition = node.position
                draft.upgrades = reader.readMembers(node, key: "upgrade", upgrades)
            },
            Key(
                "only",
                "Methods that only some clients may use; the others get 403.",
                .map(keyPattern: MethodSyntax.listPattern, value: .named("clients"))
            ) { reader, node, draft in draft.only = reader.readRestrictions(node) },
            silenceKey(\.silenced),
            .misplaced(
                "tolerate",
                because: "it is per file, because the path is read before a rule is known: write it"
                    + " at the top of the file"
            ),
            .misplaced("tests", because: "tests are the file's: write them at the top of the file"),
        ]
    )

    /// The keys of one entry of a rule's `only`.
    static let clients = KeyTable<RestrictionDraft>(
        "an entry of `only`",
        [
            Key(
                "clients",
                "Addresses and networks, as in 10.0.0.0/8.",
                .any([.text(), .list(of: .text())])
            ) { reader, node, draft in
                draft.networks = reader.readNetworks(node, key: "clients")
            },
            Key(
                "certificates",
                "What a client's certificate must say, one of these sufficing: subject=CN=…,O=…,"
                    + " dns=…, uri=… or email=….",
                .any([
                    .text(pattern: CertificateSyntax.pattern),
                    .list(of: .text(pattern: CertificateSyntax.pattern)),
                ])
            ) { reader, node, draft in
                draft.certificates = reader.readCertificates(node)
                draft.certificatesPosition = node.position
            },
        ]
    )

    /// The keys of the long form of `override`.
    static let override = KeyTable<OverrideDraft>(
        "an `override` block",
        [
            Key(
                "mode",
                "judge: both methods must be allowed; refuse: claiming one is refused; strip: the"
                    + " claim is taken out; ignore: it passes unseen.",
                .keywords(OverrideMode.allCases.map(\.rawValue))
            ) { reader, node, draft in
                if let mode = reader.readOverrideMode(node, key: "mode") { draft.mode = mode }
            },
            Key(
                "fields",
                "Field names that carry a method, beside the usual ones.",
                .any([
                    .text(pattern: FieldNameSyntax.pattern),
                    .list(of: .text(pattern: FieldNameSyntax.pattern)),
                ])
            ) { reader, node, draft in
                draft.fields = reader.readNames(node, key: "fields")
            },
            Key(
                "parameters",
                "Query and form parameters that carry a method, beside the usual ones.",
                .any([
                    .text(pattern: ParameterSyntax.pattern),
                    .list(of: .text(pattern: ParameterSyntax.pattern)),
                ])
            ) { reader, node, draft in
                draft.parameters = reader.readNames(node, key: "parameters")
            },
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

    /// The words of `mode`.
    static var modes: [(String, PolicyMode)] { PolicyMode.allCases.map { ($0.rawValue, $0) } }

    /// The words of `tolerate`.
    static var tolerances: [(String, PolicyTolerances)] {
        PolicyTolerances.named.map { ($0.name, $0.tolerance) }
    }

    /// The words of `upgrade`.
    static var upgrades: [(String, UpgradeProtocols)] {
        UpgradeProtocols.named.map { ($0.name, $0.member) }
    }

    private static func silenceKey<Draft>(
        _ path: any WritableKeyPath<Draft, [String]> & Sendable
    ) -> Key<Draft> {
        Key(
            "silence",
            "Codes of lint findings that are meant to be so here.",
            .any([
                .text(pattern: LintCodeSyntax.pattern),
                .list(of: .text(pattern: LintCodeSyntax.pattern)),
            ])
        ) { reader, node, draft in draft[keyPath: path] = reader.readLintCodes(node) }
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
