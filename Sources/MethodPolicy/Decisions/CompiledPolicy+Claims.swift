/// Methods beside the one of the request line: those that frameworks take in its place.
extension CompiledPolicy {
    /// The refusal of a claimed method, or nil if it is let through.
    ///
    /// - Parameters:
    ///   - claim: The claim.
    ///   - rule: The rule that decides; nil if unlisted paths are forwarded.
    ///   - view: What the client may do by the rule.
    func refusal(of claim: MethodClaim, rule: CompiledRule?, view: RuleView?) -> Refusal? {
        switch rule?.overrides ?? overrides {
        case .ignore:
            return nil
        case .strip where claim.carrier != .content:
            // It never reaches the service.
            return nil
        case .judge, .strip:
            if allows(claim, rule, view) { return nil }
        case .refuse:
            break
        }
        return Refusal(
            .overrideNotAllowed,
            policy: self,
            rule: rule,
            view: view,
            allow: view?.allow ?? allow,
            claim: claim
        )
    }

    /// Whether the claimed method would be let through as the method of the request line.
    private func allows(_ claim: MethodClaim, _ rule: CompiledRule?, _ view: RuleView?) -> Bool {
        guard let bit = methods.bit(of: claim.method.span) else { return false }
        guard let rule, let view else {
            return bit != MethodTable.traceBit && bit != MethodTable.connectBit
        }
        // Where OPTIONS is answered here, the service does not get to see one.
        if bit == MethodTable.optionsBit, rule.options == .local { return false }
        return view.methods.contains(bit: bit)
    }
}
