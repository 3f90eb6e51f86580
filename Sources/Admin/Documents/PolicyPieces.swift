/// The document of `/policy`, made piece by piece.
struct PolicyPieces: Sendable {
    /// What is written next.
    private enum Step: Sendable {
        case beginning
        case policy(Int)
        case rule(policy: Int, index: Int)
        case ending
        case done
    }

    private let listing: PolicyListing
    private var writer = JSONWriter()
    private var step = Step.beginning

    /// A piece ends once it has so many octets.
    private static var pieceBytes: Int { 16 * 1024 }

    init(_ listing: PolicyListing) { self.listing = listing }

    /// The next piece, or nil after the last.
    mutating func next() -> [UInt8]? {
        while writer.octets.count < Self.pieceBytes {
            switch step {
            case .beginning: begin()
            case .policy(let index): beginPolicy(index)
            case .rule(let policy, let index): writeRule(policy, index)
            case .ending: end()
            case .done: return writer.octets.isEmpty ? nil : writer.take()
            }
        }
        return writer.take()
    }

    private mutating func begin() {
        writer.openObject()
        writer.key("version")
        writer.value(listing.version)
        writer.key("loaded_at")
        writer.value(listing.loadedAt)
        writer.key("files")
        writer.value(listing.files)
        writer.key("policies")
        writer.openArray()
        step = listing.policies.isEmpty ? .ending : .policy(0)
    }

    private mutating func beginPolicy(_ index: Int) {
        let policy = listing.policies[index]
        writer.openObject()
        writer.key("name")
        writer.value(policy.name)
        writer.key("file")
        writer.value(policy.file)
        writer.key("hosts")
        writer.value(policy.hosts)
        writer.key("mode")
        writer.value(policy.mode)
        writer.key("unlisted")
        writer.value(policy.unlisted)
        writer.key("upstream")
        writer.value(policy.upstream)
        writer.key("rules")
        writer.openArray()
        step = .rule(policy: index, index: 0)
    }

    private mutating func writeRule(_ policy: Int, _ index: Int) {
        guard index < listing.policies[policy].ruleCount else {
            writer.closeArray()
            writer.closeObject()
            step = policy + 1 < listing.policies.count ? .policy(policy + 1) : .ending
            return
        }
        listing.policies[policy].rule(index).write(to: &writer)
        step = .rule(policy: policy, index: index + 1)
    }

    private mutating func end() {
        writer.closeArray()
        writer.closeObject()
        step = .done
    }
}

extension PolicyListing.Rule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("pattern")
        writer.value(pattern)
        writer.key("at")
        writer.value(at)
        writer.key("methods")
        writer.value(methods)
        writer.key("mode")
        writer.value(mode)
        if let reason {
            writer.key("reason")
            writer.value(reason)
        }
        writer.key("only")
        writer.value(only)
        writer.key("upgrade")
        writer.value(upgrade)
        writer.key("forwarded")
        writer.value(forwarded)
        writer.key("refused")
        writer.value(refused)
        writer.key("would_refuse")
        writer.value(wouldRefuse)
        writer.closeObject()
    }
}
