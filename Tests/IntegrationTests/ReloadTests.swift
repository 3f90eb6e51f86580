import Foundation
import Locking
import Synchronization
import TestKit
import Testing

/// `METHODWALL_RELOAD_SECONDS` sets the time; the release stage of `Tests/run.sh` uses 30.
@Suite("Reload (F-05 F-06 F-08 F-10)", .serialized, .blocking)
struct ReloadTests {
    static let seconds =
        ProcessInfo.processInfo.environment["METHODWALL_RELOAD_SECONDS"].flatMap { Int($0) } ?? 8
    /// A hundred in the thirty seconds of the full run.
    static let reloads = max(20, seconds * 100 / 30)

    /// A valid policy whose last line every request of the load needs.
    static func policy(_ generation: Int) -> String {
        let padding = (0..<50).map { "  /padding/\($0): GET" }.joined(separator: "\n")
        return """
            methodwall: 1
            policy: generation-\(generation)
            paths:
              /generation/\(generation): GET
            \(padding)
              /status: GET

            """
    }

    /// Waits until a policy is in force on every worker: they take it one after the other, so many
    /// connections in a row must find it.
    private func waitForGeneration(_ generation: Int, _ gateway: RunningGateway) throws -> Bool {
        try eventually(within: .seconds(15), every: .milliseconds(20)) {
            try (0..<20).allSatisfy { _ in
                try gateway.exchange(request("GET", "/generation/\(generation)")).status == 200
            }
        }
    }

    @Test("Reloads under load fail no request; a broken policy keeps the old one and says why")
    func survivesReloadsUnderLoad() throws {
        let fixture = try Fixture.echoing(policy: Self.policy(0), arguments: ["--workers", "2"])
        let gateway = fixture.gateway
        let files = try ConfigMap(gateway.folder, first: Self.policy(0))
        let load = Load(port: gateway.port, threads: 3)
        let end = Deadline(after: .seconds(Self.seconds))
        var good = 0
        for step in 1...Self.reloads {
            switch step % 5 {
            case 1: try files.swap(to: Self.policy(step))
            case 2: try files.replace(by: Self.policy(step))
            case 3: try files.writeInTwoHalves(Self.policy(step))
            case 4:
                try files.overwrite(with: "methodwall: 1\npaths:\n  /status: GET nonsense<\n")
                gateway.process.signal(SIGHUP)
                let isHeld = try always(for: .milliseconds(150), every: .milliseconds(20)) {
                    try gateway.exchange(request("GET", "/generation/\(good)")).status == 200
                }
                #expect(isHeld, "step \(step): the broken file replaced generation \(good)")
                continue
            default:
                try files.overwrite(with: Self.policy(step))
                gateway.process.signal(SIGHUP)
            }
            #expect(try waitForGeneration(step, gateway), "step \(step) did not come into force")
            good = step
        }
        while !end.hasPassed { pause(.milliseconds(50)) }
        let result = load.stop()
        #expect(result.failures.isEmpty, "\(result.failures.prefix(5))")
        #expect(result.allowed > 100 && result.refused > 100)
        let text = gateway.process.text(.standardError)
        #expect(text.contains("shop.yaml:3:"))
        #expect(text.contains("nonsense<"))
        #expect(gateway.process.isRunning)
    }

    @Test("A deleted policy file keeps the old policy")
    func keepsPolicyWhenFilesVanish() throws {
        let gateway = try Fixture.echoing().gateway
        try FileManager.default.removeItem(atPath: gateway.folder.path("policies/shop.yaml"))
        gateway.process.signal(SIGHUP)
        let isHeld = try always(for: .milliseconds(1500), every: .milliseconds(50)) {
            try gateway.exchange(request("GET", "/status")).status == 200
        }
        #expect(isHeld)
    }

    @Test("A request keeps the policy it began with; running transfers are not disturbed (F-08)")
    func leavesRunningExchangesAlone() throws {
        let fixture = try Fixture(policy: Self.policy(0))
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        try fixture.gateway.folder.write(
            "methodwall: 1\npaths:\n  /other: GET\n",
            to: "policies/shop.yaml"
        )
        let isReloaded = try eventually {
            // PUT, which neither policy forwards: 405 before, 404 after.
            try fixture.gateway.exchange(request("PUT", "/status")).status == 404
        }
        #expect(isReloaded)
        try connection.send("world")
        #expect(try client.readResponse().text == "helloworld")
        // The next request on the same connection is judged by the new policy.
        #expect(try client.exchange(request("GET", "/status")).status == 404)
    }

