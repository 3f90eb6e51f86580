internal import Curl
internal import NIOSSL

/// When a certificate can be shown (RFC 5280 §4.1.2.5).
public struct CertificateValidity: Sendable, Equatable {
    /// Its file.
    public let file: String
    /// From when on, in seconds since 1970.
    public let notBefore: Int64
    /// Until when, in seconds since 1970.
    public let notAfter: Int64

    init(_ certificate: NIOSSLCertificate, from file: String) {
        self.file = file
        notBefore = Int64(certificate.notValidBefore)
        notAfter = Int64(certificate.notValidAfter)
    }

    /// That of the certificate which an origin is shown; nil if it is shown none, or if libcurl
    /// alone can read it.
    init?(_ origin: OriginConfiguration) {
        guard
            let file = origin.connect.tls.certificateFile,
            let leaf = try? NIOSSLCertificate.fromPEMFile(file).first
        else { return nil }
        self.init(leaf, from: file)
    }
}
