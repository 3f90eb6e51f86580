import Foundation
import Locking
import TestKit
import Testing

@Suite("A log that cannot keep up (B-64)", .serialized, .blocking)
struct LogOverflowTests {
    /// More than the writer's queue (8 MiB) and a pipe hold, at about 2.5 KiB a line.
    static let attemptsMax = 6000
    static let burst = 20

    private func gateway(
        _ pipe: LogPipe,
        overflow: String,
        log: String = "refusals"
    ) throws -> RunningGateway {
        let other = log == "refusals" ? "" : "refusals: ./refusals.log, "
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                upstreams:
                  legacy: http://127.0.0.1:\(origin.port)
                policies: policies/
                log: { \(other)\(log): "\(pipe.path)", overflow: \(overflow) }
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: legacy\npaths:\n  /status: GET\n",
            keeping: origin
        )
    }

    /// Requests that are refused, each with a path of its own: nothing folds.
    private func refused(_ numbers: Range<Int>) -> String {
        let padding = String(repeating: "x", count: 2000)
        return numbers.map { request("GET", "/refused/\($0)/\(padding)") }.joined()
    }

    /// Sends bursts of refused requests until they are not answered any more, or all are.
    private func flood(_ client: RawClient) throws -> (sent: Int, answered: Int) {
        var (sent, answered) = (0, 0)
        while sent < Self.attemptsMax {
            try client.send(refused(sent..<(sent + Self.burst)))
            sent += Self.burst
            while answered < sent {
                if client.staysSilent(for: .seconds(2)) { return (sent, answered) }
                try read(client, count: 1)
                answered += 1
            }
        }
        return (sent, answered)
    }

    /// Reads answers to refused requests.
    private func read(_ client: RawClient, count: Int) throws {
        for _ in 0..<count {
            let status = try client.readResponse(within: .seconds(30)).status
            guard status == 404 else { throw WireError.malformed("status \(status)") }
        }
    }

    /// The numbers in the paths of the lines, sorted.
    private func numbers(_ entries: [LogEntry]) -> [Int] {
        entries.compactMap { entry in
            guard let parts = entry.path?.split(separator: "/"), parts.count > 1 else { return nil }
            return Int(parts[1])
        }.sorted()
    }

    @Test(
        "overflow: wait holds requests until the log has room, and loses none",
        arguments: ["refusals", "access"]
    )
    func waitsForTheLog(_ log: String) throws {
        let pipe = try LogPipe()
        defer { pipe.finish() }
        let gateway = try gateway(pipe, overflow: "wait", log: log)
        let client = try gateway.connect()
        let (sent, answered) = try flood(client)
        #expect(answered < sent, "all of \(sent) were answered")
        // More than the queue holds was never written, and less than it holds never waited.
        #expect(answered > 1000)
        // Whoever else comes waits too, for what is refused cannot be known before.
        let other = try gateway.connect()
        try other.send(request("GET", "/status"))
        #expect(other.staysSilent(for: .milliseconds(500)))
        #expect(gateway.process.isRunning)

        pipe.startReading()
        try read(client, count: sent - answered)
        #expect(try other.readResponse(within: .seconds(30)).status == 200)
        // The hold is over for good.
        try client.send(refused(sent..<(sent + Self.burst)))
        try read(client, count: Self.burst)
        #expect(try client.exchange(request("GET", "/status")).status == 200)

        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        pipe.finish()
        // What was allowed has a line in the access log alone.
        let all = pipe.entries()
        let entries = all.filter { $0.path != "/status" }
        #expect(all.count - entries.count == (log == "access" ? 2 : 0))
        #expect(entries.allSatisfy { $0.attempts == 1 })
        #expect(numbers(entries) == Array(0..<(sent + Self.burst)))
        #expect(entries.count == sent + Self.burst)
    }

    @Test("overflow: drop answers on, and the log says how many lines and attempts it lacks")
    func countsLostLines() throws {
        let pipe = try LogPipe()
        defer { pipe.finish() }
        let gateway = try gateway(pipe, overflow: "drop")
        let client = try gateway.connect()
        let (sent, answered) = try flood(client)
        #expect(sent == Self.attemptsMax)
        #expect(answered == sent)
        #expect(try client.exchange(request("GET", "/status")).status == 200)

        pipe.startReading()
        let isTold = eventually(within: .seconds(20), every: .milliseconds(50)) {
            pipe.text.contains("log_lines_lost")
        }
        #expect(isTold)
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        pipe.finish()
        let entries = pipe.entries()
        let told = entries.filter { $0["methodwall.event"] == "log_lines_lost" }
        let lines = told.reduce(0) { $0 + ($1.keys["methodwall.lost"] as? Int ?? 0) }
        let attempts = told.reduce(0) { $0 + ($1.keys["methodwall.lost_attempts"] as? Int ?? 0) }
        #expect(attempts > 0)
        // Every attempt had a line of its own.
        #expect(lines == attempts)
        #expect(entries.reduce(0) { $0 + $1.attempts } + attempts == sent)
        let written = numbers(entries)
        #expect(Set(written).count == written.count, "a line was written twice")
        #expect(written.count + attempts == sent)
        // What came first is what was kept.
        #expect(written.first == 0)
    }
}

/// A named pipe that stays open, and is read only when the test says so.
final class LogPipe: Sendable {
    private struct State {
        var octets: [UInt8] = []
        var isFinished = false
    }

    let path: String
    private let folder: TemporaryFolder
    private let descriptor: Int32
    private let state = Lock(State())

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("log.pipe")
        guard mkfifo(path, 0o600) == 0 else { throw WireError.system("mkfifo", errno) }
        // Open for writing as well: reading never comes to an end by itself.
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw WireError.system("open", errno) }
    }

    deinit { close(descriptor) }

    /// What was read so far.
    var text: String {
        state.withLock { String(decoding: $0.octets, as: UTF8.self) }
    }

    /// The lines that were read so far.
    func entries() -> [LogEntry] {
        LogEntry.entries(text, sourceLocation: #_sourceLocation)
    }

    /// Reads what comes, on a thread of its own, until `finish`.
    func startReading() {
        Thread.detachNewThread { [self] in
            while step() { pause(.milliseconds(1)) }
        }
    }

    /// Reads what there is; false when there is no more to do.
    private func step() -> Bool {
        state.withLock { state in
            readAll(into: &state.octets)
            return !state.isFinished
        }
    }

    /// Reads what is left and ends the thread.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            readAll(into: &state.octets)
        }
    }

    private func readAll(into octets: inout [UInt8]) {
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { return }
            octets += piece[..<count]
        }
    }
}
