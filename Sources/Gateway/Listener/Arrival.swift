internal import HTTPMessage
internal import MethodPolicy

/// How a client's connection, or HTTP/2 stream, came here.
struct Arrival {
    /// What carries the HTTP/1.1 octets that `ClientConnection` reads and writes.
    enum Carrier {
        /// The socket itself.
        case socket
        /// Something that stands before it in the pipeline, such as TLS.
        case layer
        /// A stream of an HTTP/2 connection.
        case stream
    }

    /// The client, or the peer that a PROXY header names.
    var address: PeerAddress
    var port: UInt16
    var carrier = Carrier.socket
    /// Whether it came by TLS.
    var isSecure = false
    /// The certificate that the client proved to have.
    var certificate: ClientCertificate?
    /// Where permitted requests are sent instead of being forwarded (`https`).
    var redirectPort: Int?
    /// What looks after the connection, where that is not `ClientConnection` itself.
    var entrance: Entrance?

    init(address: PeerAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Puts the client in the place of the proxy that speaks for it.
    mutating func name(_ header: ProxyHeader) {
        switch header.source {
        case .proxy: break
        case .unknown: (address, port) = (.none, 0)
        case .client(let source, _):
            address = NetworkAddress(octets: source.octets.span).map { PeerAddress($0) } ?? .none
            port = source.port
            isSecure = header.tls != nil
        }
    }
}
