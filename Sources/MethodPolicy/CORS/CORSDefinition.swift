/// A CORS block as a policy file states it, not checked yet.
public struct CORSDefinition: Sendable, Equatable {
    /// Which origins may read answers: `https://app.example.com`, `https://*.example.com` (exactly
    /// one label for the star), `null`, or `*` alone.
    public var origins: [String]
    /// The places of `origins`, in the same order; where one is missing, `location` stands.
    public var originLocations: [SourceLocation]
    /// The request fields that may be sent beyond those that browsers always allow, or `*`.
    public var headers: [String]
    /// The response fields that scripts may read beyond those that browsers always show, or `*`.
    public var expose: [String]
    /// Whether cookies and authentication may go along.
    public var credentials: Bool
    /// How long a browser may remember a preflight's answer, in seconds, 0 to 86,400.
    public var maxAgeSeconds: Int
    /// Where the block stands.
    public var location: SourceLocation

    /// States a CORS block.
    public init(
        origins: [String],
        originLocations: [SourceLocation] = [],
        headers: [String] = [],
        expose: [String] = [],
        credentials: Bool = false,
        maxAgeSeconds: Int = 600,
        location: SourceLocation
    ) {
        self.origins = origins
        self.originLocations = originLocations
        self.headers = headers
        self.expose = expose
        self.credentials = credentials
        self.maxAgeSeconds = maxAgeSeconds
        self.location = location
    }
}

/// What a rule says about CORS.
public enum CORSSetting: Sendable, Equatable {
    /// Nothing: the file's block stands, if there is one.
    case inherited
    /// `cors: off`.
    case off
    /// A block of its own, in place of the file's.
    case defined(CORSDefinition)
}
