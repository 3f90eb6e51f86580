import Foundation
import Testing

@testable import Gateway

/// A refused attempt that owns its octets, for tests.
struct SampleAttempt: Hashable {
    var method = Array("DELETE".utf8)
    var path = Array("/users".utf8)
    var query: [UInt8] = []
    var host = Array("shop.example.com".utf8)
    var userAgent = Array("curl/8.5".utf8)
    var clientAddress = Array("192.0.2.7".utf8)
    var clientPort: UInt16 = 40_001
    var requestID = Array("r-1".utf8)
    var status = 405
    var reason = "method_not_allowed"
    var detail = ""
    var decision = LoggedDecision.refused

    static let context = RefusalContext(
        policy: "shop",
        rule: "/users",
        ruleAt: "shop.yaml:12",
        allow: Array("GET, HEAD, OPTIONS".utf8),
        policyVersion: "0123456789ab"
    )

    func withAttempt<Result>(
        context: RefusalContext = SampleAttempt.context,
        _ body: (borrowing RefusedAttempt) -> Result
    ) -> Result {
        var request = LoggedRequest(
            method: method.span,
            path: path.span,
            query: query.span,
            host: host.span,
            userAgent: userAgent.span,
            clientAddress: clientAddress.span
        )
        request.clientPort = clientPort
        request.protocolVersion = "1.1"
        var attempt = RefusedAttempt(request, requestID: requestID.span, context: context)
        attempt.status = status
        attempt.reason = reason
        attempt.detail = detail
        attempt.decision = decision
        return body(attempt)
    }

    func record(in log: inout RefusalLog, at now: LogInstant) {
        withAttempt { log.record($0, at: now) }
    }

    /// The line of this attempt, without a log around it.
    func line(
        repeated: UInt64 = 0,
        includesQuery: Bool = false,
        unixMilliseconds: Int64 = 0,
        context: RefusalContext = SampleAttempt.context
    ) -> [UInt8] {
        var encoder = RefusalEncoder(includesQuery: includesQuery)
        var buffer = OctetBuffer()
        withAttempt(context: context) {
            encoder.append(
                $0,
                unixMilliseconds: unixMilliseconds,
                repeated: repeated,
                to: &buffer
            )
        }
        return buffer.octets
    }
}

/// The name of a key without what a line has around it.
func logKeyName(_ key: StaticString) -> String {
    String("\(key)".dropFirst(2).dropLast(2))
}

/// One line of a log as a reader of JSON sees it.
struct ParsedLine {
    let members: [String: Any]

    init(_ octets: some Collection<UInt8>) throws {
        let object = try JSONSerialization.jsonObject(with: Data(octets))
        members = try #require(object as? [String: Any])
    }

    /// Splits at line feeds; every line must be whole and a JSON object.
    static func all(in octets: some Collection<UInt8>) throws -> [ParsedLine] {
        if octets.isEmpty { return [] }
        let octets = Array(octets)
        #expect(octets.last == UInt8(ascii: "\n"), "the last line is cut")
        return try octets.dropLast().split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        ).map { try ParsedLine($0) }
    }

    func text(_ key: StaticString) -> String? { members[logKeyName(key)] as? String }
    func number(_ key: StaticString) -> Int? { members[logKeyName(key)] as? Int }
    func texts(_ key: StaticString) -> [String]? { members[logKeyName(key)] as? [String] }

    /// Attempts this line stands for.
    var attempts: Int {
        members[logKeyName(LogKey.event)] == nil ? 1 + (number(LogKey.repeated) ?? 0) : 0
    }
}

/// A generator whose sequence its seed decides (splitmix64).
struct LogTestGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A folder that is there for one test.
final class LogTestFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/refusal-log-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func contents(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: file(name))))
    }
}

/// Waits for a condition, with a deadline instead of a fixed sleep.
func logEventually(
    seconds: Int64 = 10,
    _ comment: Comment,
    _ condition: () throws -> Bool
) rethrows {
    let end = LogInstant.monotonicNow() + seconds * 1000
    while LogInstant.monotonicNow() < end {
        if try condition() { return }
        usleep(2000)
    }
    Issue.record(comment)
}

extension String {
    /// The text of octets that a span views.
    init(copying octets: Span<UInt8>) {
        var copy: [UInt8] = []
        for index in 0..<octets.count {
            copy.append(octets[index])
        }
        self.init(decoding: copy, as: UTF8.self)
    }
}

extension LogInstant {
    /// A moment so many milliseconds into a test.
    static func at(_ milliseconds: Int64) -> LogInstant {
        LogInstant(
            unixMilliseconds: 1_700_000_000_000 + milliseconds,
            monotonicMilliseconds: milliseconds
        )
    }
}

extension LogBatch {
    /// A batch of one numbered line.
    static func numbered(_ number: Int, of worker: Int = 0, padding: Int = 0) -> LogBatch {
        var batch = LogBatch()
        let text = "{\"worker\":\(worker),\"number\":\(number),\"padding\":\""
        batch.text.append(Array(text.utf8) + Array(repeating: 0x78, count: padding))
        batch.text.append("\"}\n")
        batch.lines = 1
        batch.attempts = 1
        return batch
    }
}
