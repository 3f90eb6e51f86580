/// Methods beside the one of the request line: those that frameworks take in its place.
extension CompiledPolicy {
    /// The refusal of a claimed method, or nil if it is let through.
    ///
    /// - Parameters:
    ///   - claim: The claim.
    ///   - rule: The rule that decides; nil if unlisted paths are forwarded.
    ///   - narrowed: The client's view, where clients differ.
    /// - Returns: The refusal, or nil.
    func refusal(of claim: MethodClaim, rule: CompiledRule?, narrowed: RuleView?) -> Refusal? {
        switch rule?.overrides ?? overrides {
        case .ignore:
            return nil
        case .strip where claim.carrier != .content:
            // It never reaches the service.
            return nil
        case .judge, .strip:
            if allows(claim, rule, narrowed) { return nil }
        case .refuse:
            break
        }
        return Refusal(
            .overrideNotAllowed,
            policy: self,
            rule: rule,
            narrowed: narrowed,
            claim: claim
        )
    }

    /// Whether the claimed method would be let through as the method of the request line.
    private func allows(_ claim: MethodClaim, _ rule: CompiledRule?, _ narrowed: RuleView?) -> Bool
    {
        guard let bit = methods.bit(of: claim.method.span) else { return false }
        guard let rule else {
            return bit != MethodTable.traceBit && bit != MethodTable.connectBit
        }
        // Where OPTIONS is answered here, the service does not get to see one.
        if bit == MethodTable.optionsBit, rule.options == .local { return false }
        return (narrowed?.methods ?? rule.methods).contains(bit: bit)
    }
}
