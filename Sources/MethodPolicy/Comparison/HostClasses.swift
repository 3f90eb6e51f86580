/// A host of every class that the policies of some loads tell apart.
///
/// Each exact name and each address is a class; so is what only a wildcard covers, and any host
/// that none of them names.
struct HostClasses {
    /// What policies call the class, and a host of it.
    private(set) var classes: [(name: String, witness: [UInt8])] = []

    init(_ snapshots: [PolicySnapshot]) {
        var names: [String] = []
        for snapshot in snapshots {
            for policy in snapshot.policies { names += policy.hosts }
        }
        var seen: Set<HostPattern> = []
        let patterns = names.filter { seen.insert(HostPattern($0)).inserted }.sorted()
        for name in patterns {
            switch HostPattern(name) {
            case .name, .address:
                classes.append((name, Array(name.utf8)))
            case .below(let ending):
                classes.append((name, Self.fresh(seen) { $0 + ending }))
            }
        }
        classes.append(("any other host", Self.fresh(seen) { $0 + Array(".invalid".utf8) }))
    }

    /// A host that begins with a label no policy names.
    private static func fresh(
        _ known: Set<HostPattern>,
        _ host: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        var label = Array("any".utf8)
        // A longer label is met at most once a known name.
        for _ in 0...known.count {
            let name = host(label)
            let isKnown = known.contains { pattern in
                switch pattern {
                case .name(let other): other == name
                case .below(let ending): ending == [Octet.dot] + name || Self.hides(ending, name)
                case .address: false
                }
            }
            if !isKnown { return name }
            label.append(0x78)
        }
        return host(label)
    }

    /// Whether a wildcard is under the very label that was made up.
    private static func hides(_ ending: [UInt8], _ name: [UInt8]) -> Bool {
        ending.count > name.count && ending.suffix(name.count).elementsEqual(name)
    }
}
