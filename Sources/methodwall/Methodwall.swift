import ArgumentParser
import Curl
import Glibc

/// The program: one subcommand each for running, checking, explaining and trying out.
@main
struct Methodwall: AsyncParsableCommand {
    /// The version of methodwall.
    static let version = "0.1.0"

    /// What `--version` prints.
    private static var versionText: String {
        let lines = ["\(version) (libcurl \(CurlVersion.text), \(CurlVersion.tls))"]
        return (lines + [KnownFaults.warning].compactMap(\.self)).joined(separator: "\n")
    }

    static let configuration = CommandConfiguration(
        commandName: "methodwall",
        abstract: "A reverse proxy that knows which HTTP methods each path accepts.",
        discussion: """
            Exit codes: 0 fine, 1 invalid or refused, 2 usage or I/O.
            """,
        version: versionText,
        subcommands: [
            RunCommand.self, CheckCommand.self, ExplainCommand.self, DiffCommand.self,
            SchemaCommand.self, DemoCommand.self,
        ]
    )

    static func main() async {
        // A client or a log reader that goes away is an error of one write, not the end of us.
        _ = signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { Terminal.write(failure.message, to: STDERR_FILENO) }
            Glibc.exit(failure.code)
        } catch {
            let code = exitCode(for: error)
            let isHelp = code == .success
            Terminal.write(fullMessage(for: error), to: isHelp ? STDOUT_FILENO : STDERR_FILENO)
            // The parser's own code for misuse is 64; ours is 2 for everything of that kind.
            Glibc.exit(isHelp ? 0 : code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

/// The end of a command that did not work out: one message, and the exit code.
struct CommandFailure: Error {
    let code: Int32
    let message: String

    /// Something is invalid, or was refused.
    static func invalid(_ message: String) -> CommandFailure {
        CommandFailure(code: 1, message: message)
    }

    /// The command was used wrongly, or something could not be read, written or had.
    static func unusable(_ message: String) -> CommandFailure {
        CommandFailure(code: 2, message: "methodwall: \(message)")
    }
}

/// Whole lines to a terminal or a pipe, unbuffered.
enum Terminal {
    static func write(_ text: String, to descriptor: Int32) {
        var line = Array(text.utf8)
        if line.last != 0x0A { line.append(0x0A) }
        var start = 0
        while start < line.count {
            let count = unsafe line[start...].withUnsafeBytes { octets in
                unsafe Glibc.write(descriptor, octets.baseAddress, octets.count)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            start += count
        }
    }
}
