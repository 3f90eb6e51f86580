/// Who sends a request, as far as policies tell clients apart.
public struct Client: Sendable {
    /// Its address, or nil if it has none (a unix-domain socket).
    public var address: NetworkAddress?
    /// The certificate that it proved to have, or nil.
    public var certificate: ClientCertificate?

    /// Names a client.
    ///
    /// One without address and certificate is none of those that a rule is kept for.
    public init(address: NetworkAddress? = nil, certificate: ClientCertificate? = nil) {
        self.address = address
        self.certificate = certificate
    }
}

/// The names of a client certificate that was verified.
///
/// A class, so that every request of a connection shares one.
public final class ClientCertificate: Sendable {
    /// The subject's distinguished name as RFC 4514 writes it.
    public let subject: String
    /// The subject's alternative names.
    public let alternativeNames: [CertificateName]

    /// Names a certificate.
    public init(subject: String, alternativeNames: [CertificateName] = []) {
        self.subject = subject
        self.alternativeNames = alternativeNames
    }
}
