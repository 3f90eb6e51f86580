import HTTPMessage
import Testing

@testable import Gateway

@Suite("Traces in the refusal log")
struct TraceLineTests {
    /// Records refused attempts that are alike but for their traces.
    private func record(_ traces: [TraceParent?], in log: inout RefusalLog) {
        let (method, path, host) = (Array("DELETE".utf8), Array("/a".utf8), Array("b".utf8))
        let (client, identifier) = (Array("192.0.2.7".utf8), Array("r-1".utf8))
        for (number, trace) in traces.enumerated() {
            let request = LoggedRequest(
                method: method.span,
                path: path.span,
                host: host.span,
                userAgent: Span(),
                clientAddress: client.span
            )
            var attempt = RefusedAttempt(
                request,
                requestID: identifier.span,
                context: SampleAttempt.context
            )
            attempt.trace = trace
            log.record(attempt, at: .at(Int64(number)))
        }
        log.finish(at: .at(10))
    }

    /// The trace identifiers of the lines that such attempts leave.
    private func traceIDs(of traces: [TraceParent?]) throws -> [String?] {
        let folder = try LogTestFolder()
        let writer = try LogWriter(to: .file(path: folder.file("log"))) { Issue.record("\($0)") }
        var log = RefusalLog(writer: writer)
        record(traces, in: &log)
        writer.shutdown(withinMilliseconds: 10_000)
        let lines = try ParsedLine.all(in: folder.contents("log"))
        for line in lines {
            #expect((line.text(LogKey.spanID) == nil) == (line.text(LogKey.traceID) == nil))
        }
        return lines.map { $0.text(LogKey.traceID) }
    }

    @Test("A line names its trace, and a folded one that of the latest attempt")
    func namesTraces() throws {
        func trace(_ number: UInt128) -> TraceParent {
            TraceParent(traceID: number, parentID: 1, isSampled: true)
        }
        let zeros = String(repeating: "0", count: 31)
        #expect(try traceIDs(of: [trace(1)]) == [zeros + "1"])
        #expect(try traceIDs(of: [nil]) == [nil])
        // What tells attempts apart costs a flood nothing, so traces do not.
        #expect(try traceIDs(of: [trace(1), trace(2), trace(3)]) == [zeros + "1", zeros + "3"])
        #expect(try traceIDs(of: [trace(1), trace(2), nil]) == [zeros + "1", nil])
    }
}
