import Foundation
import HTTPMessage
import Testing

@testable import Gateway

@Suite("The access log of a worker")
struct AccessLogTests {
    private func configuration(
        refusals: String,
        access: String?,
        _ format: AccessLogConfiguration.Format = .json
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.log.destination = .file(refusals)
        configuration.accessLog = access.map { path in
            var log = AccessLogConfiguration(to: .file(path))
            log.format = format
            return log
        }
        return configuration
    }

    private func writers(_ configuration: GatewayConfiguration) throws -> LogWriters {
        try LogWriters(configuration) { Issue.record("\($0): \($1)") }
    }

    private func end(_ log: AccessLog, path: String, at now: LogInstant) {
        var sample = SampleAccess()
        sample.path = Array(path.utf8)
        let record = log.takeRecord()
        sample.begin(record)
        sample.withRequest { log.begin(record, $0) }
        record.answers(204)
        log.end(record, at: now)
    }

    @Test("Lines are handed over in time, in order, and the records are used again")
    func handsOver() throws {
        let folder = try LogTestFolder()
        let path = folder.file("access")
        let configuration = configuration(refusals: folder.file("refusals"), access: path)
        let writers = try writers(configuration)
        let log = try #require(Worker.accessLog(configuration, writers))
        #expect(log.nextDeadline == nil)
        let first = log.takeRecord()
        #expect(log.takeRecord() !== first)
        SampleAccess().begin(first)
        log.end(first, at: .at(1_000))
        #expect(log.takeRecord() === first)
        #expect(log.nextDeadline == 1_100)
        log.advance(to: .at(1_099))
        #expect(log.nextDeadline == 1_100)
        log.advance(to: .at(1_100))
        #expect(log.nextDeadline == nil)
        for number in 0..<2_000 { end(log, path: "/\(number)", at: .at(1_200)) }
        log.handOver()
        writers.shutdown(withinMilliseconds: 10_000)
        let lines = try ParsedLine.all(in: folder.contents("access"))
        #expect(lines.compactMap { $0.text(LogKey.path) } == (0..<2_000).map { "/\($0)" })
        #expect(writers.lines.written == 2_001 && writers.lines.lost == 0)
        #expect(try folder.contents("refusals").isEmpty)
    }

    @Test("A record forgets the request before")
    func forgets() throws {
        let record = AccessRecord()
        var encoder = AccessEncoder(format: .json, includesQuery: false)
        var sample = SampleAccess()
        sample.path = Array(repeating: 0x70, count: 3_000)
        sample.begin(record)
        sample.withRequest { encoder.begin(record, $0) }
        record.note(.failed, reason: "a", detail: "b")
        record.answers(502, contentBytes: 9)
        (record.upstream, record.target, record.requestBytes) = ("u", "t", 8)
        record.trace = TraceParent(traceID: 1, parentID: 1, isSampled: false)
        record.end = .cut
        SampleAccess().begin(record)
        SampleAccess().withRequest { encoder.begin(record, $0) }
        record.answers(204)
        var buffer = OctetBuffer()
        encoder.append(record, endedMilliseconds: 1_042, to: &buffer)
        var line = try ParsedLine(buffer.octets).members
        var fresh = try SampleAccess().parsed().members
        line["methodwall.request_id"] = nil
        fresh["methodwall.request_id"] = nil
        #expect(Set(line.keys) == Set(fresh.keys))
        #expect("\(line["methodwall.decision"] ?? "")" == "answered")
    }

