import Foundation
import HTTPMessage
import Testing

/// Where NIOHTTP1's decoder may read otherwise, and why. Anything else fails the test.
enum ExplainedDifference: String, CaseIterable {
    /// llhttp has a fixed list of methods and gives up at any other.
    case unknownMethod
    /// llhttp knows methods of RTSP but not in an HTTP request.
    case methodOfAnotherProtocol
    /// NIOHTTP1 gives `M-SEARCH` the name `MSEARCH`.
    case renamedMethod
    /// Equal Content-Length lines of a response are one line to us; llhttp gives up at the second.
    case repeatedContentLength
}

/// The strict parser beside NIOHTTP1's decoder: what we accept, it has to read the same way.
///
/// The other direction is no requirement: refusing more is what the strict parser is for. The seed is fixed,
/// or METHODWALL_FUZZ_SEED; METHODWALL_FUZZ_SECONDS is how long each of the two tests runs, five by default.
@Suite("Differential: HTTPMessage and NIOHTTP1")
struct NIODifferentialTests {
    /// The methods that llhttp reads in an HTTP request.
    private static let methodsOfNIO: Set<String> = [
        "DELETE", "GET", "HEAD", "POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "COPY", "LOCK", "MKCOL", "MOVE",
        "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND", "ACL", "REPORT", "MKACTIVITY",
        "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PATCH", "PURGE", "MKCALENDAR", "LINK",
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
            case .agreement:
                break
            case .explained(let difference):
                explained[difference, default: 0] += 1
            case .disagreement(let description):
                failures += 1
                Issue.record(
                    """
                    METHODWALL_FUZZ_SEED=\(seed &+ cases - 1), first case: \(description)
                    \(String(decoding: stream, as: UTF8.self).debugDescription)
                    """)
            }
        }
        let differences = explained.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        print(
            "differential \(name): seed \(seed), \(cases) cases, \(accepted) messages accepted, explained: "
                + differences.joined(separator: ", "))
        #expect(accepted > 200, "the generator writes too little that is valid, seed \(seed)")
    }

    private enum Comparison {
        case agreement
        case explained(ExplainedDifference)
        case disagreement(String)
    }

    private func compare(_ ours: WireReading, _ nio: WireReading) -> Comparison {
        for (index, message) in ours.messages.enumerated() {
            guard index < nio.messages.count else {
                if let difference = explainMissing(message, nio.stop) { return .explained(difference) }
                return .disagreement("message \(index): NIO has none, \(nio.stop)")
            }
            var theirs = nio.messages[index]
            if message.start.hasPrefix("M-SEARCH "), theirs.start.hasPrefix("MSEARCH ") {
                theirs.start = message.start
            }
            guard message.start == theirs.start, message.version == theirs.version,
                message.fields == theirs.fields
            else {
                return .disagreement("message \(index): \(message) against \(theirs)")
            }
            // A message that is not whole, or after which the protocol may change, is compared so far.
            guard message.isComplete else { continue }
            guard message == theirs else {
                return .disagreement("message \(index): \(message) against \(theirs), \(nio.stop)")
            }
        }
        if ours.stop == .exhausted, nio.messages.count > ours.messages.count {
            return .disagreement("NIO has \(nio.messages.count) messages, we \(ours.messages.count)")
        }
        return .agreement
    }

    /// Why NIO may have no message where we have one.
    private func explainMissing(
        _ message: WireMessage, _ stop: WireReading.Stop
    ) -> ExplainedDifference? {
        guard case .fault(let error) = stop else { return nil }
        if error.contains("invalidMethod") {
            let method = message.start.prefix { $0 != " " }
            return Self.methodsOfNIO.contains(String(method)) ? nil : .unknownMethod
        }
        let lengths = message.fields.filter { $0.name.lowercased() == "content-length" }
        if lengths.count > 1, error.contains("ontentLength") { return .repeatedContentLength }
        return nil
    }
}
