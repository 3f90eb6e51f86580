/// One rule, checked and frozen.
///
/// Immutable, safe to share.
public final class CompiledRule: Sendable {
    // What decisions read stands first, in the cache line of the reference count.

    /// What is allowed to some client: HEAD with GET, OPTIONS always.
    public let methods: MethodSet
    /// Where it forwards to: an index into ``PolicySnapshot/upstreams``.
    public let upstream: Int
    /// Who answers OPTIONS.
    public let options: OptionsMode
    /// What becomes of what it does not let through.
    public let mode: PolicyMode
    /// What becomes of method override.
    public let overrides: OverrideMode
    /// The protocols that a connection may change to.
    public let upgrades: UpgradeProtocols
    /// Whether clients differ in what they may do.
    let isRestricted: Bool
    /// What a client that every restriction admits may do.
    let fullView: RuleView
    /// What each client may do; the last one is that of a client that every restriction admits.
    public let views: [RuleView]
    /// Which methods are for some clients alone.
    public let only: [CompiledRestriction]
    /// The sets of clients that tell `views` apart: a bit of a view's index each.
    let clientSets: [ClientSet]
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
    /// Why the rule is as it is, for people who are refused.
    public let reason: String?
    /// The codes of findings that are not to be reported of it.
    public let silenced: [String]

    init(
        _ definition: RuleDefinition,
        of policy: PolicyDefinition,
        index: Int,
        policyIndex: Int,
        fullView: RuleView,
        views: [RuleView],
        restrictions: RuleRestrictions,
        upstream: Int
    ) {
        self.methods = fullView.methods
        self.upstream = upstream
        self.options = definition.options
        self.mode = definition.mode ?? policy.mode
        self.overrides = definition.override ?? policy.override.mode
        self.upgrades = definition.upgrades
        self.isRestricted = views.count > 1
        self.fullView = fullView
        self.views = views
        self.only = restrictions.only
        self.clientSets = restrictions.clientSets
        self.index = index
        self.policyIndex = policyIndex
        self.pattern = definition.pattern
        self.location = definition.location
        self.locationText = "\(definition.location.file):\(definition.location.line)"
        self.reason = definition.reason
        self.silenced = definition.silenced
    }

    /// The names of `methods` in the order of `Allow`.
    public var methodNames: [String] { fullView.methodNames }

    /// The value of `Allow` for a client that every restriction admits.
    public var allow: [UInt8] { fullView.allow }

    /// The rule's CORS block, its own or the file's, for a client that every restriction admits.
    public var cors: CompiledCORS? { fullView.cors }

    /// What a client may do.
    ///
    /// Allocates nothing.
    public func view(for client: borrowing Client) -> RuleView {
        narrowedView(for: client) ?? fullView
    }

    /// What a client may do where clients differ, nil where they do not.
    ///
    /// Nil, because taking hold of a view that says nothing new would cost every decision.
    @inline(__always)
    func narrowedView(for client: borrowing Client) -> RuleView? {
        isRestricted ? narrowedViewIfRestricted(for: client) : nil
    }

    private func narrowedViewIfRestricted(for client: borrowing Client) -> RuleView {
        var index = 0
        for place in clientSets.indices where clientSets[place].admits(client) {
            index |= 1 << place
        }
        return views.indices.contains(index) ? views[index] : fullView
    }
}
