extension GatewayDocument {
    /// One entry of `listen`.
    public struct Listener: Sendable, Equatable {
        /// Where connections are accepted.
        public var address: ListenAddress
        /// What it proves itself with; nil for HTTP in the clear.
        public var tls: TLS?
        /// Whether HTTP/2 is spoken; nil means that it is with TLS, and not in the clear.
        public var http2: Bool?
        /// Whether each connection begins with a PROXY protocol header.
        ///
        /// Default: false.
        public var expectsProxyHeader = false
        /// The HTTPS port that permitted requests are redirected to; nil forwards them.
        public var redirectPort: Int?

        /// A listener for HTTP in the clear.
        public init(address: ListenAddress) { self.address = address }

        /// Whether HTTP/2 is spoken, the default counted in.
        public var speaksHTTP2: Bool { http2 ?? (tls != nil) }
    }

    /// A listener's `tls` block; relative paths count from the configuration file's folder.
    public struct TLS: Sendable, Equatable {
        /// A certificate chain and its key, both PEM files.
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
            /// They may.
            case optional
        }

        /// The oldest version that is spoken.
        public enum MinimumVersion: Sendable {
            /// TLS 1.2.
            case tls12
            /// TLS 1.3.
            case tls13
        }

        /// The certificates, chosen by the name that the client asks for; the first is the default.
        public var identities: [Identity] = []
        /// The authorities that vouch for clients; nil asks clients for nothing.
        public var clientAuthorityFile: String?
        /// Whether clients have to have certificates, where they are asked.
        ///
        /// Default: required.
        public var clientCertificates = ClientCertificates.required
        /// The oldest version that is spoken.
        ///
        /// Default: 1.2.
        public var minimumVersion = MinimumVersion.tls12

        /// Creates an empty block.
        public init() {}
    }
}

/// An entry of `listen` as it is read.
struct ListenerDraft {
    var address: ListenAddress?
    var tls: TLSDraft?
    var http2: Bool?
    var expectsProxyHeader = false
    var redirect: (port: Int, position: SourcePosition)?
}

/// A `tls` block of a listener as it is read.
struct TLSDraft {
    var identity = IdentityDraft()
    var identities: [IdentityDraft] = []
    var rest = GatewayDocument.TLS()
    var clientCertificatesPosition: SourcePosition?
}

/// One certificate and key as they are read.
struct IdentityDraft {
    var certificate: String?
    var key: String?

    /// Both, if both are there.
    var complete: GatewayDocument.TLS.Identity? {
        guard let certificate, let key else { return nil }
        return .init(certificateFile: certificate, keyFile: key)
    }
}
