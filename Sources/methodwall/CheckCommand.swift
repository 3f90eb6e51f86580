import ArgumentParser
import Glibc
import PolicyFile

/// `methodwall check`: every mistake in the policies, and in the configuration file, at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policies, run their tests, and report every mistake at once.",
        discussion: """
            Exits with 0 if they can be used, with 1 if they have mistakes or a test fails, with 2 \
            if they cannot be read. Without --config, upstreams may have any name. Certificates \
            and keys are not opened.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Policy folders and files, checked together; else those of --config, else policies.",
            valueName: "path"
        ),
        completion: .file()
    )
    var paths: [String] = []

    @Option(help: "The configuration file, which is checked as well.", completion: .file())
    var config: String?

    @Flag(help: "Report as JSON.")
    var json = false

    @Flag(help: "Report as JUnit XML, for continuous integration.")
    var junit = false

    @Flag(help: "Look for what is sound and yet probably not meant, too.")
    var lint = false

    @Flag(help: "Accept policy files that other users may write to.")
    var insecurePolicyPermissions = false

    func validate() throws {
        if json, junit { throw ValidationError("--json and --junit are two forms of one report.") }
        if lint, junit {
            throw ValidationError(
                "--junit has no place for the findings of --lint: run check twice, or take --json."
            )
        }
    }

    func run() throws {
        let source = PolicySource(config: config, insecurePermissions: insecurePolicyPermissions)
        let load = source.loader(paths).load(linting: lint)
        let report = CheckReport(load: load, source: source)
        let text = json ? report.json() : junit ? report.junit() : report.text()
        Terminal.write(text, to: STDOUT_FILENO)
        guard !report.isValid else { return }
        let isUnreadable = load.isUnreadable || source.isUnreadable
        throw CommandFailure(code: isUnreadable ? 2 : 1, message: "")
    }
}
