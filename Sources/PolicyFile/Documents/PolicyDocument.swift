import MethodPolicy

/// One policy file, read.
///
/// Reading goes as far as it can: a file with mistakes still gives the definition of what was
/// readable, so that the compiler's complaints come in the same report as the reader's.
struct PolicyDocument {
    /// The policy; nil if so much is wrong that compiling it would only confuse.
    let definition: PolicyDefinition?
    /// The tests that could be read.
    let tests: [PolicyTest]
    /// Everything found wrong.
    let diagnostics: [Diagnostic]

    /// Reads the text of a policy file.
    init(_ source: SourceText, options: LoadOptions) {
        var reader = DocumentReader(source)
        var draft = PolicyDraft()
        reader.readMapping(of: PolicyKeys.file, into: &draft)
        let isReadable = !draft.rules.isEmpty && !draft.hasBrokenHosts
        var builder = PolicyDefinitionBuilder(reader: reader, options: options, draft: draft)
        let definition = builder.definition()
        self.tests = builder.tests()
        self.definition = isReadable ? definition : nil
        self.diagnostics = builder.reader.diagnostics
    }
}

/// Checks the parts of a draft against each other and makes the definition of it.
struct PolicyDefinitionBuilder {
    var reader: DocumentReader
    let options: LoadOptions
    let draft: PolicyDraft
    private var known: [String: Method] = [:]

    init(reader: DocumentReader, options: LoadOptions, draft: PolicyDraft) {
        self.reader = reader
        self.options = options
        self.draft = draft
        for method in Method.registered { known[method.name] = method }
    }

    /// The definition.
    ///
    /// What is wrong is reported to ``reader`` and left out.
    mutating func definition() -> PolicyDefinition {
        let source = reader.source
        let extensionMethods = declareExtensionMethods()
        checkUpstream(draft.upstream)
        var cors: CORSDefinition?
        if case .settings(let settings) = draft.cors { cors = definition(of: settings) }
        var rules: [RuleDefinition] = []
        rules.reserveCapacity(draft.rules.count)
        for rule in draft.rules { rules.append(definition(of: rule)) }
        var definition = PolicyDefinition(
            name: draft.name ?? PolicyName.derived(fromFile: source.file),
            file: source.file,
            location: source.location(at: SourcePosition(line: 1, column: 1)),
            hosts: draft.hosts.map { host in
                HostDefinition(host.text, location: source.location(at: host.position))
            },
            upstream: draft.upstream?.text,
            upstreamLocation: draft.upstream.map { source.location(at: $0.position) },
            unlisted: draft.unlisted,
            extensionMethods: extensionMethods.map(\.method),
            extensionMethodLocations: extensionMethods.map { source.location(at: $0.position) },
            cors: cors,
            caseInsensitive: draft.isCaseInsensitive,
            ignoresTrailingSlash: draft.ignoresTrailingSlash,
            rules: rules
        )
        definition.mode = draft.mode
        definition.tolerances = draft.tolerances
        definition.silenced = draft.silenced
        if let override = draft.override { definition.override = self.definition(of: override) }
        return definition
    }

    private func definition(of draft: OverrideDraft) -> OverrideDefinition {
        let source = reader.source
        return OverrideDefinition(
            mode: draft.mode,
            fields: draft.fields.map(\.text),
            fieldLocations: draft.fields.map { source.location(at: $0.position) },
            parameters: draft.parameters.map(\.text),
            parameterLocations: draft.parameters.map { source.location(at: $0.position) },
            location: source.location(at: draft.position)
        )
    }

    private mutating func definition(of rule: RuleDraft) -> RuleDefinition {
        checkUpstream(rule.upstream)
        let source = reader.source
        var allow: Allow = .any
        var locations: [SourceLocation] = []
        if case .methods(let words) = rule.allow ?? .methods([]) {
            let found = methods(words)
            allow = .methods(found.map(\.method))
            locations = found.map { source.location(at: $0.position) }
        }
        let cors: CORSSetting =
            switch rule.cors {
            case .inherited: .inherited
            case .off: .off
            case .settings(let draft): .defined(definition(of: draft))
            }
        var definition = RuleDefinition(
            pattern: rule.pattern,
            allow: allow,
            methodLocations: locations,
            options: rule.options,
            cors: cors,
            upstream: rule.upstream?.text,
            reason: rule.reason,
            location: source.location(at: rule.position),
            patternLocation: source.location(at: rule.patternPosition)
        )
        definition.mode = rule.mode
        definition.override = rule.override
        definition.silenced = rule.silenced
        definition.upgrades = rule.upgrades
        if let position = rule.upgradesPosition, !allowsGET(allow) {
            let message = "`upgrade` needs GET, the method that a handshake is made with"
            reader.report(.invalidValue, message, at: position, hint: "add GET to `allow`")
        }
        definition.only = rule.only.compactMap { restriction(of: $0) }
        return definition
    }

    private func allowsGET(_ allow: Allow) -> Bool {
        guard case .methods(let methods) = allow else { return true }
        return methods.contains { $0.name == "GET" }
    }

    private mutating func restriction(of draft: RestrictionDraft) -> ClientRestriction? {
        let source = reader.source
        var methods: Allow = .any
        var locations: [SourceLocation] = []
        if case .methods(let words) = draft.methods {
            let found = self.methods(words)
            // The words that name none have been reported.
            if found.isEmpty, !words.isEmpty { return nil }
            methods = .methods(found.map(\.method))
            locations = found.map { source.location(at: $0.position) }
        }
        if let position = draft.certificatesPosition, !options.hasClientCertificates {
            reader.report(
                .noClientCertificates,
                "no listener asks for client certificates, so nobody can meet this",
                at: position,
                hint: "give a listener `tls` with `client_ca`, or name networks under `clients`",
                severity: .warning
            )
        }
        return ClientRestriction(
            methods: methods,
            methodLocations: locations,
            networks: draft.networks,
            certificates: draft.certificates,
            location: source.location(at: draft.position)
        )
    }

