import Foundation
import HTTPMessage
import TestKit
import Testing

/// Where NIOHTTP1's decoder may read otherwise, and why.
///
/// Anything else fails the test.
enum ExplainedDifference: String, CaseIterable {
    /// llhttp has a fixed list of methods for HTTP, and others for RTSP only; it gives up at any
    /// other.
    case unknownMethod
    /// NIOHTTP1 gives `M-SEARCH` the name `MSEARCH`.
    case renamedMethod
    /// NIOHTTP1 leaves the white space behind a field value in the value (RFC 9112 section 5.1 has
    /// it excluded).
    case trailingWhitespace
    /// llhttp takes `Proxy-Connection: close` for `Connection: close`; no specification has it.
    case proxyConnection
    /// llhttp takes an informational response with `Connection: close`, or without keep-alive in
    /// HTTP/1.0, for the connection's last; RFC 9110 section 15.2 has the final response follow it.
    case closingInformational
    /// Equal Content-Length lines of a response are one line to us; llhttp gives up at the second.
    case repeatedContentLength
}

/// The strict parser beside NIOHTTP1's decoder: what we accept, it has to read the same way.
///
/// The other direction is no requirement: refusing more is what the strict parser is for. The seed
/// is fixed, or METHODWALL_FUZZ_SEED; METHODWALL_FUZZ_SECONDS is how long each of the two tests
/// runs, five by default.
@Suite("Differential: HTTPMessage and NIOHTTP1")
struct NIODifferentialTests {
    /// The methods that llhttp reads in an HTTP request.
    private static let methodsOfNIO: Set<String> = [
        "DELETE", "GET", "HEAD", "POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "COPY", "LOCK",
        "MKCOL", "MOVE",
        "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND", "ACL", "REPORT",
        "MKACTIVITY",
        "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PATCH", "PURGE",
        "MKCALENDAR", "LINK",
        "UNLINK", "SOURCE", "QUERY",
    ]

    private static var seed: UInt64 {
        number("METHODWALL_FUZZ_SEED") ?? 20_261_122
    }

    private static var duration: Duration {
        .seconds(Int64(clamping: number("METHODWALL_FUZZ_SECONDS") ?? 5))
    }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test("R-13, R-30 to R-43, B-50: what we accept of requests, NIOHTTP1 reads the same way")
    func readsRequestsAsNIODoes() throws {
        try fuzz("requests") { generator in
            let stream = generator.requests()
            let ours = readRequests(stream)
            return (stream, ours, try readRequestsWithNIO(stream))
        }
    }

    @Test("R-40, B-57: what we accept of responses, NIOHTTP1 reads the same way")
    func readsResponsesAsNIODoes() throws {
        try fuzz("responses") { generator in
            let answeringHead = generator.random.once(in: 8)
            let stream = generator.responses()
            let ours = readResponses(stream, answeringHead: answeringHead)
            return (stream, ours, try readResponsesWithNIO(stream, answeringHead: answeringHead))
        }
    }

    private func fuzz(
        _ name: String,
        _ read: (inout MessageGenerator) throws -> ([UInt8], ours: WireReading, nio: WireReading)
    ) throws {
        let seed = Self.seed
        let end = ContinuousClock.now + Self.duration
        var cases: UInt64 = 0
        var accepted = 0
        var failures = 0
        var explained: [ExplainedDifference: Int] = [:]
        while ContinuousClock.now < end, failures < 5 {
            // Each case has a seed of its own, so that it can be run alone.
            var generator = MessageGenerator(seed: seed &+ cases)
            cases += 1
            let (stream, ours, nio) = try read(&generator)
            accepted += ours.messages.count
            switch compare(ours, nio) {
            case .agreement(let differences):
                for difference in differences { explained[difference, default: 0] += 1 }
            case .disagreement(let description):
                failures += 1
                Issue.record(
                    """
                    METHODWALL_FUZZ_SEED=\(seed &+ cases - 1), first case: \(description)
                    \(String(decoding: stream, as: UTF8.self).debugDescription)
                    """
                )
            }
        }
        let differences = explained.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        print(
            "differential \(name): seed \(seed), \(cases) cases, \(accepted) accepted, explained: "
                + differences.joined(separator: ", ")
        )
        #expect(accepted > 200, "the generator writes too little that is valid, seed \(seed)")
    }

    private enum Comparison {
        case agreement(but: Set<ExplainedDifference>)
        case disagreement(String)
    }

    private func compare(_ ours: WireReading, _ nio: WireReading) -> Comparison {
        var explained: Set<ExplainedDifference> = []
        for (index, message) in ours.messages.enumerated() {
            guard index < nio.messages.count else {
                let previous = index > 0 ? ours.messages[index - 1] : nil
                if let difference = explainMissing(message, after: previous, nio.stop) {
                    return .agreement(but: explained.union([difference]))
                }
                return .disagreement("message \(index): NIO has none, \(nio.stop)")
            }
            var theirs = nio.messages[index]
            if message.start.hasPrefix("M-SEARCH "), theirs.start.hasPrefix("MSEARCH ") {
                theirs.start = message.start
                explained.insert(.renamedMethod)
            }
            let trimmed = theirs.trimmingValues
            if trimmed != theirs {
                theirs = trimmed
                explained.insert(.trailingWhitespace)
            }
            guard message.start == theirs.start, message.version == theirs.version,
                message.fields == theirs.fields
            else {
                return .disagreement("message \(index): \(message) against \(theirs)")
            }
            // A message that is not whole, or after which the protocol may change, is compared so
            // far.
            guard message.isComplete else { continue }
            guard message == theirs else {
                return .disagreement("message \(index): \(message) against \(theirs), \(nio.stop)")
            }
        }
        if ours.stop == .exhausted, nio.messages.count > ours.messages.count {
            return .disagreement(
                "NIO has \(nio.messages.count) messages, we \(ours.messages.count)"
            )
        }
        return .agreement(but: explained)
    }

    /// Why NIO may have no message where we have one.
    private func explainMissing(
        _ message: WireMessage,
        after previous: WireMessage?,
        _ stop: WireReading.Stop
    ) -> ExplainedDifference? {
        guard case .fault(let error) = stop else { return nil }
        let method = String(message.start.prefix { $0 != " " })
        let isResponse = method.allSatisfy(\.isNumber)
        if !isResponse, !Self.methodsOfNIO.contains(method) { return .unknownMethod }
        if isResponse, let previous, previous.start.hasPrefix("1"), error == "closed_connection" {
            return .closingInformational
        }
        if let previous, error == "closed_connection",
            previous.fields.contains(where: { $0.name.lowercased() == "proxy-connection" })
        {
            return .proxyConnection
        }
        let lengths = message.fields.filter { $0.name.lowercased() == "content-length" }
        let isRepeated = lengths.count > 1 && error == "unexpected_content_length"
        return isRepeated ? .repeatedContentLength : nil
    }
}