    @Test("Every log line names the version of the policy that decided")
    func logsThePolicyVersion() throws {
        let gateway = try Fixture.echoing(policy: Self.policy(0)).gateway
        #expect(try gateway.exchange(request("PUT", "/status")).status == 405)
        let before = try gateway.waitForLogEntry { $0.method == "PUT" }
        try gateway.folder.write(Self.policy(1), to: "policies/shop.yaml")
        #expect(try waitForGeneration(1, gateway))
        #expect(try gateway.exchange(request("DELETE", "/status")).status == 405)
        let after = try gateway.waitForLogEntry { $0.method == "DELETE" }
        let versions = [before, after].map { $0["methodwall.policy_version"] }
        #expect(versions[0] != nil && versions[1] != nil && versions[0] != versions[1])
    }
}

/// A folder as Kubernetes lays it out: files are links through `..data`, a link that is swapped.
private final class ConfigMap {
    private let folder: TemporaryFolder
    private var version = 0

    init(_ folder: TemporaryFolder, first: String) throws {
        self.folder = folder
        let file = folder.path("policies/shop.yaml")
        try swap(to: first)
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createSymbolicLink(
            atPath: file,
            withDestinationPath: "..data/shop.yaml"
        )
    }

    private var current: String { "policies/..v\(version)/shop.yaml" }

    /// A new folder, then the link renamed over the old one.
    func swap(to text: String) throws {
        version += 1
        try folder.write(text, to: current)
        let fresh = folder.path("policies/..data_tmp")
        try FileManager.default.createSymbolicLink(
            atPath: fresh,
            withDestinationPath: "..v\(version)"
        )
        guard rename(fresh, folder.path("policies/..data")) == 0 else {
            throw WireError.system("rename", errno)
        }
    }

    /// A new file renamed over the old one, as editors do.
    func replace(by text: String) throws {
        let fresh = try folder.write(text, to: current + ".new")
        guard rename(fresh, folder.path(current)) == 0 else {
            throw WireError.system("rename", errno)
        }
    }

    /// The file's content replaced in place.
    func overwrite(with text: String) throws {
        try folder.write(text, to: current)
    }

    /// The first half, a moment later the rest, as a slow copy does.
    func writeInTwoHalves(_ text: String) throws {
        let lines = text.components(separatedBy: "\n")
        let half = lines.prefix(lines.count / 2).joined(separator: "\n")
        try overwrite(with: half)
        pause(.milliseconds(15))
        let handle = try #require(FileHandle(forWritingAtPath: folder.path(current)))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.dropFirst(half.count).utf8))
        try handle.close()
    }
}

/// Clients that send allowed and refused requests until they are told to stop.
private final class Load: Sendable {
    struct Result {
        var allowed = 0
        var refused = 0
        var failures: [String] = []
        var running = 0
    }

    private let state = Lock(Result())
    private let isStopped = Atomic<Bool>(false)

    init(port: Int, threads: Int) {
        state.withLock { $0.running = threads }
        for _ in 0..<threads {
            Thread.detachNewThread { [self] in
                run(port: port)
                state.withLock { $0.running -= 1 }
            }
        }
    }

    private func run(port: Int) {
        while !isStopped.load(ordering: .relaxed) {
            do {
                let client = try RawClient(port: port)
                for _ in 0..<50 where !isStopped.load(ordering: .relaxed) {
                    try exchange(client, "GET", expecting: 200)
                    try exchange(client, "DELETE", expecting: 405)
                }
            } catch {
                state.withLock { $0.failures.append("\(error)") }
            }
        }
    }

    private func exchange(_ client: RawClient, _ method: String, expecting status: Int) throws {
        let response = try client.exchange(request(method, "/status"))
        state.withLock { state in
            if response.status != status {
                state.failures.append("\(method): \(response.status) \(response.text)")
            } else if status == 200 {
                state.allowed += 1
            } else {
                state.refused += 1
            }
        }
    }

    func stop() -> Result {
        isStopped.store(true, ordering: .relaxed)
        _ = eventually(within: .seconds(20)) { state.withLock(\.running) == 0 }
        return state.withLock { state in
            if state.running > 0 { state.failures.append("a client hangs") }
            return state
        }
    }
}
