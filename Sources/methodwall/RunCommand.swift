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
            With --config everything comes from the file; flags given beside it win. Without it, \
            --upstream says where permitted requests go, unless every policy file says so itself.

            Signals: HUP reloads certificates and policies, USR1 reopens the logs, USR2 starts a \
            successor with the same sockets, TERM and INT drain and stop, a second one stops at \
            once.
            """
    )

    @Option(
        help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where to listen: ADDRESS:PORT, unix:/PATH or systemd:NAME; may be repeated.",
            valueName: "address"
        )
    )
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "The origin server: http://HOST:PORT, https://HOST:PORT or unix:/PATH.",
            valueName: "url"
        )
    )
    var upstream: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the policy files, or one file; by default the folder policies.",
            valueName: "path"
        ),
        completion: .file()
    )
    var policies: String?

    @Option(
        help: ArgumentHelp(
            "How many event loops serve, 1 to 1024; by default one a core.",
            valueName: "number"
        )
    )
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "Where refused attempts are recorded: a file, or - for standard output, the default.",
            valueName: "file"
        ),
        completion: .file()
    )
    var log: String?

    @Option(
        help: ArgumentHelp(
            "Where health, metrics and the page are served: ADDRESS:PORT or unix:/PATH.",
            valueName: "address"
        )
    )
    var admin: String?

    @Flag(help: "Accept files that other users own or may write to; for tests.")
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
