public import MethodPolicy

/// What came of one test of a policy file.
public struct PolicyTestResult: Sendable, Equatable {
    /// The test as it was written, its words with single spaces between them.
    public let text: String
    /// Where it stands.
    public let location: SourceLocation
    /// The name of the policy it belongs to.
    public let policy: String
    /// What came out, in the words of a test, and the rule that decided.
    public let outcome: String
    /// Whether what came out is what the test expects.
    public let passed: Bool
    /// Where the rule that decided stands.
    let rule: SourceLocation?

    /// What a failing test reports; nil if it passed.
    func diagnostic(sourceLine: String?) -> Diagnostic? {
        guard !passed else { return nil }
        return Diagnostic(
            code: Diagnostic.Code.testFailed.rawValue,
            message: message,
            hint: "mend the test or the policy; `methodwall explain` tells more about the request",
            location: location,
            sourceLine: sourceLine,
            related: rule.map { [$0] } ?? []
        )
    }

    /// What was expected and what came out instead.
    var message: String {
        let parts = text.split(separator: " -> ", maxSplits: 1).map(String.init)
        let expected = DocumentReader.quoted(parts.last ?? "")
        return "\(DocumentReader.quoted(parts.first ?? "")): expected \(expected); got \(outcome)"
    }

    /// The result as a part of a larger JSON text.
    package var jsonValue: JSONValue {
        .object([
            ("test", .string(text)), ("policy", .string(policy)),
            ("file", .string(location.file)), ("line", .integer(location.line)),
            ("column", .integer(location.column)), ("passed", .boolean(passed)),
            ("outcome", .string(outcome)),
        ])
    }
}
