import ArgumentParser
import Glibc
import MethodPolicy
import PolicyFile

/// `methodwall check`: every mistake in the policies, and in the configuration file, at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policies and report every mistake at once.",
        discussion: """
            Exits with 0 if they can be used, with 1 if they have mistakes, with 2 if they cannot \
            be read. Without --config, upstreams may have any name.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Policy folders and files, checked together; else those of --config, else policies.",
            valueName: "path"
        )
    )
    var paths: [String] = []

    @Option(help: "The configuration file, which is checked as well.")
    var config: String?

    @Flag(help: "Report as JSON.")
    var json = false

    @Flag(help: "Accept policy files that other users may write to.")
    var insecurePolicyPermissions = false

    func run() throws {
        var diagnostics: [Diagnostic] = []
        let source = PolicySource(config: config, insecurePermissions: insecurePolicyPermissions)
        diagnostics += source.diagnostics
        let load = source.loader(paths).load()
        diagnostics += load.diagnostics
        let isValid = load.isValid && source.isValid
        Terminal.write(
            json ? report(isValid, load, diagnostics) : text(isValid, load, diagnostics),
            to: STDOUT_FILENO
        )
        guard !isValid else { return }
        let isUnreadable = load.isUnreadable || source.isUnreadable
        throw CommandFailure(code: isUnreadable ? 2 : 1, message: "")
    }

    private func text(_ isValid: Bool, _ load: PolicyLoad, _ diagnostics: [Diagnostic]) -> String {
        var lines = diagnostics.map { $0.rendered() }
        let errors = diagnostics.count { $0.severity == .error }
        if isValid, let snapshot = load.snapshot {
            let rules = snapshot.policies.map(\.rules.count).reduce(0, +)
            let policies = Self.counted(snapshot.policies.count, "policy", "policies")
            lines.append("\(policies), \(Self.counted(rules, "rule", "rules")): fine")
        } else {
            lines.append(Self.counted(errors, "error", "errors"))
        }
        return lines.joined(separator: "\n")
    }

    private func report(
        _ isValid: Bool,
        _ load: PolicyLoad,
        _ diagnostics: [Diagnostic]
    ) -> String {
        let policies = (load.snapshot?.policies ?? []).map { policy in
            JSONValue.object([
                ("name", .string(policy.name)),
                ("file", .string(policy.file)),
                ("hosts", .array(policy.hosts.map(JSONValue.string))),
                ("rules", .integer(policy.rules.count)),
            ])
        }
        return JSONValue.object([
            ("valid", .boolean(isValid)),
            ("version", .string(load.version)),
            ("files", .array(load.files.map(JSONValue.string))),
            ("policies", .array(policies)),
            ("diagnostics", .array(diagnostics.map(\.jsonValue))),
        ]).text(indented: true)
    }

    private static func counted(_ number: Int, _ one: String, _ several: String) -> String {
        "\(number) \(number == 1 ? one : several)"
    }
}
