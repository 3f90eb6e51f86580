import Foundation
import Testing

@testable import Gateway

/// A log over a file, driven by hand.
private struct LogRun: ~Copyable {
    let folder: LogTestFolder
    let writer: LogWriter
    var log: RefusalLog

    init(_ options: RefusalLogOptions = RefusalLogOptions()) throws {
        let folder = try LogTestFolder()
        let writer = try LogWriter(to: .file(path: folder.file("log"))) { Issue.record("\($0)") }
        self.folder = folder
        self.writer = writer
        log = RefusalLog(writer: writer, options: options)
    }

    consuming func lines(at now: LogInstant) throws -> [ParsedLine] {
        log.finish(at: now)
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        let lines = try ParsedLine.all(in: folder.contents("log"))
        #expect(counts.linesWritten == UInt64(lines.count))
        #expect(counts.attemptsWritten == UInt64(lines.reduce(0) { $0 + $1.attempts }))
        return lines
    }
}

@Suite("Folding of identical refusals (B-64)")
struct FoldAccountingTests {
    @Test("the first is written at once, the rest as one line when the second is over")
    func foldsIdenticalAttempts() throws {
        var run = try LogRun()
        for offset in 0..<10 as Range<Int64> {
            var attempt = SampleAttempt()
            attempt.requestID = Array("r-\(offset)".utf8)
            attempt.clientPort = 1000 + UInt16(offset)
            attempt.userAgent = Array("agent \(offset)".utf8)
            attempt.record(in: &run.log, at: .at(offset * 10))
        }
        let before = run.log.nextDeadline
        #expect(before == 100)
        run.log.advance(to: .at(100))
        let after = run.log.nextDeadline
        #expect(after == 1000)
        run.log.advance(to: .at(999))
        run.log.advance(to: .at(1000))
        let lines = try run.lines(at: .at(1001))
        #expect(lines.map { $0.attempts } == [1, 9])
        // The second line is the last attempt, whole.
        #expect(lines.last?.text(LogKey.requestID) == "r-9")
        #expect(lines.last?.text(LogKey.userAgent) == "agent 9")
        #expect(lines.last?.number(LogKey.clientPort) == 1009)
        #expect(lines.last?.number(LogKey.repeated) == 8)
        #expect(lines.last?.text(LogKey.timestamp) == "2023-11-14T22:13:20.090Z")
        #expect(lines.last?.text(LogKey.policy) == "shop")
        #expect(lines.last?.text(LogKey.path) == "/users")
    }

    @Test("a flood that goes on costs one line a second")
    func writesOneLineASecond() throws {
        var run = try LogRun()
        for offset in 0..<10_000 as Range<Int64> {
            SampleAttempt().record(in: &run.log, at: .at(offset))
        }
        let lines = try run.lines(at: .at(10_000))
        #expect(lines.count == 11)
        #expect(lines.reduce(0) { $0 + $1.attempts } == 10_000)
    }

