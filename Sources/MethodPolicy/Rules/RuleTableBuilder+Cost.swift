extension RuleTableBuilder {
    /// How many nodes a search for one path can visit at most.
    ///
    /// A path takes one literal child and one typed child of a node at most, but may have to try
    /// all partly literal ones and the parameter as well. The figure may be too high, never too
    /// low: the compiler refuses patterns for which it is too high, so that no path can make a
    /// decision slow.
    func searchCost() -> Int {
        var costs = [Int](repeating: 1, count: nodes.count)
        var literal = [Int](repeating: 0, count: nodes.count)
        var typed = [Int](repeating: 0, count: nodes.count)
        // Children come behind their parents, so a node's cost is complete when its turn comes.
        for node in nodes.indices.reversed() {
            let cost = costs[node] + literal[node] + typed[node]
            let parent = Int(edges[node].parent)
            switch edges[node].kind {
            case .root: return cost
            case .literal: literal[parent] = max(literal[parent], cost)
            case .integer, .uuid: typed[parent] = max(typed[parent], cost)
            case .partial, .parameter: costs[parent] += cost
            }
        }
        return 1
    }
}
