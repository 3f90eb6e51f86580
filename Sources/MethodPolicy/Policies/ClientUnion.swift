/// What works somewhere in a policy, by client.
struct ClientUnion: Sendable {
    /// Methods that work for the members of a set of clients.
    private struct Part: Sendable {
        let clients: ClientSet
        var methods: MethodSet
    }

    /// What works for everybody.
    private var open: MethodSet
    /// What works for some, where it does not work for everybody.
    private var parts: [Part] = []

    init(rules: [CompiledRule], union: MethodListing, forwardsUnlisted: Bool) {
        self.open = union.methods
        guard !forwardsUnlisted else { return }
        self.open = rules.reduce(MethodSet().inserting(bit: MethodTable.optionsBit)) { set, rule in
            set.union(rule.views.first?.methods ?? rule.methods)
        }
        var byClients: [ClientSet: MethodSet] = [:]
        for restriction in rules.lazy.flatMap(\.only) {
            byClients[restriction.clients, default: MethodSet()] =
                byClients[restriction.clients, default: MethodSet()].union(restriction.methods)
        }
        for (clients, methods) in byClients {
            let methods = methods.subtracting(open)
            if !methods.isEmpty { parts.append(Part(clients: clients, methods: methods)) }
        }
    }

    /// What works somewhere for a client.
    ///
    /// Allocates nothing.
    func methods(for client: borrowing Client) -> MethodSet {
        var methods = open
        for part in parts where part.clients.admits(client) {
            methods = methods.union(part.methods)
        }
        return methods
    }
}
