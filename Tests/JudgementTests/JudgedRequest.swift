import HTTPMessage
import Judgement
import MethodPolicy
import Testing

/// A request judged, with what became of it as one line of text.
struct JudgedRequest {
    /// `forward`, `report 405 method_not_allowed`, `refuse 404 no_rule_for_path`, `options GET, …`,
    /// `preflight`, `malformed dot_segment`.
    let outcome: String
    /// The canonical path.
    let path: String
    let destination: String
    let claims: [String]

    init(
        _ text: String,
        by definition: PolicyDefinition,
        client: String? = nil
    ) throws {
        let result = PolicySnapshot.compile(
            [definition],
            version: "test",
            defaultUpstream: "http://127.0.0.1:1"
        )
        try self.init(text, by: JudgedPolicies(try result.get()), client: client)
    }

    init(_ text: String, by policies: JudgedPolicies, client: String? = nil) throws {
        let octets = Array(text.utf8)
        var head = RequestHead()
        try #require(head.parse(octets.span, limits: MessageLimits()) == .complete, "\(text)")
        var judge = RequestJudge()
        let asking = Client(address: client.flatMap { NetworkAddress($0) })
        let judgement = judge.judge(head, octets.span, by: policies, client: asking)
        outcome = Self.text(of: judgement)
        let sent = octets.span.bytes(in: head.path)
        path =
            judge.isPathAsSent
            ? String(decoding: (0..<sent.count).map { sent[$0] }, as: UTF8.self)
            : String(decoding: judge.path, as: UTF8.self)
        destination = String(decoding: judge.destination, as: UTF8.self)
        claims = judge.claims.map {
            "\($0.carrier.rawValue) \($0.name) \(String(decoding: $0.method, as: UTF8.self))"
        }
    }

    private static func text(of judgement: consuming Judgement) -> String {
        switch consume judgement {
        case .malformed(let fault, _): "malformed \(fault.code.rawValue)"
        case .decided(let decision): text(of: decision)
        }
    }

    private static func text(of decision: consuming Decision) -> String {
        switch consume decision {
        case .refuse(let refusal): "refuse \(refusal.status) \(refusal.reason.rawValue)"
        case .options(let answer): "options \(String(decoding: answer.allow, as: UTF8.self))"
        case .preflight: "preflight"
        case .forward(let permit):
            permit.wouldRefuse.map { "report \($0.status) \($0.reason.rawValue)" } ?? "forward"
        }
    }
}

/// A policy for judging tests.
enum JudgedPolicy {
    static let place = SourceLocation(file: "test.yaml", line: 1, column: 1)

    static func rule(
        _ pattern: String,
        _ methods: [Method],
        _ change: (inout RuleDefinition) -> Void = { _ in }
    ) -> RuleDefinition {
        var rule = RuleDefinition(pattern: pattern, allow: .methods(methods), location: place)
        change(&rule)
        return rule
    }

    static func policy(
        _ rules: [RuleDefinition],
        _ change: (inout PolicyDefinition) -> Void = { _ in }
    ) -> PolicyDefinition {
        var policy = PolicyDefinition(name: "test", file: "test.yaml", rules: rules)
        change(&policy)
        return policy
    }
}

/// The head of a request with `Host`.
func head(_ method: String, _ target: String, _ fields: [String] = []) -> String {
    (["\(method) \(target) HTTP/1.1", "Host: shop.test"] + fields).joined(separator: "\r\n")
        + "\r\n\r\n"
}
