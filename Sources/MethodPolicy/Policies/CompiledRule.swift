/// One rule, checked and frozen.
///
/// Immutable, safe to share.
public final class CompiledRule: Sendable {
    // What decisions read stands first, in the cache line of the reference count.

    /// What is allowed: HEAD with GET, OPTIONS always.
    public let methods: MethodSet
    /// Where it forwards to: an index into ``PolicySnapshot/upstreams``.
    public let upstream: Int
    /// Who answers OPTIONS.
    public let options: OptionsMode
    /// The rule's CORS block, its own or the file's.
    public let cors: CompiledCORS?
    /// Its place in ``CompiledPolicy/rules``.
    public let index: Int
    /// The place of its policy in ``PolicySnapshot/policies``.
    public let policyIndex: Int
    /// The pattern as it was written.
    public let pattern: String
    /// Where it stands.
    public let location: SourceLocation
    /// `file:line`, for logs.
    public let locationText: String
    /// The names of `methods` in the order of `Allow`.
    public let methodNames: [String]
    /// The value of `Allow`: exactly the methods that work.
    public let allow: [UInt8]
    /// Why the rule is as it is, for people who are refused.
    public let reason: String?

    init(
        _ definition: RuleDefinition,
        index: Int,
        policyIndex: Int,
        listing: MethodListing,
        cors: CompiledCORS?,
        upstream: Int
    ) {
        self.index = index
        self.policyIndex = policyIndex
        self.pattern = definition.pattern
        self.location = definition.location
        self.locationText = "\(definition.location.file):\(definition.location.line)"
        self.methods = listing.methods
        self.methodNames = listing.names
        self.allow = listing.allow
        self.options = definition.options
        self.cors = cors
        self.reason = definition.reason
        self.upstream = upstream
    }
}

/// A set of methods with what is printed of it.
///
/// Rules with the same set share one.
struct MethodListing: Sendable {
    let methods: MethodSet
    let names: [String]
    let allow: [UInt8]

    init(_ methods: MethodSet, in table: MethodTable) {
        self.methods = methods
        self.names = table.members(of: methods).map(\.name)
        self.allow = Array(names.joined(separator: ", ").utf8)
    }
}
