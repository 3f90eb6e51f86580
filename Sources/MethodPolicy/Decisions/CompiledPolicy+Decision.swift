extension CompiledPolicy {
    /// Decides on one request for a host of this policy: rows 2 and 4 to 9 of the decision table.
    func decide(method: Span<UInt8>, path: Span<UInt8>, isPreflight: Bool) -> Decision {
        if table.foldsCase, AmbiguousPath.isAmbiguous(path) {
            return .refuse(Refusal(.ambiguousPath, policy: self))
        }
        guard let bit = methods.bit(of: method) else {
            return .refuse(Refusal(.unknownMethod, policy: self))
        }
        // A tunnel would pass every rule by, so no path can allow it (RFC 9110 section 9.3.6).
        if bit == MethodTable.connectBit {
            return .refuse(Refusal(.connectRefused, policy: self))
        }
        guard let index = table.rule(matching: path) else {
            return decideUnlisted(bit, path: path, isPreflight: isPreflight)
        }
        let rule = rules[index]
        if bit == MethodTable.optionsBit {
            return decideOptions(rule, isPreflight: isPreflight)
        }
        guard rule.methods.contains(bit: bit) else {
            return .refuse(Refusal(.methodNotAllowed, policy: self, rule: rule))
        }
        return .forward(Permit(upstream: rule.upstream, policy: self, rule: rule))
    }

    private func decideUnlisted(
        _ bit: UInt8,
        path: Span<UInt8>,
        isPreflight: Bool
    ) -> Decision {
        let first = path.isEmpty ? 0 : path[0]
        if first == Octet.asterisk, path.count == 1, bit == MethodTable.optionsBit {
            return .options(OptionsAnswer(policy: self, rule: nil))
        }
        // What is not a path is not forwarded, whatever the policy says of unlisted ones.
        guard unlisted == .forward, first == Octet.slash else {
            return .refuse(Refusal(.noRuleForPath, policy: self))
        }
        if bit == MethodTable.traceBit {
            return .refuse(Refusal(.methodNotAllowed, policy: self))
        }
        if bit == MethodTable.optionsBit, isPreflight, let cors {
            return .preflight(PreflightAnswer(policy: self, rule: nil, cors: cors))
        }
        return .forward(Permit(upstream: upstream, policy: self, rule: nil))
    }

    private func decideOptions(_ rule: CompiledRule, isPreflight: Bool) -> Decision {
        if isPreflight, let cors = rule.cors {
            return .preflight(PreflightAnswer(policy: self, rule: rule, cors: cors))
        }
        switch rule.options {
        case .local: return .options(OptionsAnswer(policy: self, rule: rule))
        case .forward:
            return .forward(Permit(upstream: rule.upstream, policy: self, rule: rule))
        }
    }
}
