/// What becomes of a request that names a second method, for frameworks to use in place of the one
/// of its request line.
public enum OverrideMode: String, Sendable, CaseIterable {
    /// Every method that it claims must be allowed too.
    case judge
    /// It is refused.
    case refuse
    /// Fields and parameters that claim a method are removed; content is judged, as it cannot be
    /// changed.
    case strip
    /// It is forwarded: the service does not know such names.
    case ignore
}

/// What a policy file says about method override, not checked yet.
public struct OverrideDefinition: Sendable, Equatable {
    /// What becomes of requests that claim a method, unless a rule says otherwise.
    public var mode: OverrideMode
    /// Names of fields that carry a method, beyond those that are always known.
    public var fields: [String]
    /// The places of `fields`, in the same order; where one is missing, `location` stands.
    public var fieldLocations: [SourceLocation]
    /// Names of query and form parameters that carry a method, beyond those that are always known.
    public var parameters: [String]
    /// The places of `parameters`, in the same order; where one is missing, `location` stands.
    public var parameterLocations: [SourceLocation]
    /// Where it stands.
    public var location: SourceLocation

    /// States what becomes of method override.
    public init(
        mode: OverrideMode = .judge,
        fields: [String] = [],
        fieldLocations: [SourceLocation] = [],
        parameters: [String] = [],
        parameterLocations: [SourceLocation] = [],
        location: SourceLocation
    ) {
        self.mode = mode
        self.fields = fields
        self.fieldLocations = fieldLocations
        self.parameters = parameters
        self.parameterLocations = parameterLocations
        self.location = location
    }
}
