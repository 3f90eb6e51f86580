/// What `only` comes to for one rule.
struct RuleRestrictions: Sendable {
    /// For people, in the order of the file.
    var only: [CompiledRestriction] = []
    /// The different sets of clients that `only` names.
    var clientSets: [ClientSet] = []
    /// By set: the methods that are for its members alone.
    var methods: [MethodSet] = []

    /// What is left of all of a rule's methods for a client; `index` has a bit for each set that
    /// holds the client.
    func methods(of all: MethodSet, forView index: Int) -> MethodSet {
        var left = all
        for place in clientSets.indices where index & (1 << place) == 0 {
            left = left.subtracting(methods[place])
        }
        return left
    }
}

/// Checks the `only` of the rules of one policy.
struct RestrictionCompiler {
    private(set) var faults: [PolicyFault] = []
    private let methods: MethodTable
    /// The different sets of clients of the policy.
    private var clientSets: Set<ClientSet> = []
    private var isFull = false

    init(methods: MethodTable) {
        self.methods = methods
    }

    /// The restrictions of one rule, whose methods are `allowed`; those with faults are left out.
    mutating func restrictions(of rule: RuleDefinition, allowed: MethodSet) -> RuleRestrictions {
        var result = RuleRestrictions()
        var taken: [UInt8: SourceLocation] = [:]
        for entry in rule.only {
            let clients = ClientSet(networks: entry.networks, certificates: entry.certificates)
            let set = methodSet(of: entry, in: rule, allowed: allowed, taken: &taken)
            if clients.isEmpty {
                report(
                    .emptyRestriction,
                    "only names no client, so that nobody may use the method",
                    hint: "name the clients, or leave the method out of allow",
                    at: entry.location
                )
                continue
            }
            guard let place = place(of: clients, in: &result, at: entry.location) else { continue }
            result.methods[place] = result.methods[place].union(set)
            result.only.append(
                CompiledRestriction(
                    methods: set,
                    methodNames: methods.members(of: set).map(\.name),
                    location: entry.location,
                    clients: clients
                )
            )
        }
        return result
    }

    private mutating func place(
        of clients: ClientSet,
        in restrictions: inout RuleRestrictions,
        at location: SourceLocation
    ) -> Int? {
        if let place = restrictions.clientSets.firstIndex(of: clients) { return place }
        guard restrictions.clientSets.count < PolicySnapshot.ruleClientSetsMax else {
            report(
                .tooManyClientSets,
                "a rule can name \(PolicySnapshot.ruleClientSetsMax) different sets of clients",
                hint: "let methods share a list of clients",
                at: location
            )
            return nil
        }
        clientSets.insert(clients)
        if clientSets.count > PolicySnapshot.clientSetsMax {
            if !isFull {
                report(
                    .tooManyClientSets,
                    "a file can name \(PolicySnapshot.clientSetsMax) different sets of clients",
                    hint: "let rules share lists of clients",
                    at: location
                )
            }
            isFull = true
            return nil
        }
        restrictions.clientSets.append(clients)
        restrictions.methods.append(MethodSet())
        return restrictions.clientSets.count - 1
    }

    // MARK: - Methods

    /// The methods of an entry that may be kept for some clients, each fault reported.
    private mutating func methodSet(
        of entry: ClientRestriction,
        in rule: RuleDefinition,
        allowed: MethodSet,
        taken: inout [UInt8: SourceLocation]
    ) -> MethodSet {
        var set = MethodSet()
        for (bit, location) in named(by: entry, in: rule, allowed: allowed)
        where !set.contains(bit: bit) {
            if let other = taken[bit] {
                report(
                    .duplicateRestriction,
                    "\(methods.methods[Int(bit)]) is kept for some clients already",
                    hint: "name each method in one entry of only; GET brings HEAD along",
                    at: location,
                    related: [other]
                )
                continue
            }
            taken[bit] = location
            set = set.inserting(bit: bit)
        }
        return set
    }

    /// The bits that an entry names, with their places; HEAD behind GET.
    private mutating func named(
        by entry: ClientRestriction,
        in rule: RuleDefinition,
        allowed: MethodSet
    ) -> [(bit: UInt8, location: SourceLocation)] {
        guard case .methods(let names) = entry.methods else {
            return methods.listing
                .filter { allowed.contains(bit: $0) && $0 != MethodTable.optionsBit }
                .map { ($0, entry.location) }
        }
        if names.isEmpty {
            report(
                .emptyRestriction,
                "an entry of only names no method",
                hint: "name the methods that are for these clients alone",
                at: entry.location
            )
        }
        var bits: [(bit: UInt8, location: SourceLocation)] = []
        for (place, method) in names.enumerated() {
            let places = entry.methodLocations
            let location = places.indices.contains(place) ? places[place] : entry.location
            guard method != .options else {
                report(
                    .unrestrictableMethod,
                    "OPTIONS is answered to everybody, with what each client may do",
                    hint: "leave it out",
                    at: location
                )
                continue
            }
            guard let bit = methods.bit(of: method), allowed.contains(bit: bit) else {
                report(
                    .restrictedMethodNotAllowed,
                    "\(rule.pattern) does not allow \(method), so nobody may use it",
                    hint: "add it to allow as well, or leave it out of only",
                    at: location
                )
                continue
            }
            bits.append((bit, location))
            // Who may not GET may not HEAD: it is the same answer without its content.
            if bit == MethodTable.getBit { bits.append((MethodTable.headBit, location)) }
        }
        return bits
    }

    private mutating func report(
        _ code: PolicyFault.Code,
        _ message: String,
        hint: String,
        at location: SourceLocation,
        related: [SourceLocation] = []
    ) {
        faults.append(PolicyFault(code, message, hint: hint, at: location, related: related))
    }
}
