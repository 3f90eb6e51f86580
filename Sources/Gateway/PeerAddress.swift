internal import MethodPolicy

/// A peer's address: IPv4 or IPv6, IPv4-mapped IPv6 as IPv4; none for a unix-domain socket.
struct PeerAddress: Sendable, Hashable {
    /// The address as a number; nil for a peer without one.
    let network: NetworkAddress?
    /// As it is written in X-Forwarded-For and in the log.
    let text: [UInt8]

    init?(text: String) {
        guard let network = NetworkAddress(text) else { return nil }
        self.init(network)
    }

    init(_ network: NetworkAddress) {
        self.network = network
        text = Array(network.description.utf8)
    }

    private init() {
        network = nil
        text = Array("unknown".utf8)
    }

    /// A peer without an address.
    static var none: PeerAddress { PeerAddress() }
}

/// Who asks: the peer, or the client that trusted proxies name in its place.
struct Requester: Sendable {
    /// As the policy sees it.
    var client: Client
    /// The address as it is written in the log.
    let text: [UInt8]
    /// The port; 0 where it is not known.
    let port: UInt16

    init(_ address: PeerAddress, port: UInt16) {
        client = Client(address: address.network)
        text = address.text
        self.port = port
    }
}
