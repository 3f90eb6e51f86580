import Foundation
import TestKit
import Testing

@Suite("The limit of open files", .blocking)
struct OpenFilesTests {
    private static let warning = "the limit of open files is lower"

    /// A gateway for that many clients whose limit sh(1) has set.
    private func start(connections: Int, ulimit: String) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                workers: 1
                upstreams: { app: "http://127.0.0.1:9" }
                policies: policies/
                limits: { connections: \(connections) }
                """,
            after: "ulimit \(ulimit)"
        )
    }

    /// The soft and the hard limit of a gateway, as the kernel has them.
    private func limits(of gateway: RunningGateway) throws -> [String] {
        let table = try String(
            contentsOfFile: "/proc/\(gateway.process.pid)/limits",
            encoding: .utf8
        )
        let line = table.split(separator: "\n").first { $0.hasPrefix("Max open files ") }
        let words = try #require(line).split(separator: " ")
        return words.dropFirst(3).prefix(2).map(String.init)
    }

    @Test("The soft limit is raised to the hard one")
    func raisesTheLimit() throws {
        let gateway = try start(connections: 16, ulimit: "-Sn 64")
        let limits = try limits(of: gateway)
        #expect(limits.count == 2)
        #expect(limits.first != "64")
        #expect(limits.first == limits.last)
        #expect(!gateway.process.text(.standardError).contains(Self.warning))
    }

    @Test("A hard limit too low for the configured connections is warned of, in one line")
    func warnsOfLowLimits() throws {
        let gateway = try start(connections: 200, ulimit: "-n 256")
        #expect(try limits(of: gateway) == ["256", "256"])
        let lines = gateway.process.text(.standardError).split(separator: "\n")
        let warnings = lines.filter { $0.contains(Self.warning) }
        #expect(warnings.count == 1, "\(lines)")
        let line = try #require(warnings.first)
        #expect(line.contains(" warning "))
        #expect(line.contains("limit=256") && line.contains("may_need=400"), "\(line)")
    }

    @Test("A hard limit that is just enough is not warned of")
    func acceptsEnough() throws {
        let gateway = try start(connections: 128, ulimit: "-n 256")
        #expect(!gateway.process.text(.standardError).contains(Self.warning))
    }
}
