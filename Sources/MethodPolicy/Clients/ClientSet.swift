/// The clients that a part of a rule is kept for.
struct ClientSet: Sendable, Hashable {
    /// Sorted by text and each once, so that the same clients are the same set.
    let networks: [NetworkPrefix]
    let certificates: [CertificateName]

    init(networks: [NetworkPrefix], certificates: [CertificateName]) {
        self.networks = Set(networks).sorted { $0.description < $1.description }
        self.certificates = Set(certificates).sorted { $0.description < $1.description }
    }

    var isEmpty: Bool { networks.isEmpty && certificates.isEmpty }

    /// Whether a client is one of them: one network or one name suffices.
    ///
    /// Allocates nothing.
    func admits(_ client: borrowing Client) -> Bool {
        if let address = client.address {
            for network in networks where network.contains(address) { return true }
        }
        guard let certificate = client.certificate else { return false }
        for name in certificates {
            if case .subject(let subject) = name {
                if subject.utf8.elementsEqual(certificate.subject.utf8) { return true }
                continue
            }
            for other in certificate.alternativeNames where name.matches(other) { return true }
        }
        return false
    }
}
