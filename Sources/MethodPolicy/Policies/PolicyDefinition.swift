/// What becomes of paths that no rule matches.
public enum Unlisted: Sendable, Equatable {
    /// They are refused with 404.
    case refuse
    /// They are forwarded with any method that the policy knows, TRACE and CONNECT excepted.
    case forward
}

/// A host as a policy file states it.
public struct HostDefinition: Sendable, Equatable {
    /// `shop.example.com`, `*.shop.example.com` (one label or more for the star), or an address.
    public var name: String
    /// Where it stands.
    public var location: SourceLocation

    /// States a host.
    public init(_ name: String, location: SourceLocation) {
        self.name = name
        self.location = location
    }
}

/// One policy file, read but not checked yet.
public struct PolicyDefinition: Sendable, Equatable {
    /// The name in logs and metrics.
    public var name: String
    /// The file it comes from.
    public var file: String
    /// Where the policy starts.
    public var location: SourceLocation
    /// The hosts it serves; none at all means every host that no other file serves.
    public var hosts: [HostDefinition]
    /// The upstream's name or URL, or nil for the default.
    public var upstream: String?
    /// Where the upstream is named.
    public var upstreamLocation: SourceLocation
    /// What becomes of paths that no rule matches.
    public var unlisted: Unlisted
    /// The methods it knows beyond the IANA registry.
    public var extensionMethods: [Method]
    /// The places of `extensionMethods`, in the same order; where one is missing, `location`
    /// stands.
    public var extensionMethodLocations: [SourceLocation]
    /// The CORS block for every rule that does not say otherwise.
    public var cors: CORSDefinition?
    /// Whether ASCII letters in paths match in either case.
    public var caseInsensitive: Bool
    /// Whether one `/` at the end of a path makes no difference.
    public var ignoresTrailingSlash: Bool
    /// What becomes of what the policy does not let through, unless a rule says otherwise.
    public var mode: PolicyMode
    /// What becomes of method override.
    public var override: OverrideDefinition
    /// What is let through although origin servers disagree about it.
    public var tolerances: PolicyTolerances
    /// The codes of findings that are not to be reported of any rule.
    public var silenced: [String]
    /// The rules.
    ///
    /// Their order does not matter.
    public var rules: [RuleDefinition]

    /// States a policy.
    public init(
        name: String,
        file: String,
        location: SourceLocation? = nil,
        hosts: [HostDefinition] = [],
        upstream: String? = nil,
        upstreamLocation: SourceLocation? = nil,
        unlisted: Unlisted = .refuse,
        extensionMethods: [Method] = [],
        extensionMethodLocations: [SourceLocation] = [],
        cors: CORSDefinition? = nil,
        caseInsensitive: Bool = false,
        ignoresTrailingSlash: Bool = false,
        mode: PolicyMode = .enforce,
        override: OverrideDefinition? = nil,
        tolerances: PolicyTolerances = [],
        silenced: [String] = [],
        rules: [RuleDefinition] = []
    ) {
        let start = location ?? SourceLocation(file: file, line: 1, column: 1)
        self.name = name
        self.file = file
        self.location = start
        self.hosts = hosts
        self.upstream = upstream
        self.upstreamLocation = upstreamLocation ?? start
        self.unlisted = unlisted
        self.extensionMethods = extensionMethods
        self.extensionMethodLocations = extensionMethodLocations
        self.cors = cors
        self.caseInsensitive = caseInsensitive
        self.ignoresTrailingSlash = ignoresTrailingSlash
        self.mode = mode
        self.override = override ?? OverrideDefinition(location: start)
        self.tolerances = tolerances
        self.silenced = silenced
        self.rules = rules
    }
}
