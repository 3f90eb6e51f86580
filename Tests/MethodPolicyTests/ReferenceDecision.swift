import MethodPolicy

/// Decides by the words of the decision table, slowly and independently of the module under test:
/// on names and lists, never on sets of bits, views or trees.
struct ReferenceDecision {
    struct Restriction {
        let methods: [String]
        let networks: [(prefix: String, name: String)]
    }

    struct Rule {
        let pattern: String
        let methods: [String]
        let restrictions: [Restriction]
        let forwardsOptions: Bool
        let reports: Bool
        let override: OverrideMode
    }

    struct Request {
        let method: String
        let path: String
        let destination: String
        let claims: [MethodClaim]
        /// The first two numbers of the client's address.
        let client: String
    }

    let rules: [Rule]
    let known: [String]
    let forwardsUnlisted: Bool
    let reports: Bool
    let override: OverrideMode

    private func rule(_ path: String) -> Rule? {
        ReferenceMatcher(patterns: rules.map(\.pattern)).match(path).map { rules[$0.index] }
    }

    /// What a rule has, whoever asks.
    private func allowed(_ rule: Rule) -> [String] {
        let implied = rule.methods.contains("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"]
        return rule.methods + implied
    }

    /// What a rule has for a client.
    func allowed(_ rule: Rule, _ client: String) -> [String] {
        allowed(rule).filter { method in
            rule.restrictions.allSatisfy { restriction in
                let isMeant =
                    restriction.methods.contains(method)
                    || method == "HEAD" && restriction.methods.contains("GET")
                return !isMeant || restriction.networks.contains { client.hasPrefix($0.prefix) }
            }
        }
    }

    func allow(_ methods: [String]) -> String {
        Set(methods.compactMap { Method($0) }).sorted().map(\.name).joined(separator: ", ")
    }

    func decide(_ request: Request) -> Outcome {
        let rule = rule(request.path)
        let reports = rule?.reports ?? reports
        guard let reason = reason(request, rule) else {
            if request.method == "OPTIONS", let rule, !rule.forwardsOptions, !reports {
                return .options(allow: allow(allowed(rule, request.client)))
            }
            return .forward(pattern: rule?.pattern)
        }
        let isProhibited = ["TRACE", "CONNECT", "TRACK", "PRI"].contains {
            $0.lowercased() == request.method.lowercased()
        }
        let written = self.rule(request.destination)?.reports ?? self.reports
        let isReported = reason == .destinationNotAllowed ? written : reports
        if isReported, !isProhibited { return .report(reason, pattern: rule?.pattern) }
        let methods =
            rule.map { allowed($0, request.client) }
            ?? (forwardsUnlisted
                ? known : rules.flatMap { allowed($0, request.client) } + ["OPTIONS"])
        return .refuse(
            status: reason.status,
            reason,
            allow: [403, 405].contains(reason.status) && reason != .destinationNotAllowed
                ? allow(reason == .connectRefused ? everywhere(request.client) : methods) : nil
        )
    }

    private func everywhere(_ client: String) -> [String] {
        forwardsUnlisted ? known : rules.flatMap { allowed($0, client) } + ["OPTIONS"]
    }

    private func reason(_ request: Request, _ rule: Rule?) -> RefusalReason? {
        guard (known + ["TRACE", "CONNECT"]).contains(request.method) else { return .unknownMethod }
        if request.method == "CONNECT" { return .connectRefused }
        guard let rule else {
            if !forwardsUnlisted { return .noRuleForPath }
            if request.method == "TRACE" { return .methodNotAllowed }
            return laterReason(request, nil)
        }
        if request.method == "OPTIONS", !rule.forwardsOptions { return nil }
        guard allowed(rule).contains(request.method) else { return .methodNotAllowed }
        guard allowed(rule, request.client).contains(request.method) else {
            return .clientNotAllowed
        }
        return laterReason(request, rule)
    }

    private func laterReason(_ request: Request, _ rule: Rule?) -> RefusalReason? {
        let mode = rule?.override ?? override
        let judged = request.claims.filter { claim in
            mode == .judge || mode == .strip && claim.carrier == .content
        }
        if mode == .refuse, !request.claims.isEmpty { return .overrideNotAllowed }
        for name in judged.map({ text($0.method) }) {
            let isAllowed =
                rule.map { rule in
                    allowed(rule, request.client).contains(name)
                        && (name != "OPTIONS" || rule.forwardsOptions)
                } ?? known.contains(name)
            if !isAllowed { return .overrideNotAllowed }
        }
        let methods = [request.method] + request.claims.map { text($0.method) }
        let mayWrite =
            rule.map { rule in
                ["COPY", "MOVE"].contains { methods.contains($0) || rule.methods.contains($0) }
            } ?? true
        guard !request.destination.isEmpty, mayWrite else { return nil }
        guard let written = self.rule(request.destination) else {
            return forwardsUnlisted ? nil : .destinationNotAllowed
        }
        let mayPut = allowed(written, request.client).contains("PUT")
        return mayPut ? nil : .destinationNotAllowed
    }
}