    @Test("after a quiet second the next attempt is written at once again")
    func forgetsAfterAQuietWindow() throws {
        var run = try LogRun()
        SampleAttempt().record(in: &run.log, at: .at(0))
        SampleAttempt().record(in: &run.log, at: .at(1000))
        let isFirstAgain = run.log.nextDeadline
        #expect(isFirstAgain == 100)
        let lines = try run.lines(at: .at(1001))
        #expect(
            lines.map { $0.text(LogKey.timestamp) } == [
                "2023-11-14T22:13:20.000Z", "2023-11-14T22:13:21.000Z",
            ]
        )
    }

    @Test("an attempt that differs in what identifies it is never folded into another")
    func tellsDifferentAttemptsApart() throws {
        let base = SampleAttempt()
        var variants = [base]
        func add(_ change: (inout SampleAttempt) -> Void) {
            var variant = base
            change(&variant)
            variants.append(variant)
        }
        add { $0.method = Array("PUT".utf8) }
        add { $0.path = Array("/users/".utf8) }
        add { $0.host = Array("other.example.com".utf8) }
        add { $0.clientAddress = Array("192.0.2.8".utf8) }
        add { $0.status = 501 }
        add { $0.reason = "unknown_method" }
        add { $0.detail = "bare_lf" }
        add { $0.decision = .wouldRefuse }
        // The same octets, parted elsewhere.
        add { ($0.method, $0.path) = (Array("DELETE/".utf8), Array("users".utf8)) }
        add { ($0.path, $0.host) = (Array("/userss".utf8), Array("hop.example.com".utf8)) }
        var run = try LogRun()
        for variant in variants + variants {
            variant.record(in: &run.log, at: .at(1))
        }
        let other = RefusalContext(policy: "other", rule: "/users")
        base.withAttempt(context: other) { run.log.record($0, at: .at(2)) }
        let lines = try run.lines(at: .at(3))
        // Each variant: a line now and one at the end; the other rule: its own.
        #expect(lines.count == 2 * variants.count + 1)
        #expect(lines.allSatisfy { $0.number(LogKey.repeated) == nil })
    }

    @Test("the query tells attempts apart only where lines show it", arguments: [false, true])
    func comparesTheQueryIfShown(includesQuery: Bool) throws {
        var options = RefusalLogOptions()
        options.includesQuery = includesQuery
        var run = try LogRun(options)
        for number in 0..<4 {
            var attempt = SampleAttempt()
            attempt.query = Array("n=\(number)".utf8)
            attempt.record(in: &run.log, at: .at(0))
        }
        let lines = try run.lines(at: .at(1))
        #expect(lines.count == (includesQuery ? 4 : 2))
        #expect(lines.compactMap { $0.text(LogKey.query) }.count == (includesQuery ? 4 : 0))
    }

    @Test("a folded line cuts and marks the User-Agent as its own line would have")
    func keepsTheMarkOfACutUserAgent() throws {
        for count in [255, 256, 257, 300, 5000] {
            var run = try LogRun()
            var attempt = SampleAttempt()
            attempt.userAgent = Array(String(repeating: "a", count: 254).utf8)
            attempt.userAgent += Array(String(repeating: "\u{20AC}", count: count - 254).utf8)
            attempt.record(in: &run.log, at: .at(0))
            attempt.record(in: &run.log, at: .at(0))
            let lines = try run.lines(at: .at(1))
            #expect(lines.count == 2)
            #expect(lines[0].text(LogKey.userAgent) == lines[1].text(LogKey.userAgent))
            #expect(lines[0].texts(LogKey.truncated) == lines[1].texts(LogKey.truncated))
            #expect(lines[0].texts(LogKey.truncated) == ["user_agent.original"])
        }
    }

    @Test("an identity beyond its bound gets a line for every attempt")
    func doesNotFoldLongIdentities() throws {
        var run = try LogRun()
        var attempt = SampleAttempt()
        let rest = attempt.clientAddress.count + attempt.method.count + attempt.host.count
        attempt.path = [UInt8](repeating: 0x61, count: FoldEntry.identityBytesMax - rest)
        var longer = attempt
        longer.path.append(0x61)
        for _ in 0..<5 {
            attempt.record(in: &run.log, at: .at(0))
            longer.record(in: &run.log, at: .at(0))
        }
        let lines = try run.lines(at: .at(1))
        #expect(lines.map { $0.attempts }.sorted() == [1, 1, 1, 1, 1, 1, 4])
    }

    @Test("a full table writes what it cannot count", arguments: [0, 1, 4])
    func survivesAFullTable(entriesMax: Int) throws {
        var options = RefusalLogOptions()
        options.foldEntriesMax = entriesMax
        var run = try LogRun(options)
        for round in 0..<3 {
            for number in 0..<10 {
                var attempt = SampleAttempt()
                attempt.path = Array("/\(number)".utf8)
                attempt.requestID = Array("\(round)".utf8)
                attempt.record(in: &run.log, at: .at(0))
            }
        }
        let lines = try run.lines(at: .at(1))
        #expect(lines.reduce(0) { $0 + $1.attempts } == 30)
        // Folded ones have two lines for three attempts, the others three.
        #expect(lines.count == entriesMax * 2 + (10 - entriesMax) * 3)
    }

    /// A fold table that anyone can check by reading: a list in the order of window ends.
    private struct NaiveTable {
        var open: [(number: Int, endsAt: Int64, unwritten: UInt64)] = []

        mutating func endWindows(by now: Int64) -> [String] {
            var written: [String] = []
            while let oldest = open.first, oldest.endsAt <= now {
                open.removeFirst()
                if oldest.unwritten > 0 {
                    written.append("\(oldest.number)x\(oldest.unwritten)")
                    open.append((oldest.number, now + 10, 0))
                }
            }
            return written
        }

        mutating func note(_ number: Int, at now: Int64) -> FoldTable.Outcome {
            if let index = open.firstIndex(where: { $0.number == number }) {
                open[index].unwritten += 1
                return .folded
            }
            if open.count < 8 {
                open.append((number, now + 10, 0))
            }
            return .needsLine
        }
    }

    @Test(
        "the table does what a naive list does, however many entries share a bucket",
        arguments: [1, 2, 2048],
        [21, 22] as [UInt64]
    )
    func agreesWithNaiveList(bucketCount: Int, seed: UInt64) {
        var table = FoldTable(
            entriesMax: 8,
            windowMilliseconds: 10,
            withQuery: false,
            bucketCount: bucketCount
        )
        var naive = NaiveTable()
        var generator = LogTestGenerator(seed: seed)
        var folded = 0
        var now: Int64 = 0
        for _ in 0..<5000 {
            now += Int64.random(in: 0...3, using: &generator)
            var written: [String] = []
            while table.endOldestWindow(
                by: now,
                write: { entry in
                    entry.withLatestAttempt {
                        let path = String(copying: $0.request.path)
                        written.append("\(path)x\(entry.unwritten)")
                    }
                }
            ) {}
            #expect(written == naive.endWindows(by: now), "seed \(seed)")
            let number = Int.random(in: 0..<12, using: &generator)
            var attempt = SampleAttempt()
            attempt.path = Array("\(number)".utf8)
            let outcome = attempt.withAttempt { table.note($0, at: .at(now)) }
            #expect(outcome == naive.note(number, at: now), "seed \(seed)")
            folded += outcome == .folded ? 1 : 0
            #expect(table.nextExpiry == naive.open.first?.endsAt, "seed \(seed)")
        }
        #expect(folded > 500 && folded < 4500, "the sequence tests nothing; seed \(seed)")
        while table.endOldestWindow(by: Int64.max, write: { _ in }) {}
        #expect(table.nextExpiry == nil)
    }

    @Test(
        "lines and the sum of repeated make every attempt, for every client and path",
        arguments: [1, 2, 3, 4] as [UInt64],
        [1024, 20]
    )
    func accountsForEveryAttempt(seed: UInt64, entriesMax: Int) throws {
        var generator = LogTestGenerator(seed: seed)
        var options = RefusalLogOptions()
        options.foldEntriesMax = entriesMax
        var run = try LogRun(options)
        var sent: [String: Int] = [:]
        var now: Int64 = 0
        for _ in 0..<8000 {
            now += Int64.random(in: 0...30, using: &generator)
            if Int.random(in: 0..<50, using: &generator) == 0 {
                now += Int64.random(in: 0...3000, using: &generator)
            }
            // A loop that is late: some deadlines pass without a call.
            if Bool.random(using: &generator) {
                run.log.advance(to: .at(now))
            }
            var attempt = SampleAttempt()
            let client = Int.random(in: 0..<5, using: &generator)
            let path = Int.random(in: 0..<10, using: &generator)
            attempt.clientAddress = Array("192.0.2.\(client)".utf8)
            attempt.path = Array("/\(path)".utf8)
            attempt.record(in: &run.log, at: .at(now))
            sent["192.0.2.\(client) /\(path)", default: 0] += 1
        }
        var logged: [String: Int] = [:]
        let lines = try run.lines(at: .at(now))
        for line in lines {
            let client = try #require(line.text(LogKey.clientAddress))
            let path = try #require(line.text(LogKey.path))
            logged["\(client) \(path)", default: 0] += line.attempts
        }
        #expect(logged == sent, "seed \(seed)")
        #expect(lines.count < 8000, "nothing was folded; seed \(seed)")
    }
}
