/// What a rule allows.
public enum Allow: Sendable, Equatable {
    /// Every registered method and every declared extension, except those that nothing can allow.
    case any
    /// These methods; none at all is `none`. GET brings HEAD along, OPTIONS is always there.
    case methods([Method])
}

/// Who answers OPTIONS.
public enum OptionsMode: Sendable, Equatable {
    /// The gateway, from the policy.
    case local
    /// The origin server.
    case forward
}

/// A rule as a policy file states it, not checked yet.
public struct RuleDefinition: Sendable, Equatable {
    /// The pattern's text, see ``PathPattern``.
    public var pattern: String
    /// What is allowed.
    public var allow: Allow
    /// The places of the methods in `allow`, in the same order; where one is missing, `location`
    /// stands.
    public var methodLocations: [SourceLocation]
    /// Who answers OPTIONS.
    public var options: OptionsMode
    /// What the rule says about CORS.
    public var cors: CORSSetting
    /// The upstream, or nil for the file's.
    public var upstream: String?
    /// Why the rule is as it is, for people who are refused.
    public var reason: String?
    /// What becomes of what it does not let through, or nil for what the file says.
    public var mode: PolicyMode?
    /// What becomes of method override, or nil for what the file says.
    public var override: OverrideMode?
    /// Which methods are for some clients alone; the others are for everybody.
    public var only: [ClientRestriction]
    /// The protocols that a connection may change to.
    public var upgrades: UpgradeProtocols = []
    /// The codes of findings that are not to be reported of it.
    public var silenced: [String]
    /// Where the rule stands.
    public var location: SourceLocation
    /// Where the pattern's text starts.
    public var patternLocation: SourceLocation

    /// States a rule.
    ///
    /// Without `patternLocation` the pattern starts at `location`.
    public init(
        pattern: String,
        allow: Allow,
        methodLocations: [SourceLocation] = [],
        options: OptionsMode = .local,
        cors: CORSSetting = .inherited,
        upstream: String? = nil,
        reason: String? = nil,
        mode: PolicyMode? = nil,
        override: OverrideMode? = nil,
        only: [ClientRestriction] = [],
        silenced: [String] = [],
        location: SourceLocation,
        patternLocation: SourceLocation? = nil
    ) {
        self.pattern = pattern
        self.allow = allow
        self.methodLocations = methodLocations
        self.options = options
        self.cors = cors
        self.upstream = upstream
        self.reason = reason
        self.mode = mode
        self.override = override
        self.only = only
        self.silenced = silenced
        self.location = location
        self.patternLocation = patternLocation ?? location
    }
}
