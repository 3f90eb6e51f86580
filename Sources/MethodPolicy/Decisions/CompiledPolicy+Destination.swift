/// The second path of COPY and MOVE (RFC 4918 sections 9.8 and 9.9).
extension CompiledPolicy {
    /// Whether the service may write to the destination that a request names.
    ///
    /// So it does for COPY and MOVE, and for whatever method where content, which is read later,
    /// may yet claim one of them.
    func mayWrite(_ bit: UInt8, _ rule: CompiledRule?, _ claims: [MethodClaim]) -> Bool {
        // Where no rule decides, every method is allowed.
        guard let rule else { return true }
        if MethodTable.writing.contains(bit: bit) { return true }
        if !rule.methods.intersection(MethodTable.writing).isEmpty { return true }
        for claim in claims {
            guard let claimed = methods.bit(of: claim.method.span) else { continue }
            if MethodTable.writing.contains(bit: claimed) { return true }
        }
        return false
    }

    /// Whether the client may write there: what COPY and MOVE write to must accept PUT from it.
    ///
    /// The mode is that of the destination's rule, which is what would be got round.
    func decideDestination(
        _ rule: CompiledRule?,
        _ narrowed: RuleView?,
        _ request: borrowing PolicyRequest
    ) -> Decision {
        switch request.destinationFault {
        case .malformed?:
            return .refuse(
                Refusal(.malformedRequest, policy: self, rule: rule, narrowed: narrowed)
            )
        case .foreign?:
            let refusal = Refusal(
                .destinationNotAllowed,
                policy: self,
                rule: rule,
                narrowed: narrowed
            )
            return refuse(refusal, mode: rule?.mode ?? mode)
        case nil:
            break
        }
        if table.foldsCase, AmbiguousPath.isAmbiguous(request.destination) {
            return .refuse(
                Refusal(.ambiguousPath, policy: self, rule: rule, narrowed: narrowed)
            )
        }
        let written = table.rule(matching: request.destination).map { rules[$0] }
        let accepts =
            written?.view(for: request.client).methods.contains(bit: MethodTable.putBit)
            ?? (unlisted == .forward && request.destination[0] == Octet.slash)
        if accepts { return .forward(Permit(policy: self, rule: rule, narrowed: narrowed)) }
        let refusal = Refusal(
            .destinationNotAllowed,
            policy: self,
            rule: rule,
            narrowed: narrowed,
            destinationRule: written
        )
        return refuse(refusal, mode: written?.mode ?? mode)
    }
}
