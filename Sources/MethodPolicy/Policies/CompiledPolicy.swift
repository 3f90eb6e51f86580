/// One policy file, checked and frozen.
///
/// Immutable, safe to share.
public final class CompiledPolicy: Sendable {
    /// The name in logs and metrics.
    public let name: String
    /// The file it comes from.
    public let file: String
    /// The hosts it serves; empty if it serves those that no other file does.
    public let hosts: [String]
    /// What becomes of paths that no rule matches.
    public let unlisted: Unlisted
    /// The rules in the order of the file.
    public let rules: [CompiledRule]
    /// The file's CORS block, for answers that no rule decides; it allows the methods of `union`.
    public let cors: CompiledCORS?
    /// Every method that works somewhere: all that are known if unlisted paths are forwarded.
    public let union: MethodSet
    /// The value of `Allow` for `union`: what `OPTIONS *` is answered with.
    public let allow: [UInt8]
    /// Where unlisted paths are forwarded to: an index into ``PolicySnapshot/upstreams``.
    public let upstream: Int
    /// Whether ASCII letters in paths match in either case.
    public let caseInsensitive: Bool
    /// Whether one `/` at the end of a path makes no difference.
    public let ignoresTrailingSlash: Bool

    let methods: MethodTable
    let table: RuleTable

    init(
        _ definition: PolicyDefinition,
        methods: MethodTable,
        table: RuleTable,
        rules: [CompiledRule],
        union: MethodListing,
        cors: CompiledCORS?,
        upstream: Int
    ) {
        self.name = definition.name
        self.file = definition.file
        self.hosts = definition.hosts.map(\.name)
        self.unlisted = definition.unlisted
        self.caseInsensitive = definition.caseInsensitive
        self.ignoresTrailingSlash = definition.ignoresTrailingSlash
        self.methods = methods
        self.table = table
        self.rules = rules
        self.union = union.methods
        self.allow = union.allow
        self.cors = cors
        self.upstream = upstream
    }

    /// Whether a method, as a client sent it, is registered or declared here.
    ///
    /// Compares octets.
    public func isKnown(method: Span<UInt8>) -> Bool {
        methods.bit(of: method) != nil
    }

    /// Whether a method, as a client sent it, is a member of one of this policy's sets.
    public func contains(_ method: Span<UInt8>, in set: MethodSet) -> Bool {
        methods.bit(of: method).map { set.contains(bit: $0) } ?? false
    }

    /// The members of one of this policy's sets, in the order of `Allow`.
    public func methods(in set: MethodSet) -> [Method] {
        methods.members(of: set)
    }
}
