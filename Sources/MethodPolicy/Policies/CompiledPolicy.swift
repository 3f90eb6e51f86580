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
    /// What becomes of requests that no rule decides and that are not let through.
    public let mode: PolicyMode
    /// What becomes of method override where no rule decides.
    public let overrides: OverrideMode
    /// The names of fields that carry a method, lower case, each once.
    public let overrideFields: [String]
    /// The names of query and form parameters that carry a method, lower case, each once.
    public let overrideParameters: [String]
    /// Whether a claim can make a difference: false if the file and every rule ignore them.
    public let judgesOverrides: Bool
    /// What is let through although origin servers disagree about it.
    public let tolerances: PolicyTolerances
    /// The codes of findings that are not to be reported of any rule.
    public let silenced: [String]

    let methods: MethodTable
    let table: RuleTable
    private let clientUnion: ClientUnion

    init(
        _ definition: PolicyDefinition,
        methods: MethodTable,
        table: RuleTable,
        rules: [CompiledRule],
        union: MethodListing,
        clientUnion: ClientUnion,
        overrides: OverrideChecker,
        cors: CompiledCORS?,
        upstream: Int
    ) {
        self.name = definition.name
        self.file = definition.file
        self.hosts = definition.hosts.map(\.name)
        self.unlisted = definition.unlisted
        self.caseInsensitive = definition.caseInsensitive
        self.ignoresTrailingSlash = definition.ignoresTrailingSlash
        self.mode = definition.mode
        self.overrides = definition.override.mode
        self.overrideFields = overrides.fields
        self.overrideParameters = overrides.parameters
        self.judgesOverrides =
            definition.override.mode != .ignore || rules.contains { $0.overrides != .ignore }
        self.tolerances = definition.tolerances
        self.silenced = definition.silenced
        self.methods = methods
        self.table = table
        self.rules = rules
        self.clientUnion = clientUnion
        self.union = union.methods
        self.allow = union.allow
        self.cors = cors
        self.upstream = upstream
    }

    /// The value of `Allow` for what works somewhere for a client.
    ///
    /// Allocates only if some method works for other clients alone.
    public func allow(for client: borrowing Client) -> [UInt8] {
        let works = clientUnion.methods(for: client)
        return works == union ? allow : MethodListing(works, in: methods).allow
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
