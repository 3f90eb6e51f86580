import Foundation
import TestKit
import Testing

@Suite("TLS to origins", .blocking, .timeLimit(.minutes(5)))
struct UpstreamTLSTests {
    private func configuration(_ url: String, _ tls: String) -> String {
        """
        listen: 127.0.0.1:0
        upstreams:
          app:
            url: \(url)
            tls: { \(tls) }
        policies: policies/
        workers: 1
        """
    }

    private func gateway(_ url: String, _ tls: String) throws -> RunningGateway {
        try RunningGateway(
            configuration: configuration(url, tls),
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n"
        )
    }

    private static let get = request("GET", "/")

    /// Puts another file's content in the place of a file, under another name first.
    private func replace(_ file: String, with other: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: other))
            .write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    @Test("An authority of one's own is trusted, and then the system's are not needed")
    func trustsAnAuthority() throws {
        let authority = try TestAuthority()
        let origin = try TLSOrigin(try authority.issue("origin", ["IP:127.0.0.1"]))
        let url = "https://127.0.0.1:\(origin.port)"
        let trusting = try gateway(url, "ca: \(authority.certificate)")
        #expect(try trusting.exchange(Self.get).status == 200)
        let other = try TestAuthority()
        let doubting = try gateway(url, "ca: \(other.certificate)")
        let response = try doubting.exchange(Self.get)
        #expect(response.status == 502)
        #expect(response["Proxy-Status"] == "methodwall; error=tls_certificate_error")
    }

    @Test("A certificate whose time is over is not trusted")
    func refusesExpiredCertificates() throws {
        let authority = try TestAuthority()
        let expired = try authority.issue("origin", ["IP:127.0.0.1"], isExpired: true)
        let origin = try TLSOrigin(expired)
        let doubting = try gateway(
            "https://127.0.0.1:\(origin.port)",
            "ca: \(authority.certificate)"
        )
        // The second in which it was made still belongs to its time.
        let isRefused = try eventually { try doubting.exchange(Self.get).status != 200 }
        #expect(isRefused)
        let response = try doubting.exchange(Self.get)
        #expect(response.status == 502)
        #expect(response["Proxy-Status"] == "methodwall; error=tls_certificate_error")
        #expect(try problem(response)["reason"] as? String == "tls_certificate_error")
    }

    @Test("The server name is asked for, and looked for in the certificate, whatever the URL says")
    func asksForTheServerName() throws {
        let authority = try TestAuthority()
        let other = try authority.issue("other", ["DNS:other.test", "IP:127.0.0.1"])
        let named = try authority.issue("crm", ["DNS:crm.internal"])
        // Who asks for crm.internal is shown its certificate, everybody else the other one.
        let origin = try TLSOrigin(
            other,
            ["-servername", "crm.internal", "-cert2", named.certificate, "-key2", named.key]
        )
        let url = "https://127.0.0.1:\(origin.port)"
        let ca = "ca: \(authority.certificate)"
        let asking = try gateway(url, "\(ca), server_name: crm.internal")
        #expect(try asking.exchange(Self.get).status == 200)
        #expect(try gateway(url, ca).exchange(Self.get).status == 200)
        // The certificate for 127.0.0.1 is shown, and that is not who was asked for.
        let wrong = try gateway(url, "\(ca), server_name: wrong.internal")
        #expect(try wrong.exchange(Self.get).status == 502)
    }

    @Test("A client certificate is shown to an origin that asks for one")
    func showsACertificate() throws {
        let authority = try TestAuthority()
        let client = try authority.issue("client", ["DNS:client.test"])
        let origin = try TLSOrigin(
            try authority.issue("origin", ["IP:127.0.0.1"]),
            ["-CAfile", authority.certificate, "-Verify", "2", "-verify_return_error"]
        )
        let url = "https://127.0.0.1:\(origin.port)"
        let files = "certificate: \(client.certificate), key: \(client.key)"
        let showing = try gateway(url, "ca: \(authority.certificate), \(files)")
        #expect(try showing.exchange(Self.get).status == 200)
        let without = try gateway(url, "ca: \(authority.certificate)")
        #expect(try without.exchange(Self.get).status == 502)
    }

    @Test("A renewed client certificate is shown on new connections, without a restart")
    func showsRenewedCertificates() throws {
        let authority = try TestAuthority()
        let folder = try TemporaryFolder()
        let (file, key) = (folder.path("client.pem"), folder.path("client.key"))
        func install(_ name: String) throws {
            let identity = try authority.issue(name, ["DNS:client.test"])
            try replace(file, with: identity.certificate)
            try replace(key, with: identity.key)
        }
        try install("first")
        // It says whom it talks to, and closes behind each response.
        let origin = try TLSOrigin(
            try authority.issue("origin", ["IP:127.0.0.1"]),
            ["-CAfile", authority.certificate, "-Verify", "2", "-verify_return_error"]
        )
        let showing = try gateway(
            "https://127.0.0.1:\(origin.port)",
            "ca: \(authority.certificate), certificate: \(file), key: \(key)"
        )
        let before = try showing.exchange(Self.get).text
        #expect(before.contains(/Subject: CN ?= ?first/))
        try install("second")
        let after = try showing.exchange(Self.get).text
        #expect(after.contains(/Subject: CN ?= ?second/))
    }

    @Test("A renewed file of authorities is believed within a minute, without a restart")
    func believesRenewedAuthorities() throws {
        let (old, authority) = (try TestAuthority(), try TestAuthority())
        let folder = try TemporaryFolder()
        let file = folder.path("ca.pem")
        try replace(file, with: old.certificate)
        let origin = try TLSOrigin(try authority.issue("origin", ["IP:127.0.0.1"]))
        let doubting = try gateway("https://127.0.0.1:\(origin.port)", "ca: \(file)")
        #expect(try doubting.exchange(Self.get).status == 502)
        try replace(file, with: authority.certificate)
        let isBelieved = try eventually(within: .seconds(90), every: .milliseconds(250)) {
            try doubting.exchange(Self.get).status == 200
        }
        #expect(isBelieved)
    }

    @Test("A version below the minimum is not spoken")
    func refusesOldVersions() throws {
        let authority = try TestAuthority()
        let origin = try TLSOrigin(
            try authority.issue("origin", ["IP:127.0.0.1"]),
            ["-no_tls1_3"]
        )
        let url = "https://127.0.0.1:\(origin.port)"
        let ca = "ca: \(authority.certificate)"
        #expect(try gateway(url, ca).exchange(Self.get).status == 200)
        #expect(try gateway(url, "\(ca), minimum: \"1.3\"").exchange(Self.get).status == 502)
    }

    @Test("A file that cannot be used ends the start, with the upstream's name and the file's")
    func refusesBadFiles() throws {
        let folder = try TemporaryFolder()
        let authority = try TestAuthority()
        let client = try authority.issue("client", ["DNS:client.test"])
        let other = try authority.issue("other", ["DNS:other.test"])
        try folder.write("methodwall: 1\npaths:\n  /**: any\n", to: "policies/a.yaml")
        for (tls, part) in [
            ("ca: missing.pem", "missing.pem cannot be read"),
            ("certificate: \(client.certificate), key: \(other.key)", other.key),
        ] {
            let file = try folder.write(configuration("https://a.test", tls), to: "methodwall.yaml")
            let finished = try ChildProcess.run(
                try Programs.methodwall(),
                ["run", "--config", file],
                folder: folder.path
            )
            #expect(finished.status == 2)
            #expect(finished.error.contains("upstream 'app': tls:"), "\(finished.error)")
            #expect(finished.error.contains(part), "\(finished.error)")
        }
    }
}
