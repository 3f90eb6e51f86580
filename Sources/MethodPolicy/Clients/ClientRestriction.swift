/// One entry of a rule's `only`, not checked yet: methods that are for some clients alone.
public struct ClientRestriction: Sendable, Equatable {
    /// The methods: some of the rule's, or all of them.
    ///
    /// GET brings HEAD along; OPTIONS is for everybody.
    public var methods: Allow
    /// The places of the methods, in the same order; where one is missing, `location` stands.
    public var methodLocations: [SourceLocation]
    /// The networks whose clients are let in.
    public var networks: [NetworkPrefix]
    /// The names of client certificates that are let in, whatever the address.
    public var certificates: [CertificateName]
    /// Where the entry stands.
    public var location: SourceLocation

    /// States a restriction.
    public init(
        methods: Allow,
        methodLocations: [SourceLocation] = [],
        networks: [NetworkPrefix] = [],
        certificates: [CertificateName] = [],
        location: SourceLocation
    ) {
        self.methods = methods
        self.methodLocations = methodLocations
        self.networks = networks
        self.certificates = certificates
        self.location = location
    }
}

/// Methods of a rule that are for some clients alone, checked and frozen.
public struct CompiledRestriction: Sendable {
    /// The methods, HEAD with GET.
    public let methods: MethodSet
    /// Their names in the order of `Allow`.
    public let methodNames: [String]
    /// Where the restriction stands.
    public let location: SourceLocation
    let clients: ClientSet

    /// The networks whose clients are let in.
    public var networks: [NetworkPrefix] { clients.networks }

    /// The names of client certificates that are let in.
    public var certificates: [CertificateName] { clients.certificates }

    /// Whether a client is let in.
    ///
    /// Allocates nothing.
    public func admits(_ client: borrowing Client) -> Bool { clients.admits(client) }

    /// For people: `DELETE only for 10.0.0.0/8, fd00::/8, dns=deploy.example.com`.
    public var description: String {
        let names = networks.map(\.description) + certificates.map(\.description)
        return methodNames.joined(separator: ", ") + " only for " + names.joined(separator: ", ")
    }
}
