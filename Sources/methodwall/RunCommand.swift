import ArgumentParser
import Gateway
import Glibc
import Logging
import PolicyFile

/// `methodwall run`: the gateway, until a signal ends it.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the gateway.",
        discussion: """
            With --config everything comes from the file; flags given beside it win. Without it,
            --upstream says where permitted requests go, unless every policy file says so itself.

            Signals: HUP reloads certificates and policies, USR1 reopens the log, USR2 starts a \
            successor with the same sockets, TERM and INT drain and stop, a second one stops at \
            once.
            """
    )

    @Option(help: "The configuration file.")
    var config: String?

    @Option(help: ArgumentHelp("Where to listen; may be repeated.", valueName: "address:port"))
    var listen: [String] = []

    @Option(help: "The origin server: http://HOST:PORT, https://HOST:PORT or unix:/PATH.")
    var upstream: String?

    @Option(help: "The folder of the policy files, or one file.")
    var policies: String?

    @Option(help: "How many event loops serve; by default one a core.")
    var workers: Int?

    @Option(help: "Where refused attempts are recorded: a file, or - for standard output.")
    var log: String?

    @Option(
        help: ArgumentHelp(
            "Where health, metrics and the page are served.",
            valueName: "address:port"
        )
    )
    var admin: String?

    @Flag(help: "Accept policy files that other users may write to.")
    var insecurePolicyPermissions = false

    func run() async throws {
        let settings = try RunSettings(self)
        try await GatewayRun(settings).run()
    }

    func validate() throws {
        if let workers, !(1...1024).contains(workers) {
            throw ValidationError("--workers is a number from 1 to 1024.")
        }
    }
}
