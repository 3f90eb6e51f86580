/// How a connection to an origin server is made.
public struct ConnectOptions: Sendable, Equatable {
    /// How long name resolution, connecting and the TLS handshake may take together.
    public var timeoutMilliseconds: Int
    /// How old an answer of the resolver's may be that a new connection goes by; 0 asks each time.
    public var nameCacheSeconds = 30
    /// For HTTP/2, whether no connection is used that libcurl has kept from an earlier request.
    public var isFresh = false
    /// For HTTP/2, whether libcurl keeps the connection for another request.
    public var isKept = true
    /// For `https` origins: whom to trust, and who to be.
    public var tls = OriginTLS()

    /// Creates the options.
    public init(timeoutMilliseconds: Int = 2000) {
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// The URL to give to libcurl: its host is asked for by name and looked for in the certificate.
    func url(_ origin: OriginURL) -> String {
        guard origin.isSecure, let name = tls.serverName, let port = origin.port else {
            return origin.url
        }
        return "https://\(name):\(port)/"
    }

    /// An entry of CURLOPT_CONNECT_TO that leads from any host of the URL to the origin's.
    ///
    /// Nil where the URL names it itself.
    func connectTo(_ origin: OriginURL) -> String? {
        guard origin.isSecure, tls.serverName != nil, let port = origin.port else { return nil }
        return "::\(origin.host):\(port)"
    }
}

/// TLS to an origin server: whom to trust, and who to be.
public struct OriginTLS: Sendable, Equatable {
    /// A version of TLS.
    public enum Version: Sendable, Equatable {
        /// TLS 1.2 (RFC 5246).
        case tls12
        /// TLS 1.3 (RFC 8446).
        case tls13
    }

    /// A PEM file of the certificate authorities to trust in place of the system's.
    public var certificateAuthorityFile: String?
    /// A PEM file of the certificate to show, with those of its issuers behind it; nil shows none.
    public var certificateFile: String?
    /// A PEM file of the certificate's key; nil if the key stands in the certificate's file.
    public var keyFile: String?
    /// The name that is asked for (RFC 6066 section 3) and that the certificate has to bear.
    ///
    /// Nil for the host of the URL.
    public var serverName: String?
    /// The lowest version that is spoken.
    public var minimumVersion = Version.tls12

    /// The system's authorities, no certificate, TLS 1.2.
    public init() {}
}
