/// One mistake in a policy, with its place.
public struct PolicyFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is.
    ///
    /// Raw values are stable: people search for them.
    public enum Code: String, Sendable, CaseIterable {
        /// A pattern that is not in the pattern language.
        case invalidPattern = "invalid-pattern"
        /// A pattern that no canonical path can match.
        case unreachablePattern = "unreachable-pattern"
        /// A pattern longer than ``PathPattern/bytesMax`` octets.
        case patternTooLong = "pattern-too-long"
        /// A pattern of more than ``PathPattern/segmentsMax`` segments.
        case tooManySegments = "too-many-segments"
        /// Two rules with the same pattern, but for the names of its parameters.
        case duplicatePattern = "duplicate-pattern"
        /// Two equally specific rules that both match some path.
        case overlappingPatterns = "overlapping-patterns"
        /// More than ``PolicySnapshot/partialSegmentsMax`` different partly literal segments in one
        /// place.
        case tooManyPartialSegments = "too-many-partial-segments"
        /// Patterns that make the search for a rule too long.
        case matchingTooCostly = "matching-too-costly"
        /// More than ``PolicySnapshot/rulesMax`` rules.
        case tooManyRules = "too-many-rules"
        /// TRACE, CONNECT, PRI, TRACK or `*`.
        case prohibitedMethod = "prohibited-method"
        /// A method that is neither registered nor declared.
        case unknownMethod = "unknown-method"
        /// A declared method that differs from a registered one by case only.
        case ambiguousMethod = "ambiguous-method"
        /// More than ``MethodSet/extensionMethodsMax`` declared methods.
        case tooManyExtensionMethods = "too-many-extension-methods"
        /// A host that is not a name, an address or `*.` and a name.
        case invalidHost = "invalid-host"
        /// A host that two files claim, or one file twice.
        case duplicateHost = "duplicate-host"
        /// Two files without hosts.
        case duplicateDefaultPolicy = "duplicate-default-policy"
        /// No upstream in the file and no default one.
        case missingUpstream = "missing-upstream"
        /// A CORS block without origins.
        case missingOrigins = "missing-origins"
        /// An origin that no browser sends.
        case invalidOrigin = "invalid-origin"
        /// `*` beside other origins.
        case wildcardOriginNotAlone = "wildcard-origin-not-alone"
        /// `credentials` together with the origin `*`.
        case credentialsWithAnyOrigin = "credentials-with-any-origin"
        /// `credentials` together with the origin `null`.
        case credentialsWithNullOrigin = "credentials-with-null-origin"
        /// `credentials` together with `*` among field names.
        case credentialsWithAnyField = "credentials-with-any-field"
        /// A field name that is not a token.
        case invalidFieldName = "invalid-field-name"
        /// A field that lets a browser hide another method in a request.
        case methodOverrideField = "method-override-field"
        /// The name of an override parameter that is empty, too long, or not visible ASCII.
        case invalidParameterName = "invalid-parameter-name"
        /// More names of override fields or parameters than a file may add.
        case tooManyOverrideNames = "too-many-override-names"
        /// A method that `only` keeps for some clients, but the rule does not allow it.
        case restrictedMethodNotAllowed = "restricted-method-not-allowed"
        /// A method that `only` keeps for some clients twice.
        case duplicateRestriction = "duplicate-restriction"
        /// OPTIONS in `only`: it is answered to everybody.
        case unrestrictableMethod = "unrestrictable-method"
        /// An entry of `only` without methods or without clients.
        case emptyRestriction = "empty-restriction"
        /// More than ``PolicySnapshot/clientSetsMax`` different sets of clients in a file, or
        /// ``PolicySnapshot/ruleClientSetsMax`` in a rule.
        case tooManyClientSets = "too-many-client-sets"
        /// A `max_age` that is negative or too long.
        case invalidMaxAge = "invalid-max-age"
    }

    /// What kind of mistake it is.
    public let code: Code
    /// What is wrong, one sentence without a full stop.
    public let message: String
    /// What to do about it, if something can be said.
    public let hint: String?
    /// Where it is.
    public let location: SourceLocation
    /// The other places that are part of it.
    public let related: [SourceLocation]

    /// Describes a mistake.
    public init(
        _ code: Code,
        _ message: String,
        hint: String? = nil,
        at location: SourceLocation,
        related: [SourceLocation] = []
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.location = location
        self.related = related
    }

    /// `file:line:column: error[code]: message`.
    public var description: String {
        "\(location): error[\(code.rawValue)]: \(message)"
    }
}

/// Every mistake of every file of one load.
public struct PolicyFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes, never empty, by file, line and column.
    public let faults: [PolicyFault]

    init(_ faults: [PolicyFault]) {
        self.faults = faults
    }

    /// One mistake a line.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
