/// The kinds of findings, by the names that `silence` takes.
///
/// Raw values are stable: people search for them, and files name them.
public enum LintCode: String, Sendable, CaseIterable {
    /// DELETE on a collection that has a rule for its items.
    case collectionDelete = "collection-delete"
    /// PUT on a collection that has a rule for its items.
    case collectionPut = "collection-put"
    /// POST on an item of a collection.
    case itemPost = "item-post"
    /// An unsafe method on an endpoint that only reports.
    case unsafeOnStatus = "unsafe-on-status"
    /// Report mode where something unsafe is not allowed: it is forwarded all the same.
    case reportMode = "report-mode"
    /// `**` with an unsafe method.
    case unsafeRest = "unsafe-rest"
    /// A rule that decides no path.
    case shadowedRule = "shadowed-rule"
    /// A rule without which the same paths are answered alike.
    case redundantRule = "redundant-rule"
    /// Method override that nobody judges.
    case overrideIgnored = "override-ignored"
    /// A tolerance, which makes the policy and the service read paths or fields apart.
    case tolerance = "tolerance"
    /// POST on an endpoint whose content holds methods of its own.
    case batchEndpoint = "batch-endpoint"
    /// `any`.
    case anyMethod = "any-method"
    /// A declared method that is not upper case.
    case lowerCaseMethod = "lower-case-method"
    /// Paths without a rule are forwarded.
    case forwardsUnlisted = "forwards-unlisted"
    /// A code in `silence` that no finding has.
    case unknownSilence = "unknown-silence"
    /// A policy that tells too many paths apart for its rules to be compared.
    case notCompared = "not-compared"
}
