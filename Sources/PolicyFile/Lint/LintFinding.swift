public import MethodPolicy

/// Something that a policy may say and that is probably not meant, or ought to be known.
public struct LintFinding: Sendable, Equatable {
    /// What kind it is.
    public let code: LintCode
    /// The reason, one sentence without a full stop.
    public let message: String
    /// What to do about it.
    public let hint: String
    /// The rule or the file.
    public let location: SourceLocation

    /// Creates a finding.
    public init(code: LintCode, message: String, hint: String, location: SourceLocation) {
        self.code = code
        self.message = message
        self.hint = hint
        self.location = location
    }

    /// The finding as a warning, with how to silence it.
    public var diagnostic: Diagnostic {
        let silencing =
            code == .unknownSilence ? "" : "; if it is meant, write silence: [\(code.rawValue)]"
        return Diagnostic(
            severity: .warning,
            code: code.rawValue,
            message: message,
            hint: hint + silencing,
            location: location
        )
    }
}
