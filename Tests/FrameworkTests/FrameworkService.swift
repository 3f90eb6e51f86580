import Foundation
import TestKit

/// A service that a test started on a free port, and what it acted on.
final class FrameworkService: Sendable {
    static let actedName = "acted.log"

    let framework: Framework
    let port: Int
    let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts the service and waits until it answers.
    ///
    /// - Parameter framework: what to start.
    /// - Throws: ``MissingPackage``, or an error if it does not answer in time.
    init(_ framework: Framework) throws {
        for package in framework.packages { try MissingPackage.check(package) }
        let folder = try TemporaryFolder()
        let name = framework.serviceFolder
        try FileManager.default.copyItem(
            atPath: "\(Programs.repository())/Tests/FrameworkTests/Services/\(name)",
            toPath: folder.path(name)
        )
        try folder.write("", to: Self.actedName)
        try framework.prepare(folder)
        Self.open(folder)
        let port = try freePort()
        let command = framework.command(in: folder, port: port)
        let process = try ChildProcess(
            command[0],
            Array(command.dropFirst()),
            environment: ["ACTED": folder.path(Self.actedName)]
        )
        let answers = eventually(within: .seconds(60), every: .milliseconds(50)) {
            let client = try? RawClient(port: port)
            let request = "GET /users/0 HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"
            return (try? client?.exchange(request, within: .seconds(30))) != nil
                || !process.isRunning
        }
        guard answers, process.isRunning else {
            throw WireError.deadline(
                "\(framework) to answer: \(process.text(.standardError).suffix(2000))"
            )
        }
        self.framework = framework
        self.folder = folder
        self.port = port
        self.process = process
    }

    deinit { process.stop() }

    /// The methods and paths that the service acted on, in order, such as `DELETE /users/7`.
    var acted: [String] {
        let text = (try? folder.read(Self.actedName)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Whether the service did `effect`: a line of ``acted``, or with mod_dav a file's path.
    func hasDone(_ effect: String) -> Bool {
        guard framework == .dav else { return acted.contains(effect) }
        return FileManager.default.fileExists(atPath: folder.path("content\(effect)"))
    }

    /// Makes the file `/public/{n}` that a MOVE takes away; nothing without mod_dav.
    func makeFile(_ number: Int) throws {
        guard framework == .dav else { return }
        chmod(try folder.write("to be moved\n", to: "content/public/\(number)"), 0o666)
    }

    /// Sends one request on a connection of its own and reads the response.
    func exchange(_ request: String) throws -> RawResponse {
        try RawClient(port: port).exchange(request, within: .seconds(30))
    }

    /// Lets servers that give up root read and write below the folder.
    private static func open(_ folder: TemporaryFolder) {
        let names = FileManager.default.enumerator(atPath: folder.path)
        chmod(folder.path, 0o777)
        while let name = names?.nextObject() as? String { chmod(folder.path(name), 0o777) }
    }
}

/// A Debian package that is not installed.
struct MissingPackage: Error, CustomStringConvertible {
    let name: String

    var description: String {
        "the package \(name) is not installed; Tests/run.sh --frameworks installs it"
    }

    static func check(_ name: String) throws {
        let status = try ChildProcess.run(
            "/usr/bin/dpkg-query",
            ["-W", "-f", "${db:Status-Abbrev}", name]
        )
        guard status.output.hasPrefix("ii") else { throw MissingPackage(name: name) }
    }
}
