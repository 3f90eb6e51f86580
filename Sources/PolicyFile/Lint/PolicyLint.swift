public import MethodPolicy

/// Looks for what sound policies may still get wrong (RFC 9110 sections 9.2 and 9.3).
///
/// A finding keeps nothing from being used. A rule's `silence` leaves out findings of that rule, a
/// file's leaves out those of the file and all its rules.
public enum PolicyLint {
    /// Every finding that is not silenced, by place.
    ///
    /// It looks at every path that rules tell apart, so a load of 100,000 rules takes seconds.
    public static func findings(in snapshot: PolicySnapshot) -> [LintFinding] {
        snapshot.policies.flatMap { policy in
            var checks = PolicyChecks(policy)
            checks.checkFile()
            for rule in policy.rules { checks.check(rule) }
            checks.checkCoverage(in: snapshot)
            return checks.findings
        }.enumerated().sorted { one, other in
            let (left, right) = (one.element.location, other.element.location)
            return (left.file, left.line, left.column, one.offset)
                < (right.file, right.line, right.column, other.offset)
        }.map(\.element)
    }
}
