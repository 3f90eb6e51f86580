import Foundation
import Locking
import Testing

@testable import Gateway

/// What a writer told of its errors.
final class ErrorNotes: Sendable {
    private let notes = Lock<[String]>([])
    var all: [String] { notes.withLock { $0 } }
    func add(_ note: String) { notes.withLock { $0.append(note) } }
}

/// A pipe whose read end the test empties when it likes.
struct TestPipe {
    let readEnd: Int32
    let writeEnd: Int32

    init(isNonblocking: Bool = false) throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
        if isNonblocking {
            _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
        }
    }

    /// What can be read now.
    func drain() -> [UInt8] {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(readEnd, &part, part.count)
            guard count > 0 else { return all }
            all += part[..<count]
        }
    }

    func close() {
        _ = Glibc.close(readEnd)
        _ = Glibc.close(writeEnd)
    }
}

private func numbers(_ lines: [ParsedLine], of worker: Int = 0) -> [Int] {
    lines.filter { $0.members["worker"] as? Int == worker }
        .compactMap { $0.members["number"] as? Int }
}

/// Hands over numbered lines, one a batch.
private func handOver(
    _ range: Range<Int>,
    of worker: Int = 0,
    padding: Int = 0,
    to writer: LogWriter
) {
    for number in range {
        var batch = LogBatch.numbered(number, of: worker, padding: padding)
        writer.handOver(&batch)
    }
}

@Suite("The writer of the refusal log")
struct LogWriterTests {
    @Test("lines of several workers arrive whole, each worker's in order")
    func keepsTheOrderOfEachWorker() throws {
        let folder = try LogTestFolder()
        let writer = try LogWriter(to: .file(path: folder.file("log"))) { Issue.record("\($0)") }
        let group = DispatchGroup()
        for worker in 0..<4 {
            let thread = Thread {
                var generator = LogTestGenerator(seed: UInt64(worker))
                var batch = LogBatch()
                for number in 0..<3000 {
                    let line = LogBatch.numbered(number, of: worker, padding: number % 200)
                    batch.text.append(line.text.octets)
                    batch.lines += 1
                    batch.attempts += 1
                    if Int.random(in: 0..<4, using: &generator) == 0 {
                        writer.handOver(&batch)
                    }
                }
                writer.handOver(&batch)
                group.leave()
            }
            group.enter()
            thread.start()
        }
        group.wait()
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        let lines = try ParsedLine.all(in: folder.contents("log"))
        for worker in 0..<4 {
            #expect(numbers(lines, of: worker) == Array(0..<3000))
        }
        #expect(counts.linesWritten == 12_000)
        #expect(counts.lost.isEmpty)
        #expect(counts.queuedBytes == 0)
    }

    @Test("a new file may be read by its group and by nobody else, an old one is appended to")
    func createsAndAppends() throws {
        let folder = try LogTestFolder()
        for number in 0..<2 {
            let writer = try LogWriter(to: .file(path: folder.file("log"))) {
                Issue.record("\($0)")
            }
            handOver(number..<(number + 1), to: writer)
            writer.shutdown(withinMilliseconds: 10_000)
        }
        #expect(numbers(try ParsedLine.all(in: folder.contents("log"))) == [0, 1])
        var status = stat()
        #expect(stat(folder.file("log"), &status) == 0)
        #expect(status.st_mode & 0o137 == 0)
    }

