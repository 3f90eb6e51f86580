extension GatewayDocument {
    /// The `admin` key: where health, metrics and the page are served.
    public struct Admin: Sendable, Equatable {
        /// A loopback address or a unix-domain socket, unless the operator says otherwise.
        public var address: ListenAddress
        /// Names that clients may call it by, beside localhost.
        public var hosts: [String] = []

        /// An admin listener.
        public init(address: ListenAddress) { self.address = address }
    }
}

/// The `admin` key as it is read.
struct AdminDraft {
    var address: ListenAddress?
    var hosts: [PlacedText] = []
}

extension GatewayKeys {
    /// The keys of `admin`'s long form.
    static let admin = KeyTable<AdminDraft>(
        "the `admin` block",
        [
            Key(
                "address",
                "address:port or unix:/path.",
                .text(),
                presence: .required
            ) { reader, node, draft in draft.address = reader.readAdminAddress(node) },
            Key(
                "hosts",
                "Names that clients may call the admin listener by, beside localhost.",
                .any([.text(), .list(of: .text())])
            ) { reader, node, draft in draft.hosts = reader.texts(node, key: "hosts") ?? [] },
        ]
    )
}

extension DocumentReader {
    mutating func readAdmin(_ node: YAMLNode) -> GatewayDocument.Admin? {
        guard case .mapping = node.content else {
            return readAdminAddress(node).map { GatewayDocument.Admin(address: $0) }
        }
        var draft = AdminDraft()
        readMapping(node, GatewayKeys.admin, into: &draft)
        for host in draft.hosts {
            guard let why = HostAndPort.fault(in: host.text[...]) else { continue }
            let message = "\(Self.quoted(host.text)) is not a host: \(why)"
            report(.invalidValue, message, at: host.position)
        }
        return draft.address.map { address in
            var admin = GatewayDocument.Admin(address: address)
            admin.hosts = draft.hosts.map(\.text)
            return admin
        }
    }

    mutating func readAdminAddress(_ node: YAMLNode) -> ListenAddress? {
        guard let address = readAddress(node) else { return nil }
        guard case .systemd = address else { return address }
        let message = "`admin` listens on address:port or unix:/path"
        report(.invalidAddress, message, at: node.position)
        return nil
    }
}
