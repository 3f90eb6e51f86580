/// Checks and freezes the rules of one policy.
struct RuleCompiler {
    let methods: MethodTable
    private(set) var faults: [PolicyFault] = []
    private let definition: PolicyDefinition
    private let cors: CORSParts?
    private var methodFaults: MethodFaults
    private var listings: [UInt64: MethodListing] = [:]
    /// The file's CORS block by method set, for the rules that have no block of their own.
    private var inheritedCORS: [UInt64: CompiledCORS] = [:]

    init(_ definition: PolicyDefinition) {
        self.definition = definition
        var methodFaults = MethodFaults(definition)
        self.methods = MethodTable(extensions: methodFaults.extensions())
        self.methodFaults = methodFaults
        self.faults = methodFaults.faults
        var checker = definition.cors.map { CORSChecker($0) }
        self.cors = checker?.parts()
        self.faults += checker?.faults ?? []
    }

    // MARK: - Patterns

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
                faults.append(
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
            faults.append(
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
            faults.append(
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
            faults.append(
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
            faults.append(
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
        let listing = listing(of: methodSet(of: rule))
        return CompiledRule(
            rule,
            index: index,
            policyIndex: policyIndex,
            listing: listing,
            cors: cors(of: rule, listing),
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
                faults.append(fault)
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

    // MARK: - CORS

    /// The file's block for answers that no rule decides.
    mutating func policyCORS(for union: MethodListing) -> CompiledCORS? {
        inherited(union)
    }

    private mutating func cors(of rule: RuleDefinition, _ listing: MethodListing) -> CompiledCORS? {
        switch rule.cors {
        case .inherited:
            return inherited(listing)
        case .off:
            return nil
        case .defined(let own):
            var checker = CORSChecker(own)
            let parts = checker.parts()
            faults += checker.faults
            return compiled(parts, listing)
        }
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