    @Test("a file that cannot be opened is a fault that names it")
    func refusesAPathThatCannotBeOpened() throws {
        let folder = try LogTestFolder()
        let path = folder.file("absent/log")
        let fault = #expect(throws: LogOpenFault.self) {
            _ = try LogWriter(to: .file(path: path)) { _ in }
        }
        #expect(fault?.code == ENOENT)
        #expect(fault?.description.contains(path) == true)
    }

    @Test("reopening splits the lines at what was queued, and loses none")
    func reopensForRotation() throws {
        let folder = try LogTestFolder()
        let writer = try LogWriter(to: .file(path: folder.file("log"))) { Issue.record("\($0)") }
        for round in 0..<5 {
            handOver((round * 100)..<(round * 100 + 100), to: writer)
            let written = UInt64(round * 100 + 100)
            // Renamed while lines are still on their way, as logrotate does.
            try FileManager.default.moveItem(
                atPath: folder.file("log"),
                toPath: folder.file("log.\(round)")
            )
            writer.reopen()
            logEventually("the file was not opened again") {
                FileManager.default.fileExists(atPath: folder.file("log"))
                    && writer.counts.linesWritten == written
            }
        }
        handOver(500..<600, to: writer)
        writer.shutdown(withinMilliseconds: 10_000)
        for round in 0..<5 {
            let lines = try ParsedLine.all(in: folder.contents("log.\(round)"))
            #expect(numbers(lines) == Array((round * 100)..<(round * 100 + 100)))
        }
        #expect(numbers(try ParsedLine.all(in: folder.contents("log"))) == Array(500..<600))
    }

    @Test("when reopening fails the lines still go to the file that was open")
    func keepsTheOldFileWhenReopeningFails() throws {
        let folder = try LogTestFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("live"),
            withIntermediateDirectories: true
        )
        let notes = ErrorNotes()
        let writer = try LogWriter(to: .file(path: folder.file("live/log")), onError: notes.add)
        handOver(0..<10, to: writer)
        try FileManager.default.moveItem(
            atPath: folder.file("live"),
            toPath: folder.file("moved")
        )
        writer.reopen()
        logEventually("the fault was not told") { notes.all.count == 1 }
        handOver(10..<20, to: writer)
        writer.shutdown(withinMilliseconds: 10_000)
        #expect(numbers(try ParsedLine.all(in: folder.contents("moved/log"))) == Array(0..<20))
    }

    @Test("B-64: behind a stopped reader lines are lost, counted, and the log says how many")
    func countsLostLinesInTheLog() throws {
        let pipe = try TestPipe()
        defer { pipe.close() }
        var options = LogWriterOptions()
        options.queueBytesMax = 40_000
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd), options: options) {
            Issue.record("\($0)")
        }
        // The pipe takes 64 KiB and the queue 40,000 octets of about 300,000.
        handOver(0..<300, padding: 1000, to: writer)
        #expect(writer.counts.lost.lines > 0)
        var octets: [UInt8] = []
        logEventually("the writer did not catch up") {
            octets += pipe.drain()
            return writer.counts.queuedBytes == 0
        }
        handOver(300..<310, to: writer)
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        octets += pipe.drain()
        let lines = try ParsedLine.all(in: octets)
        let told = lines.filter { $0.text(LogKey.event) == "log_lines_lost" }
        let lost = told.reduce(0) { $0 + ($1.number(LogKey.lost) ?? 0) }
        let lostAttempts = told.reduce(0) { $0 + ($1.number(LogKey.lostAttempts) ?? 0) }
        let arrived = numbers(lines)
        #expect(arrived.count + lost == 310)
        #expect(arrived == arrived.sorted())
        #expect(arrived.suffix(10) == Array(300..<310)[...])
        #expect(lost == lostAttempts)
        #expect(counts.lost == LogLoss(lines: UInt64(lost), attempts: UInt64(lost)))
        #expect(counts.attemptsWritten == UInt64(arrived.count))
        #expect(counts.linesWritten == UInt64(lines.count))
        #expect(told.allSatisfy { $0.text(LogKey.timestamp) != nil })
    }

    @Test("with overflow wait nothing is lost, and the worker is told when room returns")
    func tellsWhenRoomReturns() throws {
        let pipe = try TestPipe(isNonblocking: true)
        defer { pipe.close() }
        var options = LogWriterOptions()
        options.overflow = .wait
        options.queueBytesMax = 40_000
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd), options: options) {
            Issue.record("\($0)")
        }
        let returned = Lock(0)
        writer.whenRoomReturns { returned.withLock { $0 += 1 } }
        var number = 0
        while writer.hasRoom, number < 10_000 {
            handOver(number..<(number + 1), padding: 1000, to: writer)
            number += 1
        }
        try #require(!writer.hasRoom)
        #expect(returned.withLock { $0 } == 0)
        var octets: [UInt8] = []
        logEventually("room did not return") {
            octets += pipe.drain()
            return returned.withLock { $0 } == 1
        }
        #expect(writer.hasRoom)
        logEventually("the queue did not empty") {
            octets += pipe.drain()
            return writer.counts.queuedBytes == 0
        }
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        octets += pipe.drain()
        #expect(numbers(try ParsedLine.all(in: octets)) == Array(0..<number))
        #expect(counts.lost.isEmpty)
    }

    @Test("a full disk is told once, and the lines arrive when there is space again")
    func outlastsAFullDisk() throws {
        let folder = try LogTestFolder()
        let notes = ErrorNotes()
        var options = LogWriterOptions()
        options.retryMilliseconds = 5
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("log"),
            withDestinationPath: "/dev/full"
        )
        let writer = try LogWriter(
            to: .file(path: folder.file("log")),
            options: options,
            onError: notes.add
        )
        handOver(0..<50, to: writer)
        logEventually("nothing was tried again") { writer.counts.writeErrors >= 5 }
        #expect(notes.all.count == 1)
        #expect(notes.all.first?.contains("No space left on device") == true)
        try FileManager.default.removeItem(atPath: folder.file("log"))
        writer.reopen()
        handOver(50..<60, to: writer)
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        #expect(numbers(try ParsedLine.all(in: folder.contents("log"))) == Array(0..<60))
        #expect(counts.lost.isEmpty)
        #expect(notes.all.count == 1)
    }

    @Test("a descriptor that takes nothing loses everything within the deadline, and counts it")
    func accountsForAnUnwritableDescriptor() throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        let notes = ErrorNotes()
        let writer = try LogWriter(to: .descriptor(descriptor), onError: notes.add)
        handOver(0..<1000, to: writer)
        let start = LogInstant.monotonicNow()
        let counts = writer.shutdown(withinMilliseconds: 300)
        #expect(LogInstant.monotonicNow() - start < 5000)
        #expect(counts.lost == LogLoss(lines: 1000, attempts: 1000))
        #expect(counts.linesWritten == 0)
        #expect(counts.queuedBytes == 0)
        #expect(notes.all.count == 1)
    }

    @Test("a reader that went away is an error like another")
    func survivesAClosedPipe() throws {
        // The executable does this for the process.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try TestPipe()
        close(pipe.readEnd)
        defer { close(pipe.writeEnd) }
        let notes = ErrorNotes()
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd), onError: notes.add)
        handOver(0..<10, to: writer)
        logEventually("the error was not told") { notes.all.count == 1 }
        let counts = writer.shutdown(withinMilliseconds: 0)
        #expect(counts.lost == LogLoss(lines: 10, attempts: 10))
    }

    @Test("a reader that never reads cannot hold a shutdown, and each line is accounted for")
    func endsAtTheDeadline() throws {
        let pipe = try TestPipe()
        defer { pipe.close() }
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd)) { Issue.record("\($0)") }
        var batch = LogBatch()
        for number in 0..<200 {
            let line = LogBatch.numbered(number, padding: 1000)
            batch.text.append(line.text.octets)
            batch.lines += 1
            batch.attempts += 1
        }
        writer.handOver(&batch)
        let start = LogInstant.monotonicNow()
        let counts = writer.shutdown(withinMilliseconds: 200)
        #expect(LogInstant.monotonicNow() - start < 5000)
        #expect(counts.linesWritten > 10 && counts.linesWritten < 200)
        #expect(counts.linesWritten + counts.lost.lines == 200)
        #expect(counts.attemptsWritten + counts.lost.attempts == 200)
        let whole = pipe.drain().count { $0 == UInt8(ascii: "\n") }
        #expect(UInt64(whole) == counts.linesWritten)
    }

    @Test("handing over never waits for the destination")
    func doesNotBlockWorkers() throws {
        let pipe = try TestPipe()
        defer { pipe.close() }
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd)) { Issue.record("\($0)") }
        let start = LogInstant.monotonicNow()
        handOver(0..<20_000, padding: 1000, to: writer)
        // 20 MB towards a pipe that nobody reads: it would hang, were it to wait.
        #expect(LogInstant.monotonicNow() - start < 30_000)
        #expect(writer.counts.lost.lines > 0)
        let counts = writer.shutdown(withinMilliseconds: 0)
        #expect(counts.linesWritten + counts.lost.lines == 20_000)
    }

    @Test("a second shutdown does nothing")
    func shutsDownOnce() throws {
        let folder = try LogTestFolder()
        let writer = try LogWriter(to: .file(path: folder.file("log"))) { Issue.record("\($0)") }
        handOver(0..<3, to: writer)
        let first = writer.shutdown(withinMilliseconds: 1000)
        let second = writer.shutdown(withinMilliseconds: 1000)
        #expect(first == second)
        #expect(first.linesWritten == 3)
    }
}
