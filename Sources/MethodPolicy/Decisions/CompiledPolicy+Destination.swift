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

    /// Whether the client may write there: the rule of that path has PUT for it, or it is the rule
    /// that has let it come this far.
    func decideDestination(
        _ rule: CompiledRule?,
        _ narrowed: RuleView?,
        _ request: borrowing PolicyRequest
    ) -> Decision {
        if table.foldsCase, AmbiguousPath.isAmbiguous(request.destination) {
            return .refuse(
                Refusal(.ambiguousPath, policy: self, rule: rule, narrowed: narrowed)
            )
        }
        let written = table.rule(matching: request.destination).map { rules[$0] }
        let mayWrite: Bool
        if let written {
            let isSame = written === rule
            mayWrite =
                isSame
                || written.view(for: request.client).methods.contains(bit: MethodTable.putBit)
        } else {
            mayWrite = unlisted == .forward && request.destination[0] == Octet.slash
        }
        if mayWrite { return .forward(Permit(policy: self, rule: rule, narrowed: narrowed)) }
        let refusal = Refusal(
            .destinationNotAllowed,
            policy: self,
            rule: rule,
            narrowed: narrowed,
            destinationRule: written
        )
        let isReported = rule?.mode ?? mode == .report || written?.mode ?? mode == .report
        return isReported
            ? .forward(Permit(reporting: refusal, policy: self)) : .refuse(refusal)
    }
}