    @Test("Both logs in one place share a writer, and an observer sees refusals alone")
    func sharesOnePlace() throws {
        let folder = try LogTestFolder()
        let path = folder.file("log")
        let configuration = configuration(refusals: path, access: path)
        let writers = try writers(configuration)
        #expect(writers.access === writers.refusals)
        let seen = ErrorNotes()
        writers.refusals.observe { seen.add(String(decoding: $0, as: UTF8.self)) }
        let access = try #require(Worker.accessLog(configuration, writers))
        var refusals = RefusalLog(writer: writers.refusals)
        for round in 0..<50 {
            // A batch may get the memory of one of the other log's.
            var sample = SampleAttempt()
            sample.path = Array("/refused/\(round)".utf8)
            sample.record(in: &refusals, at: .at(Int64(round)))
            refusals.handOver()
            end(access, path: "/asked/\(round)", at: .at(Int64(round)))
            access.handOver()
        }
        writers.shutdown(withinMilliseconds: 10_000)
        let lines = try ParsedLine.all(in: folder.contents("log"))
        #expect(lines.count == 100)
        #expect(writers.lines.written == 100)
        let observed = seen.all.joined()
        #expect(observed.split(separator: "\n").count == 50)
        #expect(!observed.contains("/asked/"))
    }

    @Test("Both files are opened anew")
    func reopens() throws {
        let folder = try LogTestFolder()
        let configuration = configuration(
            refusals: folder.file("refusals"),
            access: folder.file("access")
        )
        let writers = try writers(configuration)
        let access = try #require(Worker.accessLog(configuration, writers))
        end(access, path: "/one", at: .at(0))
        access.handOver()
        logEventually("not written") { writers.lines.written == 1 }
        for name in ["refusals", "access"] {
            #expect(rename(folder.file(name), folder.file(name + ".1")) == 0)
        }
        writers.reopen()
        end(access, path: "/two", at: .at(0))
        access.handOver()
        writers.shutdown(withinMilliseconds: 10_000)
        #expect(try ParsedLine.all(in: folder.contents("access.1")).count == 1)
        #expect(try ParsedLine.all(in: folder.contents("access")).count == 1)
        #expect(try folder.contents("refusals").isEmpty)
    }

    @Test("A file that cannot be opened is named with its log, and nothing stays open")
    func namesWhatCannotBeOpened() throws {
        let folder = try LogTestFolder()
        let missing = folder.file("missing/access")
        let fault = #expect(throws: LogOpenFault.self) {
            _ = try writers(configuration(refusals: folder.file("refusals"), access: missing))
        }
        #expect(fault?.description.hasPrefix("cannot open the access log \(missing): ") == true)
    }

    @Test("Without an access log there is none")
    func isOffByDefault() throws {
        let folder = try LogTestFolder()
        let configuration = configuration(refusals: folder.file("refusals"), access: nil)
        #expect(GatewayConfiguration().accessLog == nil)
        let writers = try writers(configuration)
        #expect(writers.access == nil && Worker.accessLog(configuration, writers) == nil)
        writers.shutdown(withinMilliseconds: 1_000)
    }

    @Test("Where lines have no place for it, the operator is told what was lost")
    func tellsLossesElsewhere() throws {
        let pipe = try TestPipe()
        defer { pipe.close() }
        var options = LogWriterOptions()
        options.queueBytesMax = 40_000
        options.tellsLosses = false
        let notes = ErrorNotes()
        let writer = try LogWriter(to: .descriptor(pipe.writeEnd), options: options) {
            notes.add($0)
        }
        // The pipe takes 64 KiB and the queue 40,000 octets of about 300,000.
        for number in 0..<300 {
            var batch = LogBatch.numbered(number, padding: 1_000)
            writer.handOver(&batch)
        }
        #expect(writer.counts.lost.lines > 0)
        var octets: [UInt8] = []
        logEventually("the writer did not catch up") {
            octets += pipe.drain()
            return writer.counts.queuedBytes == 0 && !notes.all.isEmpty
        }
        let counts = writer.shutdown(withinMilliseconds: 10_000)
        octets += pipe.drain()
        let lines = try ParsedLine.all(in: octets)
        #expect(lines.allSatisfy { $0.members["number"] != nil })
        #expect(lines.count + Int(counts.lost.lines) == 300)
        let told = notes.all.compactMap { Int($0.prefix { $0.isNumber }) }.reduce(0, +)
        #expect(told == Int(counts.lost.lines))
        #expect(notes.all.allSatisfy { $0.contains("lines were lost") })
    }
}