    /// The tests that make sense; what is wrong with the others is reported to ``reader``.
    mutating func tests() -> [PolicyTest] {
        var tests: [PolicyTest] = []
        tests.reserveCapacity(draft.tests.count)
        for test in draft.tests {
            var parser = PolicyTestParser(test)
            switch parser.parse() {
            case .success(var parsed):
                parsed.location = reader.source.location(at: test.position)
                tests.append(parsed)
            case .failure(let fault):
                reader.report(
                    .invalidTest,
                    fault.message,
                    at: fault.position,
                    hint: fault.hint
                )
            }
        }
        return tests
    }

    private func definition(of draft: CORSDraft) -> CORSDefinition {
        let source = reader.source
        var definition = CORSDefinition(
            origins: draft.origins.map(\.text),
            originLocations: draft.origins.map { source.location(at: $0.position) },
            headers: draft.headers.map(\.text),
            expose: draft.expose.map(\.text),
            credentials: draft.credentials,
            location: source.location(at: draft.position)
        )
        if let age = draft.maxAge { definition.maxAgeSeconds = Int(age.components.seconds) }
        return definition
    }
}

/// A method and where it stands.
private struct PlacedMethod {
    var method: Method
    var position: SourcePosition
}

// MARK: - Methods

extension PolicyDefinitionBuilder {
    private mutating func declareExtensionMethods() -> [PlacedMethod] {
        var declared: [PlacedMethod] = []
        for word in draft.extensionMethods {
            guard let method = token(word) else { continue }
            if known[method.name] != nil {
                let message = "\(word.text) is already known and need not be declared"
                reader.report(
                    .duplicateMethod,
                    message,
                    at: word.position,
                    hint: "remove it",
                    severity: .warning
                )
                continue
            }
            known[method.name] = method
            declared.append(PlacedMethod(method: method, position: word.position))
        }
        return declared
    }

    private mutating func methods(_ words: [PlacedText]) -> [PlacedMethod] {
        var methods: [PlacedMethod] = []
        for word in words {
            guard let method = token(word) else { continue }
            guard known[method.name] != nil else {
                reportUnknown(word)
                continue
            }
            if methods.contains(where: { $0.method == method }) {
                reader.report(.duplicateMethod, "\(word.text) stands twice", at: word.position)
                continue
            }
            methods.append(PlacedMethod(method: method, position: word.position))
        }
        return methods
    }

    /// The word as a method that a policy may name, known or not.
    private mutating func token(_ word: PlacedText) -> Method? {
        let shown = DocumentReader.quoted(word.text)
        if word.text == "*" {
            reader.report(
                .prohibitedMethod,
                "* is not a method",
                at: word.position,
                hint: "`any` allows every known method"
            )
            return nil
        }
        guard let method = Method(word.text) else {
            let hint =
                word.text.contains(",")
                ? "put spaces between methods, no commas"
                : "a method is letters, digits and - . _ ~ ! # $ % & ' * + ^ ` |, at most 64"
            let message = "\(shown) cannot be a method"
            reader.report(.invalidMethod, message, at: word.position, hint: hint)
            return nil
        }
        if Method.prohibited.contains(method) {
            reader.report(
                .prohibitedMethod,
                "\(shown) can never be allowed",
                at: word.position,
                hint: "it would reach past every rule, so it is always refused; remove it"
            )
            return nil
        }
        return method
    }

    private mutating func reportUnknown(_ word: PlacedText) {
        let shown = DocumentReader.quoted(word.text)
        var hint = "declare it at the top: `methods: [\(shown)]`"
        if ["any", "none"].contains(word.text) {
            hint = "`\(word.text)` stands alone, without other methods"
        } else if ["off", "false", "null", "no", "~"].contains(word.text.lowercased()) {
            hint = "write `none` to allow nothing"
        } else if let nearest = Suggestion.nearest(to: word.text, among: known.keys.sorted()) {
            hint = "did you mean \(nearest)?"
            if nearest.lowercased() == word.text.lowercased() {
                hint = "method names are case-sensitive: write \(nearest)"
            }
        }
        reader.report(
            .unknownMethod,
            "\(shown) is not a known method",
            at: word.position,
            hint: hint
        )
    }
}

// MARK: - Upstreams

extension PolicyDefinitionBuilder {
    private mutating func checkUpstream(_ reference: PlacedText?) {
        guard let reference else { return }
        let shown = DocumentReader.quoted(reference.text)
        if UpstreamURL.looksLikeURL(reference.text) {
            guard let fault = UpstreamURL.fault(in: reference.text) else { return }
            let message = "\(shown) is not an upstream's URL: \(fault.why)"
            reader.report(.invalidUpstream, message, at: reference.position, hint: fault.hint)
            return
        }
        guard !options.isKnownUpstream(reference.text) else { return }
        let nearest = Suggestion.nearest(to: reference.text, among: options.upstreamNames)
        let hint =
            nearest.map { "did you mean \($0)?" }
            ?? "name it under `upstreams` in methodwall.yaml, or write a URL: http://HOST:PORT"
        reader.report(
            .unknownUpstream,
            "no upstream is named \(shown)",
            at: reference.position,
            hint: hint
        )
    }
}
