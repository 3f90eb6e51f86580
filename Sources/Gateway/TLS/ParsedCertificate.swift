internal import MethodPolicy
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// The names in a certificate.
struct ParsedCertificate {
    /// The subject's distinguished name as RFC 4514 writes it.
    var subject: String
    var alternativeNames: [CertificateName] = []
}

extension NIOSSLCertificate {
    /// The names in it; nil for one that the parser does not take.
    var parsed: ParsedCertificate? {
        guard let octets = try? toDERBytes(),
            let certificate = try? Certificate(derEncoded: octets)
        else { return nil }
        var names = ParsedCertificate(subject: "\(certificate.subject)")
        let alternatives = try? certificate.extensions.subjectAlternativeNames
        for name in alternatives ?? SubjectAlternativeNames() {
            switch name {
            case .dnsName(let name): names.alternativeNames.append(.dns(name))
            case .uniformResourceIdentifier(let name): names.alternativeNames.append(.uri(name))
            case .rfc822Name(let name): names.alternativeNames.append(.email(name))
            default: break
            }
        }
        return names
    }
}

extension ClientCertificate {
    /// The names of a certificate that the handshake has verified.
    convenience init?(_ certificate: NIOSSLCertificate) {
        guard let parsed = certificate.parsed else { return nil }
        self.init(subject: parsed.subject, alternativeNames: parsed.alternativeNames)
    }
}
