import MethodPolicy
import PolicyFile

/// What `check` found, in the forms it can be reported in.
struct CheckReport {
    let load: PolicyLoad
    let source: PolicySource

    /// Whether policies and configuration can be used.
    var isValid: Bool { load.isValid && source.isValid }

    private var diagnostics: [Diagnostic] { source.diagnostics + load.diagnostics }

    /// The report as a person reads it.
    func text() -> String {
        var lines = (diagnostics + load.findings).map { $0.rendered() }
        let errors = diagnostics.count { $0.severity == .error }
        if isValid, let snapshot = load.snapshot {
            lines += snapshot.policies.flatMap(Self.departures)
            lines.append(summary(of: snapshot) + ": fine")
        } else {
            lines.append(Self.counted(errors, "error", "errors") + testSummary)
        }
        return lines.joined(separator: "\n")
    }

    private func summary(of snapshot: PolicySnapshot) -> String {
        let rules = snapshot.policies.map(\.rules.count).reduce(0, +)
        let policies = Self.counted(snapshot.policies.count, "policy", "policies")
        let tests = Self.counted(load.tests.count, "test", "tests")
        let found =
            load.findings.isEmpty
            ? "" : ", " + Self.counted(load.findings.count, "finding", "findings")
        return "\(policies), \(Self.counted(rules, "rule", "rules")), \(tests)\(found)"
    }

    /// How many tests failed, if any were run.
    private var testSummary: String {
        guard !load.tests.isEmpty else { return "" }
        let failed = load.tests.count { !$0.passed }
        return "; \(failed) of \(Self.counted(load.tests.count, "test", "tests")) failed"
    }

    /// Where a policy is less strict than it could be, so that nobody overlooks it.
    private static func departures(of policy: CompiledPolicy) -> [String] {
        var found: [String] = []
        if policy.mode == .report {
            found.append("mode report: what it does not allow is logged and forwarded")
        }
        if policy.overrides != .judge { found.append("override \(policy.overrides.rawValue)") }
        let tolerated = policy.tolerances.names
        if !tolerated.isEmpty { found.append("tolerates " + tolerated.joined(separator: ", ")) }
        if policy.unlisted == .forward { found.append("unlisted paths are forwarded") }
        let file = found.map { "\(policy.name): \($0)" }
        return file + policy.rules.compactMap { departures(of: $0, in: policy) }
    }

    private static func departures(
        of rule: CompiledRule,
        in policy: CompiledPolicy
    ) -> String? {
        var found: [String] = []
        if rule.mode != policy.mode { found.append("mode \(rule.mode.rawValue)") }
        if rule.overrides != policy.overrides {
            found.append("override \(rule.overrides.rawValue)")
        }
        guard !found.isEmpty else { return nil }
        let what = found.joined(separator: ", ")
        return "\(policy.name): \(rule.pattern) (\(rule.locationText)): \(what)"
    }

    private static func counted(_ number: Int, _ one: String, _ several: String) -> String {
        "\(number) \(number == 1 ? one : several)"
    }
}

extension CheckReport {
    /// The report as JUnit XML.
    func junit() -> String {
        JUnitReport.xml(load, source.diagnostics)
    }

    /// The report as JSON.
    func json() -> String {
        let policies = (load.snapshot?.policies ?? []).map(Self.json)
        return JSONValue.object([
            ("valid", .boolean(isValid)),
            ("version", .string(load.version)),
            ("files", .array(load.files.map(JSONValue.string))),
            ("policies", .array(policies)),
            ("tests", .array(load.tests.map(\.jsonValue))),
            ("diagnostics", .array(diagnostics.map(\.jsonValue))),
            ("findings", .array(load.findings.map(\.jsonValue))),
        ]).text(indented: true)
    }

    private static func json(_ policy: CompiledPolicy) -> JSONValue {
        let reported = policy.rules.count { $0.mode == .report }
        return .object([
            ("name", .string(policy.name)),
            ("file", .string(policy.file)),
            ("hosts", .array(policy.hosts.map(JSONValue.string))),
            ("mode", .string(policy.mode.rawValue)),
            ("override", .string(policy.overrides.rawValue)),
            ("tolerates", .array(policy.tolerances.names.map(JSONValue.string))),
            ("rules", .integer(policy.rules.count)),
            ("rules_in_report_mode", .integer(reported)),
        ])
    }
}
