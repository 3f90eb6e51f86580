public import MethodPolicy

/// What came of loading policies: a snapshot, or every reason why there is none.
public struct PolicyLoad: Sendable {
    /// The compiled policies; nil if any diagnostic is an error.
    public let snapshot: PolicySnapshot?
    /// Everything found, by file, line and column.
    ///
    /// Warnings may stand beside a snapshot.
    public let diagnostics: [Diagnostic]
    /// What is sound and yet probably not meant, if the load looked for it: warnings.
    public let findings: [Diagnostic]
    /// What came of the policies' own tests, in the order of the files; none if there was nothing
    /// sound to run them on.
    public let tests: [PolicyTestResult]
    /// The policy files that were found, in the order they were read.
    public let files: [String]
    /// The state of the files that this load saw.
    public let fingerprint: PolicyFingerprint
    /// The first twelve digits of a SHA-256 over the files' names and contents.
    public let version: String

    /// Whether the policies can be used.
    public var isValid: Bool { snapshot != nil }

    /// Whether a file or folder could not be read at all, as against holding mistakes.
    public var isUnreadable: Bool {
        let codes: [Diagnostic.Code] = [.folderUnreadable, .fileUnreadable]
        return diagnostics.contains { found in codes.contains { $0.rawValue == found.code } }
    }

    /// The diagnostics as a person reads them, one block each, without a final line break.
    public func report() -> String {
        diagnostics.map { $0.rendered() }.joined(separator: "\n")
    }

    /// A file or folder as a whole, as a location.
    static func place(_ path: String) -> SourceLocation {
        SourceLocation(file: path, line: 0, column: 0)
    }
}
