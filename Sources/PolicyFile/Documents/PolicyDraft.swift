import MethodPolicy

/// A policy file as it was read, before its parts are checked against each other.
struct PolicyDraft {
    var name: String?
    var hosts: [PlacedText] = []
    /// Hosts were written, but not all of them could be read.
    var hasBrokenHosts = false
    var upstream: PlacedText?
    var mode: PolicyMode = .enforce
    var unlisted: Unlisted = .refuse
    var override: OverrideDraft?
    var tolerances: PolicyTolerances = []
    var extensionMethods: [PlacedText] = []
    var cors: CORSChoice = .inherited
    var isCaseInsensitive = false
    var ignoresTrailingSlash = false
    var rules: [RuleDraft] = []
    var silenced: [String] = []
    var tests: [TestDraft] = []
}

/// One rule as it was read.
struct RuleDraft {
    var pattern: String
    var position: SourcePosition
    var patternPosition: SourcePosition
    var allow: AllowDraft?
    var mode: PolicyMode?
    var override: OverrideMode?
    var only: [RestrictionDraft] = []
    var options: OptionsMode = .local
    var cors: CORSChoice = .inherited
    var upstream: PlacedText?
    var reason: String?
    var upgrades: UpgradeProtocols = []
    var upgradesPosition: SourcePosition?
    var silenced: [String] = []
}

/// What a file says about methods that requests claim beside their request line, as it was read.
struct OverrideDraft {
    var position: SourcePosition
    var mode = OverrideMode.judge
    var fields: [PlacedText] = []
    var parameters: [PlacedText] = []
}

/// One entry of a rule's `only`, as it was read.
struct RestrictionDraft {
    var methods: AllowDraft
    var position: SourcePosition
    var networks: [NetworkPrefix] = []
    var certificates: [CertificateName] = []
    /// Where the certificates stand, if there are any.
    var certificatesPosition: SourcePosition?
}

/// One test, cut into words.
struct TestDraft {
    var text: String
    var position: SourcePosition
    var words: [PlacedText]
}

/// What a rule allows, as it was written.
enum AllowDraft {
    case any
    case methods([PlacedText])
}

/// What a rule or file says about CORS.
enum CORSChoice {
    /// Nothing: a rule uses the file's settings.
    case inherited
    /// `cors: off`.
    case off
    case settings(CORSDraft)
}

/// A `cors` block as it was read.
struct CORSDraft {
    var position: SourcePosition
    var origins: [PlacedText] = []
    var headers: [PlacedText] = []
    var expose: [PlacedText] = []
    var credentials = false
    var maxAge: Duration?
}
