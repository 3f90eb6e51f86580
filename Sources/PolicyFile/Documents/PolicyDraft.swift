import MethodPolicy

/// A policy file as it was read, before its parts are checked against each other.
struct PolicyDraft {
    var name: String?
    var hosts: [PlacedText] = []
    /// Hosts were written, but not all of them could be read.
    var hasBrokenHosts = false
    var upstream: PlacedText?
    var unlisted: Unlisted = .refuse
    var extensionMethods: [PlacedText] = []
    var cors: CORSChoice = .inherited
    var isCaseInsensitive = false
    var ignoresTrailingSlash = false
    var rules: [RuleDraft] = []
}

/// One rule as it was read.
struct RuleDraft {
    var pattern: String
    var position: SourcePosition
    var patternPosition: SourcePosition
    var allow: AllowDraft?
    var options: OptionsMode = .local
    var cors: CORSChoice = .inherited
    var upstream: PlacedText?
    var reason: String?
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
