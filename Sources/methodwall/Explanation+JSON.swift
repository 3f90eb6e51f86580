import HTTPMessage
import MethodPolicy
import PolicyFile

extension Explanation {
    /// The explanation as JSON.
    func json() -> String {
        var members: [(String, JSONValue)] = [
            ("method", .string(request.method)), ("path", .string(request.path)),
        ]
        if let canonicalPath { members.append(("canonical_path", .string(canonicalPath))) }
        if let matchingPath { members.append(("compared_path", .string(matchingPath))) }
        if let destination { members.append(("destination", .string(destination))) }
        members.append(("host", .string(request.host)))
        if let client = request.client { members.append(("client", .string("\(client)"))) }
        if let policy {
            members.append(("policy", .string(policy.name)))
            members.append(("file", .string(policy.file)))
            members.append(("mode", .string(mode.rawValue)))
            members.append(("override", .string(overrides.rawValue)))
        }
        members += judgedMembers()
        members.append(("decision", .string(decisionName)))
        if case .forwarded(let upstream, let refusal) = outcome {
            members.append(("upstream", .string(upstream)))
            if let status = refusal?.status ?? fault?.status {
                members.append(("would_refuse", .integer(status)))
            }
        }
        if let status { members.append(("status", .integer(status))) }
        if let reason { members.append(("reason", .string(reason))) }
        if let fault { members.append(("detail", .string(fault.code.rawValue))) }
        members.append(("because", .string(because)))
        let head = responseHeadLines()
        if !head.isEmpty {
            members.append(("response_head", .array(head.map(JSONValue.string))))
        }
        return JSONValue.object(members).text(indented: true)
    }

    private func judgedMembers() -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = []
        if !claims.isEmpty {
            let claimed = claims.map { claim in
                JSONValue.object([
                    ("method", .string(Self.method(of: claim))),
                    ("carrier", .string(claim.carrier.rawValue)), ("name", .string(claim.name)),
                ])
            }
            members.append(("claims", .array(claimed)))
        }
        members.append(("rules", .array(candidates.map(Self.json))))
        if let view { members.append(("may", .array(view.methodNames.map(JSONValue.string)))) }
        if let contentText { members.append(("content", .string(contentText))) }
        if !tolerances.isEmpty {
            let tolerated = tolerances.map { ($0.name, JSONValue.string($0.consequence)) }
            members.append(("tolerates", .object(tolerated)))
        }
        return members
    }

    private static func json(_ rule: CompiledRule) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("pattern", .string(rule.pattern)),
            ("at", .string(rule.locationText)),
            ("allow", .array(rule.methodNames.map(JSONValue.string))),
        ]
        if !rule.only.isEmpty {
            members.append(("only", .array(rule.only.map { .string($0.description) })))
        }
        if !rule.upgrades.isEmpty {
            members.append(("upgrade", .array(rule.upgrades.names.map(JSONValue.string))))
        }
        return .object(members)
    }

    /// `forward`, `report`, `options`, `preflight` or `refuse`.
    private var decisionName: String {
        switch outcome {
        case .forwarded(_, let refusal): refusal == nil && fault == nil ? "forward" : "report"
        case .answeredOptions: "options"
        case .answeredPreflight: "preflight"
        case .refused, .malformed, .unscannable: "refuse"
        }
    }
}
