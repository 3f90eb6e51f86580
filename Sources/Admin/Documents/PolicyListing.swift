/// The policies in force, as `/policy` tells them.
///
/// There may be a hundred thousand rules. They are asked for one at a time while the answer is
/// being sent, so that neither their values nor their text exist all at once.
public struct PolicyListing: Sendable {
    /// One policy.
    public struct Policy: Sendable {
        /// Its name.
        public var name: String
        /// The file it stands in.
        public var file: String
        /// The hosts it is for.
        public var hosts: [String]
        /// `enforce` or `report`.
        public var mode: String
        /// What becomes of paths that no rule matches.
        public var unlisted: String
        /// The name of the upstream.
        public var upstream: String
        /// How many rules it has.
        public var ruleCount: Int
        /// The rule with an index below `ruleCount`; called on the listener's event loop, so it
        /// must be quick and must not wait.
        public var rule: @Sendable (_ index: Int) -> Rule

        /// Makes one.
        ///
        /// - Parameters:
        ///   - name: Its name.
        ///   - file: The file it stands in.
        ///   - hosts: The hosts it is for.
        ///   - mode: `enforce` or `report`.
        ///   - unlisted: What becomes of paths that no rule matches.
        ///   - upstream: The name of the upstream.
        ///   - ruleCount: How many rules it has.
        ///   - rule: Gives the rule with an index.
        public init(
            name: String,
            file: String,
            hosts: [String],
            mode: String,
            unlisted: String,
            upstream: String,
            ruleCount: Int,
            rule: @escaping @Sendable (_ index: Int) -> Rule
        ) {
            self.name = name
            self.file = file
            self.hosts = hosts
            self.mode = mode
            self.unlisted = unlisted
            self.upstream = upstream
            self.ruleCount = ruleCount
            self.rule = rule
        }
    }

    /// One rule, with its counts since it was loaded.
    public struct Rule: Sendable {
        /// The path pattern.
        public var pattern: String
        /// Where it stands: `file:line`.
        public var at: String
        /// The methods that work, in the order of `Allow`.
        public var methods: [String]
        /// `enforce` or `report`.
        public var mode: String
        /// Why the rule is as it is, in the author's words.
        public var reason: String?
        /// The restrictions to clients.
        public var only: [String] = []
        /// The protocols that a request may switch to.
        public var upgrade: [String] = []
        /// Forwarded requests.
        public var forwarded: UInt64 = 0
        /// Refused requests.
        public var refused: UInt64 = 0
        /// Requests that were forwarded because the rule only reports.
        public var wouldRefuse: UInt64 = 0

        /// A rule that no request has met.
        ///
        /// - Parameters:
        ///   - pattern: The path pattern.
        ///   - at: Where it stands.
        ///   - methods: The methods that work.
        ///   - mode: `enforce` or `report`.
        public init(pattern: String, at: String, methods: [String], mode: String) {
            self.pattern = pattern
            self.at = at
            self.methods = methods
            self.mode = mode
        }
    }

    /// The version of the policies.
    public var version: String
    /// When they were put in force.
    public var loadedAt: AdminTime
    /// The files they were read from.
    public var files: [String]
    /// The policies, in the order of their files.
    public var policies: [Policy]

    /// Makes one.
    ///
    /// - Parameters:
    ///   - version: The version of the policies.
    ///   - loadedAt: When they were put in force.
    ///   - files: The files they were read from.
    ///   - policies: The policies.
    public init(version: String, loadedAt: AdminTime, files: [String], policies: [Policy]) {
        self.version = version
        self.loadedAt = loadedAt
        self.files = files
        self.policies = policies
    }
}
