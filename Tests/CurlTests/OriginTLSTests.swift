import Curl
import Foundation
import TestKit
import Testing

@Suite("TLS to origins: files that cannot be used are found before anything is served")
struct OriginTLSTests {
    private func fault(
        ca: String? = nil,
        certificate: String? = nil,
        key: String? = nil
    ) -> CurlError? {
        var tls = OriginTLS()
        tls.certificateAuthorityFile = ca
        tls.certificateFile = certificate
        tls.keyFile = key
        tls.serverName = "elsewhere.test"
        do throws(CurlError) {
            try tls.check()
            return nil
        } catch {
            return error
        }
    }

    @Test("What can be used is fine: nothing at all, an authority, a certificate with its key")
    func acceptsGoodFiles() throws {
        let authority = try TestAuthority()
        let client = try authority.issue("client", ["DNS:client.test"])
        #expect(fault() == nil)
        #expect(fault(ca: authority.certificate) == nil)
        #expect(fault(certificate: client.certificate, key: client.key) == nil)
        let folder = try TemporaryFolder()
        let files = [client.certificate, client.key]
        let both = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        #expect(fault(certificate: try folder.write(both, to: "both.pem")) == nil)
    }

    @Test("What cannot be used is named: no file, no certificate, another one's key, a pass phrase")
    func refusesBadFiles() throws {
        let authority = try TestAuthority()
        let client = try authority.issue("client", ["DNS:client.test"])
        let other = try authority.issue("other", ["DNS:other.test"])
        let folder = try TemporaryFolder()
        let text = try folder.write("no certificate\n", to: "text.pem")
        let locked = folder.path("locked.key")
        let made = try ChildProcess.run(
            try Programs.installed("openssl"),
            ["ec", "-aes256", "-passout", "pass:secret", "-in", client.key, "-out", locked]
        )
        #expect(made.status == 0, "\(made.error)")
        let missing = folder.path("missing.pem")
        for (fault, part) in [
            (fault(ca: missing), "\(missing) cannot be read: No such file"),
            (fault(ca: text), text),
            (fault(certificate: text), text),
            (fault(certificate: client.certificate), client.certificate),
            (fault(certificate: client.certificate, key: other.key), other.key),
            (fault(certificate: client.certificate, key: locked), locked),
            (fault(certificate: client.certificate, key: missing), missing),
        ] {
            #expect(fault?.kind == .configuration)
            #expect(fault?.description.contains(part) == true, "\(fault?.description ?? "fine")")
        }
    }
}
