import Foundation
import Locking
import TestKit
import Testing

/// Where a gateway is reached.
private struct Doors: Sendable {
    let port, systemdPort: Int
    let unixPath: String

    /// Checks that each socket has somebody behind it who serves.
    ///
    /// Each request has a connection of its own: one that is idle may be closed.
    func expectService() throws {
        for (method, status) in [("GET", 200), ("DELETE", 405)] {
            let clients = try [
                RawClient(port: port), RawClient(unixPath: unixPath), RawClient(port: systemdPort),
            ]
            for client in clients {
                #expect(try client.exchange(request(method, "/")).status == status)
            }
        }
    }

    /// What goes wrong with the requests of four clients while something happens.
    func faults(while happens: () throws -> Void) throws -> [String] {
        let faults = Lock<[String]>([])
        let isOver = Lock(false)
        let clients = Lock(4)
        for _ in 0..<clients.withLock(\.self) {
            Thread.detachNewThread {
                do {
                    while !isOver.withLock(\.self) { try expectService() }
                } catch {
                    faults.withLock { $0.append("\(error)") }
                }
                clients.withLock { $0 -= 1 }
            }
        }
        defer {
            isOver.withLock { $0 = true }
            #expect(eventually(within: .seconds(20)) { clients.withLock(\.self) == 0 })
        }
        try happens()
        return faults.withLock(\.self)
    }
}

/// A gateway on a TCP port, a unix-domain socket and a socket as systemd passes it.
///
/// What its process starts ends with it: the successor is in its process group.
private final class HandoverSite {
    let process: ChildProcess
    private let manager: NotifySocket
    private let folder: TemporaryFolder
    private let origin: RawOrigin
    let doors: Doors

    init() throws {
        manager = try NotifySocket()
        folder = try TemporaryFolder()
        origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try folder.write("methodwall: 1\nupstream: app\npaths:\n  /**: GET\n", to: "p/p.yaml")
        let file = folder.path("methodwall.yaml")
        try Self.configure(folder, origin, port: 0)
        let passed = try SystemdSocket(
            "web",
            ["run", "--config", file],
            environment: ["NOTIFY_SOCKET": manager.path],
            folder: folder.path
        )
        process = passed.process
        doors = Doors(
            port: try RunningGateway.port(of: process),
            systemdPort: passed.port,
            unixPath: folder.path("web.sock")
        )
        #expect(try manager.nextState() == "READY=1")
    }

    /// Writes the configuration file that the next successor starts with.
    ///
    /// - Parameter mistake: a line that no process starts with.
    /// - Throws: an error if it cannot be written.
    func configure(mistake: String = "") throws {
        try Self.configure(folder, origin, port: doors.port, mistake: mistake)
    }

    /// Waits until the service manager is told of another process.
    func nextMainProcess() throws -> Int32 {
        let mark = "MAINPID="
        for _ in 0..<8 {
            let state = try manager.nextState()
            guard state.hasPrefix(mark) else { continue }
            return try #require(Int32(state.dropFirst(mark.count)))
        }
        throw WireError.deadline("a MAINPID")
    }

    private static func configure(
        _ folder: TemporaryFolder,
        _ origin: RawOrigin,
        port: Int,
        mistake: String = ""
    ) throws {
        let configuration = """
            listen: ["127.0.0.1:\(port)", "unix:\(folder.path("web.sock"))", "systemd:web"]
            workers: 2
            upstreams: { app: "http://127.0.0.1:\(origin.port)" }
            policies: p/
            \(mistake)
            """
        try folder.write(configuration, to: "methodwall.yaml")
    }

    /// Whether the first process has ended.
    ///
    /// Looks without reaping it, with which its successor would end as well.
    var hasFirstEnded: Bool {
        let stat = try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
        return stat?.contains(") Z ") ?? true
    }
}

/// A successor takes over the listening sockets (SIGUSR2), or does not.
@Suite("Handing over to a successor", .blocking, .timeLimit(.minutes(5)))
struct HandoverTests {
    @Test("A successor that cannot start leaves the process serving, and the next one takes over")
    func survivesFailedSuccessors() throws {
        let site = try HandoverSite()
        try site.configure(mistake: "rubbish: 1")
        site.process.signal(SIGUSR2)
        let line = try site.process.waitForLine(
            .standardError,
            containing: "the successor did not start; this process goes on"
        )
        #expect(line.contains("exit code 1"))
        #expect(site.process.text(.standardError).contains("rubbish"))
        try site.doors.expectService()

        try site.configure()
        site.process.signal(SIGUSR2)
        let successor = try site.nextMainProcess()
        #expect(successor != site.process.pid)
        #expect(eventually(within: .seconds(20)) { site.hasFirstEnded })
        for _ in 0..<4 { try site.doors.expectService() }
        #expect(kill(successor, SIGTERM) == 0)
        #expect(try site.process.wait() == 0)
    }

    @Test(
        "No connection is refused while a successor takes over, on any kind of socket",
        .enabled(if: !Programs.isDebug, "SwiftNIO's debug builds stop where sockets are shared")
    )
    func refusesNobody() throws {
        for _ in 0..<10 {
            let site = try HandoverSite()
            try site.configure()
            let faults = try site.doors.faults {
                site.process.signal(SIGUSR2)
                _ = try site.nextMainProcess()
                #expect(eventually(within: .seconds(20)) { site.hasFirstEnded })
            }
            #expect(faults == [])
            try site.doors.expectService()
            #expect(try site.process.wait() == 0)
        }
    }
}
