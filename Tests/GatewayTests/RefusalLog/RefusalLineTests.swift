import Foundation
import Testing

@testable import Gateway

@Suite("Lines of the refusal log")
struct RefusalLineTests {
    @Test("a line has every key, once, and the values that were passed")
    func writesEveryKey() throws {
        var attempt = SampleAttempt()
        attempt.query = Array("token=1".utf8)
        attempt.detail = "bare_cr"
        attempt.decision = .wouldRefuse
        let line = attempt.line(repeated: 41, unixMilliseconds: 1_700_000_000_123)
        let expected =
            #"{"timestamp":"2023-11-14T22:13:20.123Z","methodwall.decision":"would_refuse","#
            + #""methodwall.reason":"method_not_allowed","methodwall.detail":"bare_cr","#
            + #""http.response.status_code":405,"http.request.method":"DELETE","#
            + #""url.path":"/users","server.address":"shop.example.com","#
            + #""network.protocol.version":"1.1","client.address":"192.0.2.7","#
            + #""client.port":40001,"user_agent.original":"curl/8.5","#
            + #""methodwall.policy":"shop","methodwall.rule":"/users","#
            + #""methodwall.rule_at":"shop.yaml:12","methodwall.allow":"GET, HEAD, OPTIONS","#
            + #""methodwall.policy_version":"0123456789ab","methodwall.request_id":"r-1","#
            + #""methodwall.repeated":41}"# + "\n"
        #expect(String(decoding: line, as: UTF8.self) == expected)
    }

    @Test("B-65: the query is left out unless the configuration asks for it")
    func leavesQueryOut() throws {
        var attempt = SampleAttempt()
        attempt.query = Array("token=secret".utf8)
        #expect(!String(decoding: attempt.line(), as: UTF8.self).contains("secret"))
        let line = try ParsedLine(attempt.line(includesQuery: true))
        #expect(line.text(LogKey.query) == "token=secret")
    }

    @Test("what an attempt does not have is left out")
    func leavesEmptyValuesOut() throws {
        let attempt = SampleAttempt(
            method: [],
            path: [],
            host: [],
            userAgent: [],
            clientAddress: [],
            clientPort: 0,
            requestID: [],
            status: 400,
            reason: "malformed_request"
        )
        let line = try ParsedLine(attempt.line(context: RefusalContext()))
        #expect(
            Set(line.members.keys) == [
                "timestamp", "methodwall.decision", "methodwall.reason",
                "http.response.status_code", "network.protocol.version",
            ]
        )
    }

    @Test("an empty Allow is written, an absent one is not")
    func tellsEmptyAllowFromNone() throws {
        let empty = try ParsedLine(SampleAttempt().line(context: RefusalContext(allow: [])))
        #expect(empty.text(LogKey.allow) == "")
        let none = try ParsedLine(SampleAttempt().line(context: RefusalContext(policy: "a")))
        #expect(none.text(LogKey.allow) == nil)
    }

    @Test("names from policy files are escaped like everything else")
    func escapesPolicyNames() throws {
        let context = RefusalContext(
            policy: "a\"b\n",
            rule: "/caf\u{E9}/*",
            ruleAt: "d\\e.yaml:3",
            allow: nil
        )
        let line = try ParsedLine(SampleAttempt().line(context: context))
        #expect(line.text(LogKey.policy) == #"a\x22b\x0A"#)
        #expect(line.text(LogKey.rule) == "/caf\u{E9}/*")
        #expect(line.text(LogKey.ruleAt) == #"d\x5Ce.yaml:3"#)
    }

    struct Bound: Sendable, CustomTestStringConvertible {
        let key: StaticString
        let bytesMax: Int
        let field: @Sendable (inout SampleAttempt, [UInt8]) -> Void
        var testDescription: String { logKeyName(key) }
    }

    static let bounds = [
        Bound(key: LogKey.method, bytesMax: 32) { $0.method = $1 },
        Bound(key: LogKey.path, bytesMax: 2048) { $0.path = $1 },
        Bound(key: LogKey.query, bytesMax: 2048) { $0.query = $1 },
        Bound(key: LogKey.host, bytesMax: 255) { $0.host = $1 },
        Bound(key: LogKey.userAgent, bytesMax: 256) { $0.userAgent = $1 },
    ]

    @Test("B-63: each value is kept whole up to its bound and marked beyond it", arguments: bounds)
    func cutsAtTheBound(_ bound: Bound) throws {
        for (excess, octet) in [(-1, 0x61), (0, 0x61), (1, 0x61), (5000, 0x61), (0, 0), (1, 0)] {
            var attempt = SampleAttempt()
            let sent = [UInt8](repeating: UInt8(octet), count: bound.bytesMax + excess)
            bound.field(&attempt, sent)
            let line = try ParsedLine(attempt.line(includesQuery: true))
            let shown = octet == 0 ? "\\x00" : "a"
            let kept = min(sent.count, bound.bytesMax)
            #expect(line.text(bound.key) == String(repeating: shown, count: kept))
            #expect(line.texts(LogKey.truncated) == (excess > 0 ? [logKeyName(bound.key)] : nil))
        }
    }

    @Test("B-63: all values cut at once are all named")
    func namesEveryCutValue() throws {
        var attempt = SampleAttempt()
        let long = [UInt8](repeating: 0x61, count: 9000)
        for bound in Self.bounds {
            bound.field(&attempt, long)
        }
        let line = try ParsedLine(attempt.line(includesQuery: true))
        #expect(line.texts(LogKey.truncated) == Self.bounds.map { logKeyName($0.key) })
    }
}

@Suite("Timestamps of the refusal log")
struct LogTimestampTests {
    private func text(_ unixMilliseconds: Int64) -> String {
        var timestamp = TimestampText()
        var buffer = OctetBuffer()
        timestamp.append(unixMilliseconds: unixMilliseconds, to: &buffer)
        return String(decoding: buffer.octets, as: UTF8.self)
    }

    @Test(
        "moments at the edges of the calendar",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-5, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_735_689_599_007, "2024-12-31T23:59:59.007Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "1970-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func writesEdges(milliseconds: Int64, expected: String) {
        #expect(text(milliseconds) == expected)
    }

    @Test("random moments read as Foundation writes them", arguments: [11] as [UInt64])
    func agreesWithFoundation(seed: UInt64) {
        var generator = LogTestGenerator(seed: seed)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<2000 {
            let second = Int64.random(in: 0...253_402_300_799, using: &generator)
            let date = Date(timeIntervalSince1970: TimeInterval(second))
            let expected = formatter.string(from: date).replacing("Z", with: ".250Z")
            #expect(text(second * 1000 + 250) == expected, "seed \(seed)")
        }
    }

    @Test("the kept second is not used for another one, going back included")
    func followsTheClock() {
        var timestamp = TimestampText()
        var buffer = OctetBuffer()
        for moment in [1000, 1999, 2000, 1000] as [Int64] {
            timestamp.append(unixMilliseconds: moment, to: &buffer)
        }
        #expect(
            String(decoding: buffer.octets, as: UTF8.self)
                == "1970-01-01T00:00:01.000Z1970-01-01T00:00:01.999Z"
                + "1970-01-01T00:00:02.000Z1970-01-01T00:00:01.000Z"
        )
    }
}
