public import HTTPMessage
public import MethodPolicy

/// The policies of one load, with what reading requests by them needs.
///
/// Immutable, safe to share.
public final class JudgedPolicies: Sendable {
    /// The policies.
    public let snapshot: PolicySnapshot
    private let standardNames: OverrideNames
    /// The names of the policies that state some of their own.
    private let ownNames: [ObjectIdentifier: OverrideNames]

    /// Prepares the policies of one load.
    public init(_ snapshot: PolicySnapshot) {
        self.snapshot = snapshot
        var names: [ObjectIdentifier: OverrideNames] = [:]
        let standard = Self.standard(of: snapshot)
        for policy in snapshot.policies
        where policy.overrideFields != standard.fields
            || policy.overrideParameters != standard.parameters
        {
            names[ObjectIdentifier(policy)] = OverrideNames(
                fields: policy.overrideFields,
                parameters: policy.overrideParameters
            )
        }
        standardNames = OverrideNames(fields: standard.fields, parameters: standard.parameters)
        ownNames = names
    }

    /// The names that the shortest lists have: those of a policy that adds none.
    private static func standard(
        of snapshot: PolicySnapshot
    ) -> (fields: [String], parameters: [String]) {
        let plainest = snapshot.policies.min {
            $0.overrideFields.count + $0.overrideParameters.count
                < $1.overrideFields.count + $1.overrideParameters.count
        }
        return (plainest?.overrideFields ?? [], plainest?.overrideParameters ?? [])
    }

    /// The names that carry a method beside the request line, for one policy.
    public func overrideNames(of policy: CompiledPolicy) -> OverrideNames {
        if ownNames.isEmpty { return standardNames }
        return ownNames[ObjectIdentifier(policy)] ?? standardNames
    }
}
