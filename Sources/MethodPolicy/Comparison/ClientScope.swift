/// The clients that a method is kept for, compared by what they admit.
struct ClientScope: Hashable, Sendable, CustomStringConvertible {
    let networks: [NetworkPrefix]
    let certificates: [CertificateName]

    static let nobody = ClientScope(networks: [], certificates: [])

    private init(networks: [NetworkPrefix], certificates: [CertificateName]) {
        self.networks = networks
        self.certificates = certificates
    }

    init(_ restriction: CompiledRestriction) {
        networks = restriction.networks.sorted { $0.description < $1.description }
        certificates = restriction.certificates.sorted { $0.description < $1.description }
    }

    var description: String {
        let names = networks.map(\.description) + certificates.map(\.description)
        return names.joined(separator: " ")
    }

    /// Whether every client of this scope is one of the other's.
    ///
    /// A network that several others cover only together counts as not covered: what is called
    /// wider then may be equal, what is called narrower never is wider.
    func isCovered(by other: ClientScope) -> Bool {
        networks.allSatisfy { network in other.networks.contains { Self.covers($0, network) } }
            && certificates.allSatisfy { other.certificates.contains($0) }
    }

    private static func covers(_ wide: NetworkPrefix, _ narrow: NetworkPrefix) -> Bool {
        if wide == narrow { return true }
        guard let (address, count) = parts(narrow), let (_, wideCount) = parts(wide) else {
            return false
        }
        return wide.contains(address) && wideCount <= count
    }

    private static func parts(_ prefix: NetworkPrefix) -> (NetworkAddress, Int)? {
        let parts = prefix.description.split(separator: "/")
        guard let text = parts.first, let address = NetworkAddress(String(text)) else { return nil }
        let countMax = address.isIPv4 ? 32 : 128
        return (address, parts.count > 1 ? Int(parts[1]) ?? countMax : countMax)
    }
}
