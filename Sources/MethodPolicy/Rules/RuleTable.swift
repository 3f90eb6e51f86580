/// The patterns of one policy, frozen: a tree in flat arrays.
///
/// Each node is a place reached by some number of segments. Literal children are found through one
/// hash table for the whole tree, so that the number of rules does not matter; the few other kinds
/// hang off the node itself.
struct RuleTable: Sendable {
    /// What stands where there is no node or no rule.
    static let none: Int32 = -1

    /// A place in the tree.
    ///
    /// Numbers are indices of nodes or of rules.
    struct Node: Sendable {
        /// The rule of a pattern that ends here.
        var rule = RuleTable.none
        /// The rule of a pattern that ends here with `**`.
        var rest = RuleTable.none
        var integer = RuleTable.none
        var uuid = RuleTable.none
        var parameter = RuleTable.none
        /// The partly literal children: `partials[partialsStart..<partialsEnd]`.
        var partialsStart: Int32 = 0
        var partialsEnd: Int32 = 0
        var hasLiterals = false
        var hasChildren = false
    }

    /// A partly literal child.
    ///
    /// Those of one node stand together, the longest literal first.
    struct Partial: Sendable {
        var offset: Int32
        var prefixCount: Int32
        var suffixCount: Int32
        var child: Int32

        var literalCount: Int32 { prefixCount &+ suffixCount }
    }

    var nodes: [Node]
    var literals: OctetTable
    var partials: [Partial]
    /// Prefix and suffix of each partly literal segment, one after the other.
    var partialOctets: [UInt8]
    /// By rule: its place in the order of specificity.
    ///
    /// Less is more specific; equal ones are equal.
    var ranks: [Int32]
    let foldsCase: Bool
    let ignoresTrailingSlash: Bool
}
