import ArgumentParser
import Curl
import Gateway
import Glibc
import PolicyFile

/// `methodwall demo`: a small legacy service, the gateway before it, and what to try.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try it: a small service, the gateway before it, and curl lines.",
        discussion: "The policy is written to a folder of its own; edit it while the demo runs."
    )

    @Option(help: ArgumentHelp("Where to listen.", valueName: "address:port"))
    var listen = "127.0.0.1:8405"

    func run() async throws {
        let service = try await DemoService.start()
        let folder = try Self.policyFolder()
        defer { Self.remove(folder) }
        var command = RunCommand()
        command.config = nil
        command.listen = [listen]
        command.admin = nil
        command.upstream = "http://127.0.0.1:\(service.port)"
        command.policies = folder
        command.workers = 1
        command.log = "-"
        command.insecurePolicyPermissions = false
        try await GatewayRun(RunSettings(command)).run { addresses in
            if let address = addresses.first { Self.introduce(address, folder) }
        }
        try await service.stop()
    }

    private static func introduce(_ address: String, _ folder: String) {
        let base = "http://\(address)"
        Terminal.write(
            """

            A service that accepts every method everywhere is behind \(base)
            Its policy: \(folder)/demo.yaml (edit it: it is reloaded)

              curl -i \(base)/users                       # 200
              curl -i -X DELETE \(base)/users             # 405, Allow: GET, HEAD, POST, OPTIONS
              curl -i -X DELETE \(base)/users/7           # 200
              curl -i -X BREW \(base)/users               # 501
              curl -i \(base)/nowhere                     # 404
              curl -i -X OPTIONS \(base)/users            # 204, Allow
              curl -i -X OPTIONS \(base)/users/7 -H 'Origin: https://app.example.com' \\
                   -H 'Access-Control-Request-Method: PUT'  # 204, a preflight

            Refused attempts are recorded below, one JSON object a line. Ctrl-C ends the demo.

            """,
            to: STDERR_FILENO
        )
    }

    private static func policyFolder() throws -> String {
        var template = Array("/tmp/methodwall-demo-XXXXXX".utf8CString)
        guard
            let made = unsafe template.withUnsafeMutableBufferPointer({ buffer in
                unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }
                    .map { unsafe String(cString: $0) }
            })
        else { throw CommandFailure.unusable("no folder can be made in /tmp") }
        let path = "\(made)/demo.yaml"
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { throw CommandFailure.unusable("\(path) cannot be written") }
        defer { close(descriptor) }
        Terminal.write(demoPolicyText, to: descriptor)
        return made
    }

    private static func remove(_ folder: String) {
        _ = unsafe unlink("\(folder)/demo.yaml")
        _ = unsafe rmdir(folder)
    }
}
