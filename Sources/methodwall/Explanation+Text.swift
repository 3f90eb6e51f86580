import HTTPMessage
import Judgement
import MethodPolicy

extension Explanation {
    /// The explanation as a person reads it.
    func text() -> String {
        var lines = ["\(request.method) \(request.path)"]
        if let canonicalPath { lines.append(Self.line("path", canonicalPath)) }
        if let matchingPath { lines.append(Self.line("compared", matchingPath)) }
        lines.append(Self.line("host", request.host.isEmpty ? "none given" : request.host))
        if let client = request.client { lines.append(Self.line("client", "\(client)")) }
        if let policy { lines.append(Self.line("policy", "\(policy.name), from \(policy.file)")) }
        lines += ruleLines()
        if let upgrades = rule?.upgrades, !upgrades.isEmpty {
            let names = upgrades.names.joined(separator: ", ")
            lines.append(Self.line("upgrade", "to \(names), behind which nothing is judged"))
        }
        lines += clientLines()
        lines += overrideLines()
        if let destination { lines.append(Self.line("writes", destination)) }
        if let contentText { lines.append(Self.line("content", contentText)) }
        for (name, consequence) in tolerances {
            lines.append(Self.line("tolerates", "\(name): \(consequence)"))
        }
        if mode == .report {
            lines.append(Self.line("mode", "report: what is not allowed is logged and forwarded"))
        }
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

    /// What is for some clients alone, and what that leaves to this one.
    private func clientLines() -> [String] {
        guard let rule, !rule.only.isEmpty, let view else { return [] }
        let only = rule.only.map { Self.line("only", $0.description) }
        let client = request.client == nil ? "a client of unknown address" : "this client"
        return only + [Self.line("may", "\(view.methodNames.joined(separator: ", ")) (\(client))")]
    }

    private func overrideLines() -> [String] {
        let claimed = claims.map { claim in
            let text = "\(Self.method(of: claim)), claimed by \(Self.carrier(of: claim))"
            return Self.line("effective", text)
        }
        guard !claims.isEmpty || overrides != .judge else { return claimed }
        return claimed + [Self.line("override", "\(overrides.rawValue): \(overrideConsequence)")]
    }

    private var overrideConsequence: String {
        switch overrides {
        case .judge: "a claimed method must be allowed as well"
        case .refuse: "claiming a method is refused, whichever it is"
        case .strip: "claims in fields and the query are taken out, those in forms are judged"
        case .ignore: "claims are not looked at, so the service may act on one that was not judged"
        }
    }

    /// What becomes of the content of a request that is forwarded, if it may claim a method.
    var contentText: String? {
        switch content {
        case .none: nil
        case .urlencoded, .multipart: "judged while it streams"
        case .refused(let fault): "logged as \(Self.refusal(fault)), and not judged"
        }
    }

    private static func refusal(_ fault: MessageFault) -> String {
        let detail = fault.code.rawValue
        let reason = fault.refusalReason.rawValue
        // Where the reason says it all, the detail is the same word.
        return "\(fault.status) \(reason)" + (detail == reason ? "" : " (\(detail))")
    }

    private static func line(_ label: String, _ text: String) -> String {
        label + String(repeating: " ", count: max(10 - label.count, 1)) + text
    }

    private var decisionText: String {
        switch outcome {
        case .forwarded(let upstream, let refusal):
            if let would = refusal.map({ "\($0.status) \($0.reason.rawValue)" })
                ?? fault.map(Self.refusal)
            {
                "report: would refuse \(would), forwarded to \(upstream)"
            } else {
                "forward to \(upstream)"
            }
        case .answeredOptions: "answer OPTIONS here: 204"
        case .answeredPreflight(let verdict, _):
            verdict.reason.map {
                "answer the preflight here: 204, and the browser refuses (\($0.rawValue))"
            }
                ?? "answer the preflight here: 204, and the browser proceeds"
        case .refused(let refusal): "refuse: \(refusal.status) \(refusal.reason.rawValue)"
        case .malformed(let fault), .unscannable(let fault): "refuse: \(Self.refusal(fault))"
        }
    }
}
