internal import MethodPolicy

/// A peer's address: IPv4 or IPv6, IPv4-mapped IPv6 as IPv4; none for a unix-domain socket.
struct PeerAddress: Sendable, Hashable {
    /// The address as a number; nil for a peer without one.
    let network: NetworkAddress?
    /// As it is written in X-Forwarded-For and in the log.
    let text: [UInt8]

    init?(text: String) {
        guard let network = NetworkAddress(text) else { return nil }
        // Four decimal numbers are written in one way only; for IPv6 there are many.
        let isPlain = !text.utf8.contains(UInt8(ascii: ":"))
        self.init(network: network, text: isPlain ? text : network.description)
    }

    init(_ network: NetworkAddress) {
        self.init(network: network, text: network.description)
    }

    private init(network: NetworkAddress?, text: String) {
        self.network = network
        self.text = Array(text.utf8)
    }

    /// A peer without an address.
    static var none: PeerAddress { PeerAddress(network: nil, text: "unknown") }
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
