import Foundation
import Locking
import TestKit
import Testing

@Suite("The log of refused attempts (B-63 B-64 B-65)", .blocking)
struct RefusalLogTests {
    @Test("Every refused attempt of a counted run is in the log exactly once or folded")
    func accountsForEveryAttempt() throws {
        let fixture = try Fixture.echoing(arguments: ["--workers", "2"])
        let gateway = fixture.gateway
        // A sanitizer makes everything an order of magnitude slower.
        let isSlow = ProcessInfo.processInfo.environment["METHODWALL_SANITIZER"] != nil
        let perThread = isSlow ? 200 : 2000
        let counts = Counts()
        let threads = 4
        for thread in 0..<threads {
            let port = gateway.port
            Thread.detachNewThread {
                counts.record(Result { try Self.flood(port, thread: thread, count: perThread) })
            }
        }
        #expect(eventually(within: .seconds(60)) { counts.finished == threads })
        #expect(counts.failures.isEmpty, "\(counts.failures)")
        // Draining flushes the log, the folded counts included.
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        let entries = gateway.logEntries()
        let refusals = entries.filter { $0.status == 405 }
        #expect(refusals.reduce(0) { $0 + $1.attempts } == threads * perThread / 2)
        let unknown = entries.filter { $0.status == 501 }
        #expect(unknown.reduce(0) { $0 + $1.attempts } == threads * perThread / 2)
        #expect(entries.count < threads * perThread, "nothing was folded")
        #expect(!entries.contains { $0["methodwall.event"] == "log_lines_lost" })
    }

    /// Sends pipelined refused requests: half identical ones, half with methods of their own.
    private static func flood(_ port: Int, thread: Int, count: Int) throws {
        let client = try RawClient(port: port)
        for batch in 0..<(count / 20) {
            let texts = (0..<20).map { number in
                number % 2 == 0
                    ? request("DELETE", "/status")
                    : request("X\(thread)-\(batch)-\(number)", "/status")
            }
            try client.send(texts.joined())
            for number in 0..<20 {
                let status = try client.readResponse().status
                guard status == (number % 2 == 0 ? 405 : 501) else {
                    throw WireError.malformed("status \(status)")
                }
            }
        }
    }

    @Test("A line says what, where, who and why")
    func carriesTheKeys() throws {
        let gateway = try Fixture.echoing().gateway
        _ = try gateway.exchange(
            request(
                "DELETE",
                "/users?token=secret",
                ["User-Agent: test/1", "Authorization: Bearer hush", "Cookie: c=hush"]
            )
        )
        let entry = try gateway.waitForLogEntry { $0.method == "DELETE" }
        #expect(entry.path == "/users")
        #expect(entry.status == 405)
        #expect(entry["client.address"] == "127.0.0.1")
        #expect(entry["user_agent.original"] == "test/1")
        #expect(entry["server.address"]?.hasPrefix("shop.test") == true)
        #expect(entry["methodwall.decision"] == "refused")
        #expect(entry.reason == "method_not_allowed")
        #expect(entry["methodwall.policy"] == "shop")
        #expect(entry["methodwall.rule"] == "/users")
        #expect(entry["methodwall.rule_at"]?.hasSuffix("shop.yaml:6") == true)
        #expect(entry["methodwall.allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(entry["methodwall.policy_version"] != nil)
        #expect(entry["methodwall.request_id"] != nil)
        #expect(entry["timestamp"] != nil)
        // Neither the query nor credentials (B-65).
        #expect(!entry.line.contains("secret") && !entry.line.contains("hush"))
    }

    @Test("An allowed request leaves no line")
    func leavesAllowedRequestsOut() throws {
        let gateway = try Fixture.echoing().gateway
        #expect(try gateway.exchange(request("GET", "/status")).status == 200)
        #expect(try gateway.exchange(request("OPTIONS", "/status")).status == 204)
        #expect(try gateway.exchange(request("DELETE", "/status")).status == 405)
        _ = try gateway.waitForLogEntry { $0.method == "DELETE" }
        #expect(gateway.logEntries().count == 1)
    }

