import HTTPMessage
import MethodPolicy
import PolicyFile

extension Explanation {
    /// The explanation as a person reads it.
    func text() -> String {
        var lines = ["\(request.method) \(request.path)"]
        if let canonicalPath { lines.append(Self.line("path", canonicalPath)) }
        lines.append(Self.line("host", request.host.isEmpty ? "none given" : request.host))
        if let policy { lines.append(Self.line("policy", "\(policy.name), from \(policy.file)")) }
        lines += ruleLines()
        lines.append(Self.line("decision", decisionText))
        lines.append(Self.line("because", because))
        if let reason = rule?.reason { lines.append(Self.line("reason", reason)) }
        let head = responseHeadLines()
        if !head.isEmpty { lines += [""] + head }
        return lines.joined(separator: "\n")
    }

    private func ruleLines() -> [String] {
        guard !candidates.isEmpty else { return [Self.line("rules", "none matches")] }
        let width = candidates.map(\.pattern.count).max() ?? 0
        return candidates.enumerated().map { index, rule in
            let padding = String(repeating: " ", count: width - rule.pattern.count)
            let allow = rule.methodNames.joined(separator: ", ")
            let verdict = rule === self.rule ? "decides" : "matches"
            let text = "\(rule.pattern)\(padding)  \(rule.locationText)  \(allow)  (\(verdict))"
            return Self.line(index == 0 ? "rules" : "", text)
        }
    }

    private static func line(_ label: String, _ text: String) -> String {
        label + String(repeating: " ", count: max(10 - label.count, 1)) + text
    }

    private var decisionText: String {
        switch outcome {
        case .forwarded(let upstream): "forward to \(upstream)"
        case .answeredOptions: "answer OPTIONS here: 204"
        case .answeredPreflight(let verdict):
            verdict.reason.map {
                "answer the preflight here: 204, and the browser refuses (\($0.rawValue))"
            }
                ?? "answer the preflight here: 204, and the browser proceeds"
        case .refused(let refusal): "refuse: \(refusal.status) \(refusal.reason.rawValue)"
        case .malformed(let fault): "refuse: \(fault.status) \(fault.code.rawValue)"
        }
    }

    /// One sentence on what led to the decision.
    private var because: String {
        let place = rule.map { "the rule at \($0.locationText)" } ?? "the policy"
        switch outcome {
        case .forwarded:
            return rule == nil
                ? "no rule matches the path, and the policy forwards such paths"
                : "\(place) has \(request.method)"
        case .answeredOptions:
            return request.path == "*"
                ? "OPTIONS * asks about every path of the host"
                : "OPTIONS is answered from \(place)"
        case .answeredPreflight(let verdict): return because(verdict)
        case .refused(let refusal): return because(refusal.reason, place)
        case .malformed(let fault):
            let text = fault.explanation
            return text.hasSuffix(".") ? String(text.dropLast()) : text
        }
    }

    private func because(_ verdict: PreflightVerdict) -> String {
        switch verdict.reason {
        case .corsOriginNotAllowed: "\(request.origin ?? "") is not among the allowed origins"
        case .corsMethodNotAllowed: "the rule does not have \(request.asking ?? "")"
        case .corsFieldNotAllowed: "a field of \(request.askingFields ?? "") is not allowed"
        default: "origin, method and fields are allowed"
        }
    }

    private func because(_ reason: RefusalReason, _ place: String) -> String {
        switch reason {
        case .methodNotAllowed: "\(place) does not have \(request.method)"
        case .unknownMethod:
            "\(request.method) is neither a registered method nor declared by the policy"
        case .noPolicyForHost:
            request.host.isEmpty
                ? "every policy names its hosts; say which one with --host"
                : "no policy names the host \(request.host)"
        case .noRuleForPath: "no rule matches the path, and the policy refuses such paths"
        case .connectRefused: "CONNECT asks for a tunnel, which would pass every rule by"
        case .ambiguousPath:
            "a segment ends with a dot or a space, or a character is not ASCII, which servers "
                + "that ignore case read in ways of their own"
        default: reason.rawValue
        }
    }
}

extension Explanation {
    /// The explanation as JSON.
    func json() -> String {
        var members: [(String, JSONValue)] = [
            ("method", .string(request.method)), ("path", .string(request.path)),
        ]
        if let canonicalPath { members.append(("canonical_path", .string(canonicalPath))) }
        members.append(("host", .string(request.host)))
        if let policy {
            members.append(("policy", .string(policy.name)))
            members.append(("file", .string(policy.file)))
        }
        members.append(("rules", .array(candidates.map(Self.json))))
        members.append(("decision", .string(decisionName)))
        if case .forwarded(let upstream) = outcome {
            members.append(("upstream", .string(upstream)))
        }
        if let status { members.append(("status", .integer(status))) }
        if let reason { members.append(("reason", .string(reason))) }
        members.append(("because", .string(because)))
        let head = responseHeadLines()
        if !head.isEmpty {
            members.append(("response_head", .array(head.map(JSONValue.string))))
        }
        return JSONValue.object(members).text(indented: true)
    }

    private static func json(_ rule: CompiledRule) -> JSONValue {
        .object([
            ("pattern", .string(rule.pattern)),
            ("at", .string(rule.locationText)),
            ("allow", .array(rule.methodNames.map(JSONValue.string))),
        ])
    }

    /// `forward`, `options`, `preflight` or `refuse`.
    private var decisionName: String {
        switch outcome {
        case .forwarded: "forward"
        case .answeredOptions: "options"
        case .answeredPreflight: "preflight"
        case .refused, .malformed: "refuse"
        }
    }
}
