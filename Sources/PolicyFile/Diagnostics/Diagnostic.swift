public import MethodPolicy

/// One mistake in a file that an operator wrote: what is wrong, where, and what to do about it.
///
/// A diagnostic is a value, never a thrown surprise: a load collects every one of them, so that a
/// person mends a file once instead of once a mistake.
public struct Diagnostic: Error, Sendable, Equatable {
    /// How bad it is: an error keeps a file from being used, a warning does not.
    public enum Severity: String, Sendable, CaseIterable {
        /// The file cannot be used.
        case error
        /// The file is used, but probably does not say what its author meant.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// A stable name in kebab-case, from ``Diagnostic/Code`` or `PolicyFault.Code`.
    public let code: String
    /// What is wrong: one sentence without a full stop.
    ///
    /// It may quote the file.
    public let message: String
    /// What to do about it, where that is known.
    public let hint: String?
    /// The place.
    ///
    /// Line 0 means the file or folder as a whole.
    public let location: SourceLocation
    /// The line of the file at ``location``, where there is one.
    public let sourceLine: String?
    /// Other places that the mistake is about, such as the rule that this one overlaps.
    public let related: [SourceLocation]

    /// Creates a diagnostic.
    public init(
        severity: Severity = .error,
        code: String,
        message: String,
        hint: String? = nil,
        location: SourceLocation,
        sourceLine: String? = nil,
        related: [SourceLocation] = []
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.hint = hint
        self.location = location
        self.sourceLine = sourceLine
        self.related = related
    }

    /// The same with the line of the file at its place.
    func quoting(_ sourceLine: String?) -> Diagnostic {
        Diagnostic(
            severity: severity,
            code: code,
            message: message,
            hint: hint,
            location: location,
            sourceLine: sourceLine,
            related: related
        )
    }
}

extension Diagnostic {
    /// The codes of mistakes that reading a file can find, beside those of `PolicyFault.Code`.
    public enum Code: String, Sendable, CaseIterable {
        // The file or folder itself.
        case folderUnreadable = "folder-unreadable"
        case noPolicyFiles = "no-policy-files"
        case fileUnreadable = "file-unreadable"
        case notARegularFile = "not-a-regular-file"
        case fileTooLarge = "file-too-large"
        case insecurePermissions = "insecure-permissions"

        // Its text.
        case emptyFile = "empty-file"
        case invalidUTF8 = "invalid-utf8"
        case invalidCharacter = "invalid-character"

        // YAML, and the parts of it that are not accepted.
        case yamlSyntax = "yaml-syntax"
        case yamlTab = "yaml-tab"
        case yamlAnchor = "yaml-anchor"
        case yamlAlias = "yaml-alias"
        case yamlTag = "yaml-tag"
        case yamlMergeKey = "yaml-merge-key"
        case yamlComplexKey = "yaml-complex-key"
        case yamlSeveralDocuments = "yaml-several-documents"
        case yamlTooDeep = "yaml-too-deep"
        case duplicateKey = "duplicate-key"

        // Keys and values.
        case unknownKey = "unknown-key"
        case missingKey = "missing-key"
        case misplacedKey = "misplaced-key"
        case unsupportedValue = "unsupported-value"
        case wrongType = "wrong-type"
        case invalidValue = "invalid-value"
        case invalidDuration = "invalid-duration"
        case invalidSize = "invalid-size"
        case invalidAddress = "invalid-address"
        case invalidNetwork = "invalid-network"
        case invalidCertificateName = "invalid-certificate-name"
        case invalidFieldName = "invalid-field-name"

        // The policy.
        case invalidMethod = "invalid-method"
        case unknownMethod = "unknown-method"
        case prohibitedMethod = "prohibited-method"
        case duplicateMethod = "duplicate-method"
        case duplicatePolicyName = "duplicate-policy-name"
        case invalidUpstream = "invalid-upstream"
        case unknownUpstream = "unknown-upstream"

        case noClientCertificates = "no-client-certificates"

        // The policy's tests.
        case invalidTest = "invalid-test"
        case testFailed = "test-failed"
        case tooManyTests = "too-many-tests"

        // The report itself.
        case tooManyDiagnostics = "too-many-diagnostics"
    }
}
