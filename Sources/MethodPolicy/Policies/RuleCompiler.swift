/// What tells the views of a policy's rules apart, but for rules with a CORS block of their own.
private struct ViewKey: Hashable {
    let methods: UInt64
    let index: Int
    let hasCORS: Bool
}

/// Checks and freezes the rules of one policy.
struct RuleCompiler {
    let methods: MethodTable
    /// The names that carry a method beside the request line.
    let overrides: OverrideChecker
    private var ruleFaults: [PolicyFault] = []
    private let definition: PolicyDefinition
    private let cors: CORSParts?
    private var methodFaults: MethodFaults
    private var restrictions: RestrictionCompiler
    private var listings: [UInt64: MethodListing] = [:]
    /// The views of rules that have no CORS block of their own.
    private var views: [ViewKey: RuleView] = [:]
    /// The file's CORS block by method set, for the rules that have no block of their own.
    private var inheritedCORS: [UInt64: CompiledCORS] = [:]

    init(_ definition: PolicyDefinition) {
        self.definition = definition
        var methodFaults = MethodFaults(definition)
        let methods = MethodTable(extensions: methodFaults.extensions())
        self.methods = methods
        self.methodFaults = methodFaults
        let overrides = OverrideChecker(definition.override)
        self.overrides = overrides
        self.restrictions = RestrictionCompiler(methods: methods)
        var checker = definition.cors.map {
            CORSChecker($0, overrideFields: overrides.fields)
        }
        self.cors = checker?.parts()
        self.ruleFaults = methodFaults.faults + overrides.faults + (checker?.faults ?? [])
    }

    // MARK: - Patterns

    /// Every fault that was found so far.
    var faults: [PolicyFault] { ruleFaults + restrictions.faults }

    /// The patterns of every rule, each fault reported.
    mutating func table() -> RuleTable {
        var builder = RuleTableBuilder(
            caseInsensitive: definition.caseInsensitive,
            ignoresTrailingSlash: definition.ignoresTrailingSlash
        )
        for rule in definition.rules {
            do throws(PatternFault) {
                let pattern = try PathPattern(
                    rule.pattern,
                    caseInsensitive: definition.caseInsensitive,
                    ignoresTrailingSlash: definition.ignoresTrailingSlash
                )
                report(builder.add(pattern), for: rule)
            } catch {
                builder.skip()
                let message = "\(PolicyCompiler.quoted(rule.pattern)): \(error.message)"
                ruleFaults.append(
                    PolicyFault(
                        error.code,
                        message,
                        hint: error.hint,
                        at: rule.patternLocation.advanced(by: error.offset)
                    )
                )
            }
        }
        reportCost(of: builder)
        return builder.frozen()
    }

    private mutating func report(_ insertion: RuleTableBuilder.Insertion, for rule: RuleDefinition)
    {
        switch insertion {
        case .inserted, .tooManyPartials(isFirst: false):
            break
        case .duplicate(let other):
            let first = definition.rules[other]
            let same = first.pattern == rule.pattern
            ruleFaults.append(
                PolicyFault(
                    .duplicatePattern,
                    same
                        ? "\(rule.pattern) has a rule already"
                        : "\(rule.pattern) matches the same paths as \(first.pattern)",
                    hint: "join the two rules",
                    at: rule.patternLocation,
                    related: [first.patternLocation]
                )
            )
        case .tooManyPartials(isFirst: true):
            ruleFaults.append(
                PolicyFault(
                    .tooManyPartialSegments,
                    "more than \(PolicySnapshot.partialSegmentsMax) different segments with a * "
                        + "stand in this place",
                    hint: "use literals or {name}",
                    at: rule.patternLocation
                )
            )
        }
    }

    private mutating func reportCost(of builder: RuleTableBuilder) {
        let overlaps = OverlapSearch(builder)
        for (first, second) in overlaps.found {
            let (one, other) = (definition.rules[first], definition.rules[second])
            ruleFaults.append(
                PolicyFault(
                    .overlappingPatterns,
                    "\(one.pattern) and \(other.pattern) are equally specific and match the same "
                        + "paths",
                    hint: "make one of them more specific",
                    at: other.patternLocation,
                    related: [one.patternLocation]
                )
            )
        }
        if overlaps.isExhausted || builder.searchCost() > PolicySnapshot.searchCostMax {
            ruleFaults.append(
                PolicyFault(
                    .matchingTooCostly,
                    "the patterns branch so much that one path may need more than "
                        + "\(PolicySnapshot.searchCostMax) comparisons",
                    hint: "use fewer segments with * or {name} beside literals",
                    at: definition.location
                )
            )
        }
    }

