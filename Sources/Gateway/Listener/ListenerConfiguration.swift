/// One place to listen at, and what is spoken there.
public struct ListenerConfiguration: Sendable, Equatable {
    /// Where connections are accepted.
    public enum Address: Sendable, Hashable, CustomStringConvertible {
        /// A TCP port on an address or name; port 0 takes any free one.
        case tcp(host: String, port: Int)
        /// A unix-domain socket, made at this path.
        case unix(path: String)
        /// A socket that the service manager made, by its name (sd_listen_fds(3)).
        case systemd(name: String)

        /// The address as configuration files write it.
        public var description: String {
            switch self {
            case .tcp(let host, let port):
                host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): "unix:\(path)"
            case .systemd(let name): "systemd:\(name)"
            }
        }
    }

    /// Where connections are accepted.
    public var address: Address
    /// The certificates to prove who we are with; nil for HTTP in the clear.
    public var tls: TLSListenerConfiguration?
    /// Whether HTTP/2 is spoken: with TLS where the client asks for it (ALPN), in the clear where
    /// it begins with HTTP/2's preface (RFC 9113 §3.3).
    public var http2 = false
    /// Whether each connection begins with a PROXY protocol header, which names the client.
    ///
    /// Only peers among ``GatewayConfiguration/trustedProxies``, and those on a unix-domain socket,
    /// may then connect.
    public var expectsProxyHeader = false
    /// The port of the HTTPS listener that permitted requests are sent to with 308; nil forwards
    /// them.
    public var redirectPort: Int?

    /// A listener for HTTP/1.1 in the clear.
    public init(_ address: Address) { self.address = address }

    /// A listener for HTTP/1.1 in the clear on a TCP port.
    public init(host: String, port: Int) { self.init(.tcp(host: host, port: port)) }

    /// Whether the octets on the socket are HTTP/1.1 and nothing else.
    var isPlain: Bool { tls == nil && !http2 && !expectsProxyHeader }
}

/// What a listener proves itself with, and what it asks of clients.
///
/// Files are in PEM form. They are read when the gateway starts, and again on request and when
/// they change.
public struct TLSListenerConfiguration: Sendable, Equatable {
    /// A certificate, with those that vouch for it behind it in the same file, and its key.
    public struct Identity: Sendable, Hashable {
        /// The file of the certificate chain, the server's own first.
        public var certificateFile: String
        /// The file of the private key.
        public var keyFile: String

        /// Names the two files.
        public init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Whether clients have to have certificates.
    public enum ClientCertificates: Sendable {
        /// They have to.
        case required
        /// They may; one that is shown has to be valid.
        case optional
    }

    /// The oldest version that is spoken.
    public enum MinimumVersion: Sendable {
        /// TLS 1.2 (RFC 5246).
        case tls12
        /// TLS 1.3 (RFC 8446).
        case tls13
    }

    /// The certificates, at least one.
    ///
    /// The one whose names fit what the client asks for (SNI, RFC 6066 §3) is shown, else the
    /// first.
    public var identities: [Identity]
    /// The file of the authorities that vouch for clients; nil asks clients for nothing.
    public var clientAuthorityFile: String?
    /// Whether clients have to have certificates, where they are asked.
    public var clientCertificates = ClientCertificates.required
    /// The oldest version that is spoken.
    public var minimumVersion = MinimumVersion.tls12

    /// A configuration that asks clients for nothing.
    public init(identities: [Identity]) { self.identities = identities }
}
