extension CompiledPolicy {
    /// Decides on one request for a host of this policy: the decision table but for hosts.
    ///
    /// Pure, bounded and total. It allocates only where it reports, refuses a claim or a
    /// destination, or answers `OPTIONS *` where clients differ.
    ///
    /// The order is: ambiguous path, unknown method, CONNECT, no rule, OPTIONS, method, client,
    /// claims, destination. What is found first is what is refused or reported.
    public func decide(_ request: borrowing PolicyRequest) -> Decision {
        if table.foldsCase, isPath(request.path), AmbiguousPath.isAmbiguous(request.path) {
            return .refuse(Refusal(.ambiguousPath, policy: self))
        }
        guard let bit = methods.bit(of: request.method) else { return decideUnknown(request) }
        // A tunnel would pass every rule by, so no path can allow it (RFC 9110 section 9.3.6).
        if bit == MethodTable.connectBit {
            let allow = allow(for: request.client)
            return .refuse(Refusal(.connectRefused, policy: self, allow: allow))
        }
        guard let index = table.rule(matching: request.path) else {
            return decideUnlisted(bit, request)
        }
        let rule = rules[index]
        let narrowed = rule.narrowedView(for: request.client)
        if bit == MethodTable.optionsBit { return decideOptions(rule, narrowed, request) }
        guard (narrowed?.methods ?? rule.methods).contains(bit: bit) else {
            let isForOthers = rule.methods.contains(bit: bit)
            let reason: RefusalReason = isForOthers ? .clientNotAllowed : .methodNotAllowed
            let refusal = Refusal(reason, policy: self, rule: rule, narrowed: narrowed)
            return refuse(refusal, mode: bit == MethodTable.traceBit ? .enforce : rule.mode)
        }
        return decideClaims(bit, rule, narrowed, request)
    }

    /// A refusal; in report mode a permit that tells of it.
    func refuse(_ refusal: Refusal, mode: PolicyMode) -> Decision {
        switch mode {
        case .enforce: .refuse(refusal)
        case .report: .forward(Permit(reporting: refusal, policy: self))
        }
    }

    /// A method that is neither registered nor declared here.
    private func decideUnknown(_ request: borrowing PolicyRequest) -> Decision {
        let refusal = Refusal(.unknownMethod, policy: self)
        // What no policy can allow is not forwarded to be reported either.
        guard isPath(request.path), !Method.isProhibited(request.method) else {
            return .refuse(refusal)
        }
        guard let index = table.rule(matching: request.path) else {
            return refuse(refusal, mode: mode)
        }
        let rule = rules[index]
        guard rule.mode == .report else { return .refuse(refusal) }
        let narrowed = rule.narrowedView(for: request.client)
        let reported = Refusal(.unknownMethod, policy: self, rule: rule, narrowed: narrowed)
        return refuse(reported, mode: .report)
    }

    private func decideUnlisted(_ bit: UInt8, _ request: borrowing PolicyRequest) -> Decision {
        guard isPath(request.path) else { return decideNoPath(bit, request) }
        let isTrace = bit == MethodTable.traceBit
        if unlisted == .refuse {
            let refusal = Refusal(.noRuleForPath, policy: self)
            return refuse(refusal, mode: isTrace ? .enforce : mode)
        }
        if isTrace {
            let allow = allow(for: request.client)
            return .refuse(Refusal(.methodNotAllowed, policy: self, allow: allow))
        }
        if bit == MethodTable.optionsBit, request.isPreflight, let cors {
            return .preflight(PreflightAnswer(policy: self, rule: nil, narrowed: nil, cors: cors))
        }
        return decideClaims(bit, nil, nil, request)
    }

    /// `OPTIONS *` is answered; nothing else that is not a path is let through, whatever the
    /// policy says of unlisted ones.
    private func decideNoPath(_ bit: UInt8, _ request: borrowing PolicyRequest) -> Decision {
        guard request.path.count == 1, request.path[0] == Octet.asterisk,
            bit == MethodTable.optionsBit
        else { return .refuse(Refusal(.noRuleForPath, policy: self)) }
        return .options(OptionsAnswer(policy: self, allow: allow(for: request.client)))
    }

    @inline(__always)
    private func isPath(_ path: Span<UInt8>) -> Bool {
        !path.isEmpty && path[0] == Octet.slash
    }

    private func decideOptions(
        _ rule: CompiledRule,
        _ narrowed: RuleView?,
        _ request: borrowing PolicyRequest
    ) -> Decision {
        let view = narrowed ?? rule.fullView
        if request.isPreflight, let cors = view.cors {
            return .preflight(
                PreflightAnswer(policy: self, rule: rule, narrowed: narrowed, cors: cors)
            )
        }
        switch (rule.options, rule.mode) {
        case (.forward, _):
            return decideClaims(MethodTable.optionsBit, rule, narrowed, request)
        case (.local, .enforce):
            return .options(OptionsAnswer(policy: self, rule: rule, view: view))
        case (.local, .report):
            // The service goes on answering. Only a preflight that gets no CORS field here would
            // come to an end.
            guard request.isPreflight else {
                return .forward(Permit(policy: self, rule: rule, narrowed: narrowed))
            }
            let refusal = Refusal(.corsNotConfigured, policy: self, rule: rule, narrowed: narrowed)
            return refuse(refusal, mode: .report)
        }
    }

    /// The method is allowed: what else the request asks for.
    private func decideClaims(
        _ bit: UInt8,
        _ rule: CompiledRule?,
        _ narrowed: RuleView?,
        _ request: borrowing PolicyRequest
    ) -> Decision {
        for claim in request.claims {
            guard let refusal = refusal(of: claim, rule: rule, narrowed: narrowed) else { continue }
            return refuse(refusal, mode: rule?.mode ?? mode)
        }
        if request.hasDestination, mayWrite(bit, rule, request.claims) {
            return decideDestination(rule, narrowed, request)
        }
        return .forward(Permit(policy: self, rule: rule, narrowed: narrowed))
    }
}