    /// Octets that would break a careless log, in each place where a client can put them.
    static let hostile: [[UInt8]] = [
        Array("DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: \"}{\\\",\\\\\r\n\r\n".utf8),
        Array(
            "DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: \u{202e}\u{2028}\u{9b}31m\r\n\r\n"
                .utf8
        ),
        Array("DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: ".utf8)
            + [0x9b, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80] + Array("\r\n\r\n".utf8),
        Array("DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: \u{1b}[2J\u{7}\r\n\r\n".utf8),
        Array("DELETE /users HTTP/1.1\r\nHost: a\"b\r\n\r\n".utf8),
        Array("!#$%&'*+-.^_`|~ /users HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("\"}\u{1b} /users HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /\"\\\u{1b}\0\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /".utf8) + [0x9b, 0xe2, 0x80, 0xae, 0xff]
            + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /%0d%0a%22%7d HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /nl\n{\"fake\":1}\n HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /users HTTP/1.1\r\nHost: a\r\nUser-Agent: ".utf8)
            + [UInt8](repeating: 0x55, count: 5000) + Array("\r\n\r\n".utf8),
        [UInt8](repeating: 0x4d, count: 60) + Array(" /users HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        Array("DELETE /".utf8) + [UInt8](repeating: 0x70, count: 7000)
            + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
    ]

    @Test("Hostile octets leave each line valid JSON on one line (B-63)")
    func escapesHostileOctets() throws {
        let gateway = try Fixture.echoing().gateway
        for octets in Self.hostile {
            let client = try gateway.connect()
            try client.send(octets)
            #expect(try client.readResponse().status >= 400)
        }
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait() == 0)
        let log = gateway.process.octets(.standardOutput)
        // Parsing each line records an issue for whatever is not one JSON object.
        let entries = gateway.logEntries()
        #expect(entries.reduce(0) { $0 + $1.attempts } == Self.hostile.count)
        #expect(!entries.contains { $0["fake"] != nil })
        #expect(!log.contains { $0 < 0x20 && $0 != 10 || $0 == 0x7f })
        let text = String(decoding: log, as: UTF8.self)
        #expect(!text.unicodeScalars.contains { 0x80...0x9f ~= $0.value })
        #expect(
            !text.unicodeScalars.contains { "\u{202e}\u{2028}\u{2029}".unicodeScalars.contains($0) }
        )
        #expect(!entries.contains { ($0["user_agent.original"]?.utf8.count ?? 0) > 2048 })
        #expect(!entries.contains { ($0.method?.utf8.count ?? 0) > 256 })
    }

    @Test("A log file is appended to, and opened anew on SIGUSR1")
    func reopensTheLogFile() throws {
        let folder = try TemporaryFolder()
        let log = folder.path("refusals.log")
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try RunningGateway(
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--log", log],
            folder: folder
        )
        #expect(try gateway.exchange(request("DELETE", "/status")).status == 405)
        #expect(eventually { (try? folder.read("refusals.log").contains("/status")) == true })
        #expect(rename(log, folder.path("refusals.log.1")) == 0)
        gateway.process.signal(SIGUSR1)
        #expect(eventually { FileManager.default.fileExists(atPath: log) })
        #expect(try gateway.exchange(request("DELETE", "/assets/x")).status == 405)
        #expect(eventually { (try? folder.read("refusals.log").contains("/assets/x")) == true })
        #expect(!(try folder.read("refusals.log.1").contains("/assets/x")))
    }

    @Test("A log that nobody reads does not stop the gateway; lost lines are counted (B-64)")
    func neverBlocksOnTheLog() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path("log.pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        // Keeps the pipe open for reading without reading it.
        let reader = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try RunningGateway(
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--log", pipe],
            folder: folder
        )
        let client = try gateway.connect()
        for number in 0..<3000 {
            #expect(try client.exchange(request("X\(number)", "/status")).status == 501)
        }
        #expect(try client.exchange(request("GET", "/status")).status == 200)
    }
}

/// Counts threads that came to their end, and what failed in them.
private final class Counts: Sendable {
    private let state = Lock<(finished: Int, failures: [String])>((0, []))

    var finished: Int { state.withLock(\.finished) }
    var failures: [String] { state.withLock(\.failures) }

    func record(_ result: Result<Void, any Error>) {
        state.withLock { state in
            state.finished += 1
            if case .failure(let error) = result { state.failures.append("\(error)") }
        }
    }
}