    // MARK: - Rules

    /// Freezes a rule.
    mutating func rule(
        _ rule: RuleDefinition,
        index: Int,
        policyIndex: Int,
        upstream: Int
    )
        -> CompiledRule
    {
        let allowed = methodSet(of: rule)
        let restrictions = restrictions.restrictions(of: rule, allowed: allowed)
        let cors = corsSource(of: rule)
        let full = view(of: allowed, cors, index: (1 << restrictions.clientSets.count) - 1)
        var views = (0..<full.index).map { index in
            view(of: restrictions.methods(of: allowed, forView: index), cors, index: index)
        }
        views.append(full)
        return CompiledRule(
            rule,
            of: definition,
            index: index,
            policyIndex: policyIndex,
            fullView: full,
            views: views,
            restrictions: restrictions,
            upstream: upstream
        )
    }

    private mutating func methodSet(of rule: RuleDefinition) -> MethodSet {
        guard case .methods(let allowed) = rule.allow else { return methods.all }
        var set = MethodSet().inserting(bit: MethodTable.optionsBit)
        for (place, method) in allowed.enumerated() {
            let location =
                rule.methodLocations.indices.contains(place)
                ? rule.methodLocations[place] : rule.location
            if let fault = methodFaults.fault(in: method, at: location, known: methods) {
                ruleFaults.append(fault)
            } else if let bit = methods.bit(of: method) {
                set = set.inserting(bit: bit)
            }
        }
        // A server that answers GET answers HEAD (RFC 9110 section 9.1).
        return set.contains(bit: MethodTable.getBit) ? set.inserting(bit: MethodTable.headBit) : set
    }

    private mutating func listing(of set: MethodSet) -> MethodListing {
        if let present = listings[set.bits] { return present }
        let listing = MethodListing(set, in: methods)
        listings[set.bits] = listing
        return listing
    }

    /// The listing of every method that works somewhere.
    mutating func union(of rules: [CompiledRule]) -> MethodListing {
        if definition.unlisted == .forward { return listing(of: methods.all) }
        let none = MethodSet().inserting(bit: MethodTable.optionsBit)
        return listing(of: rules.reduce(none) { $0.union($1.methods) })
    }

    /// What `OPTIONS *` tells a client: what works somewhere for everybody, and what only for some.
    func clientUnion(of rules: [CompiledRule], union: MethodListing) -> ClientUnion {
        ClientUnion(rules: rules, union: union, forwardsUnlisted: definition.unlisted == .forward)
    }

    // MARK: - CORS

    /// The file's block for answers that no rule decides.
    mutating func policyCORS(for union: MethodListing) -> CompiledCORS? {
        inherited(union)
    }

    /// Where the CORS answers of a rule come from.
    private enum CORSSource {
        case none
        case inherited
        case own(CORSParts)
    }

    private mutating func corsSource(of rule: RuleDefinition) -> CORSSource {
        switch rule.cors {
        case .inherited:
            return cors == nil ? .none : .inherited
        case .off:
            return .none
        case .defined(let own):
            var checker = CORSChecker(own, overrideFields: overrides.fields)
            let parts = checker.parts()
            ruleFaults += checker.faults
            return .own(parts)
        }
    }

    /// Freezes what clients of one kind may do by a rule; rules that are alike share it.
    private mutating func view(
        of set: MethodSet,
        _ source: CORSSource,
        index: Int
    ) -> RuleView {
        let listing = listing(of: set)
        if case .own(let parts) = source {
            return RuleView(listing: listing, cors: compiled(parts, listing), index: index)
        }
        let cors: CompiledCORS? =
            if case .inherited = source { inherited(listing) } else { nil }
        let key = ViewKey(methods: set.bits, index: index, hasCORS: cors != nil)
        if let present = views[key] { return present }
        let view = RuleView(listing: listing, cors: cors, index: index)
        views[key] = view
        return view
    }

    private mutating func inherited(_ listing: MethodListing) -> CompiledCORS? {
        guard let cors else { return nil }
        if let present = inheritedCORS[listing.methods.bits] { return present }
        let compiled = compiled(cors, listing)
        inheritedCORS[listing.methods.bits] = compiled
        return compiled
    }

    private func compiled(_ parts: CORSParts, _ listing: MethodListing) -> CompiledCORS {
        CompiledCORS(parts, methods: listing.methods, table: methods, allow: listing.allow)
    }
}
