/// What a client may do by one rule.
///
/// A rule that makes no difference between clients has one; the others have one for each way in
/// which a client can be a member of the sets of clients that they name. Immutable, safe to share.
public final class RuleView: Sendable {
    /// What the client may do: HEAD with GET, OPTIONS always.
    public let methods: MethodSet
    /// The names of `methods` in the order of `Allow`.
    public let methodNames: [String]
    /// The value of `Allow`: exactly the methods that work for the client.
    public let allow: [UInt8]
    /// The rule's CORS block, its own or the file's, with the methods of this client.
    public let cors: CompiledCORS?
    /// Its place in ``CompiledRule/views``: a bit for each set of clients that holds the client.
    public let index: Int

    init(listing: MethodListing, cors: CompiledCORS?, index: Int) {
        self.methods = listing.methods
        self.methodNames = listing.names
        self.allow = listing.allow
        self.cors = cors
        self.index = index
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
