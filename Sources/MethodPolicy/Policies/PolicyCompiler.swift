/// Checks policy files and freezes them, collecting every fault of every file.
struct PolicyCompiler {
    private let version: String
    private let defaultUpstream: String?
    private var faults: [PolicyFault] = []
    private var upstreams: [String] = []
    private var upstreamIndices: [String: Int] = [:]
    private var hosts = HostTable()
    private var hostLocations: [HostPattern: SourceLocation] = [:]
    private var fallbackLocation: SourceLocation?
    private var ruleCount = 0

    init(version: String, defaultUpstream: String?) {
        self.version = version
        self.defaultUpstream = defaultUpstream
    }

    mutating func compile(
        _ definitions: [PolicyDefinition]
    )
        -> Result<PolicySnapshot, PolicyFaults>
    {
        var policies: [CompiledPolicy] = []
        for (index, definition) in definitions.enumerated() {
            claimHosts(of: definition, index: index)
            if let policy = policy(definition, index: index) { policies.append(policy) }
        }
        guard faults.isEmpty else { return .failure(PolicyFaults(Self.sorted(faults))) }
        return .success(
            PolicySnapshot(
                version: version,
                policies: policies,
                upstreams: upstreams,
                hosts: hosts
            )
        )
    }

    private static func sorted(_ faults: [PolicyFault]) -> [PolicyFault] {
        // By place, and in the order they were found where the places are the same.
        faults.enumerated().sorted { left, right in
            let (one, other) = (left.element.location, right.element.location)
            return (one.file, one.line, one.column, left.offset)
                < (other.file, other.line, other.column, right.offset)
        }.map(\.element)
    }

    // MARK: - Hosts

    private mutating func claimHosts(of definition: PolicyDefinition, index: Int) {
        if definition.hosts.isEmpty {
            claimEveryHost(for: definition, index: index)
        }
        for host in definition.hosts {
            if let fault = HostName.fault(in: host.name) {
                let message = "\(Self.quoted(host.name)): \(fault.message)"
                faults.append(
                    PolicyFault(.invalidHost, message, hint: fault.hint, at: host.location)
                )
                continue
            }
            let key = HostPattern(host.name)
            if hosts.insert(key, policy: index) {
                hostLocations[key] = host.location
                continue
            }
            faults.append(
                PolicyFault(
                    .duplicateHost,
                    "\(host.name) is claimed already",
                    hint: "a host is served by one file: join the two or narrow one",
                    at: host.location,
                    related: hostLocations[key].map { [$0] } ?? []
                )
            )
        }
    }

    private mutating func claimEveryHost(for definition: PolicyDefinition, index: Int) {
        guard let present = fallbackLocation else {
            fallbackLocation = definition.location
            hosts.fallback = index
            return
        }
        faults.append(
            PolicyFault(
                .duplicateDefaultPolicy,
                "two files without hosts would serve the same requests",
                hint: "give one of them hosts:, or join them",
                at: definition.location,
                related: [present]
            )
        )
    }

    // MARK: - One policy

    private mutating func policy(_ definition: PolicyDefinition, index: Int) -> CompiledPolicy? {
        ruleCount += definition.rules.count
        guard ruleCount <= PolicySnapshot.rulesMax else {
            faults.append(
                PolicyFault(
                    .tooManyRules,
                    "more than \(PolicySnapshot.rulesMax) rules in all files together",
                    hint: "use patterns: one rule covers any number of paths",
                    at: definition.location
                )
            )
            return nil
        }
        var compiler = RuleCompiler(definition)
        let table = compiler.table()
        let upstream = upstreamIndex(
            of: definition.upstream ?? defaultUpstream,
            at: definition.upstreamLocation,
            isNeeded: definition.unlisted == .forward || definition.mode == .report
                || definition.rules.contains { $0.upstream == nil }
        )
        var rules: [CompiledRule] = []
        rules.reserveCapacity(definition.rules.count)
        for (ruleIndex, rule) in definition.rules.enumerated() {
            let target = rule.upstream.map { place(ofUpstream: $0) } ?? upstream
            rules.append(
                compiler.rule(rule, index: ruleIndex, policyIndex: index, upstream: target)
            )
        }
        let union = compiler.union(of: rules)
        let cors = compiler.policyCORS(for: union)
        faults += compiler.faults
        return CompiledPolicy(
            definition,
            methods: compiler.methods,
            table: table,
            rules: rules,
            union: union,
            clientUnion: compiler.clientUnion(of: rules, union: union),
            overrides: compiler.overrides,
            cors: cors,
            upstream: upstream
        )
    }

    private mutating func upstreamIndex(
        of name: String?,
        at location: SourceLocation,
        isNeeded: Bool
    ) -> Int {
        if let name { return place(ofUpstream: name) }
        if isNeeded {
            faults.append(
                PolicyFault(
                    .missingUpstream,
                    "no upstream is named",
                    hint: "add upstream: with a name or a URL, or start with --upstream URL",
                    at: location
                )
            )
        }
        return 0
    }

    private mutating func place(ofUpstream name: String) -> Int {
        if let present = upstreamIndices[name] { return present }
        upstreams.append(name)
        upstreamIndices[name] = upstreams.count - 1
        return upstreams.count - 1
    }

    /// A text of a file for a message: bounded, and in quotes so that its ends show.
    static func quoted(_ text: String) -> String {
        text.utf8.count <= 80 ? "\"\(text)\"" : "\"\(text.prefix(40))…\""
    }
}
