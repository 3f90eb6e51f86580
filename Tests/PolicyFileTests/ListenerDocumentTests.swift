import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// `listen` in the configuration file.
@Suite struct ListenerDocumentTests {
    @Test("every form of a listener is read")
    func readsListeners() throws {
        let load = read(
            """
            listen:
              - 0.0.0.0:8080
              - address: 0.0.0.0:8081
                redirect: https
              - address: 0.0.0.0:8443
                tls: { certificate: server.pem, key: /keys/server.key }
              - address: "[::]:8444"
                tls:
                  certificates:
                    - { certificate: a.pem, key: a.key }
                    - { certificate: b.pem, key: b.key }
                  client_ca: clients.pem
                  client_certificates: optional
                  minimum: "1.3"
                http2: false
              - address: unix:/run/methodwall.sock
                proxy_protocol: true
              - address: systemd:http
                http2: true
            """
        )
        let listeners = try #require(load.document, "\(load.diagnostics)").listen
        #expect(
            listeners.map(\.address.description) == [
                "0.0.0.0:8080", "0.0.0.0:8081", "0.0.0.0:8443", "[::]:8444",
                "unix:/run/methodwall.sock", "systemd:http",
            ]
        )
        #expect(listeners.map(\.redirectPort) == [nil, 443, nil, nil, nil, nil])
        #expect(listeners.map(\.speaksHTTP2) == [false, false, true, false, false, true])
        #expect(listeners.map(\.expectsProxyHeader) == [false, false, false, false, true, false])
        let single = try #require(listeners[2].tls)
        #expect(single.identities.map(\.certificateFile) == ["/etc/methodwall/server.pem"])
        #expect(single.identities.map(\.keyFile) == ["/keys/server.key"])
        #expect(single.clientAuthorityFile == nil && single.minimumVersion == .tls12)
        let several = try #require(listeners[3].tls)
        #expect(
            several.identities.map(\.keyFile) == ["/etc/methodwall/a.key", "/etc/methodwall/b.key"]
        )
        #expect(several.clientAuthorityFile == "/etc/methodwall/clients.pem")
        #expect(several.clientCertificates == .optional && several.minimumVersion == .tls13)
        #expect(load.document?.asksForClientCertificates == true)
    }

    @Test(
        "a mistake in a listener is reported where it stands",
        arguments: [
            ("unix:run/a.sock", "invalid-address 1:9"), ("\"systemd:\"", "invalid-address 1:9"),
            ("[unix:/a, unix:/a]", "invalid-value 1:19"),
            ("[{ address: 127.0.0.1:1, tls: { certificate: a.pem } }]", "missing-key 1:10"),
            ("[{ address: 127.0.0.1:1, tls: { key: a.pem } }]", "missing-key 1:10"),
            (
                "[{ address: 127.0.0.1:1, tls: { certificates: [{ key: a }] } }]",
                "missing-key 1:56"
            ),
            (
                "[{ address: 127.0.0.1:1, tls: { certificates: a.pem } }]",
                "wrong-type 1:55 missing-key 1:10"
            ),
            (
                "[{ address: 127.0.0.1:1, redirect: https, tls: { certificate: a, key: b } }]",
                "invalid-value 1:44"
            ),
            ("[{ address: 127.0.0.1:1, redirect: 70000 }]", "invalid-value 1:44"),
            ("[{ address: 127.0.0.1:1, redirect: http }]", "wrong-type 1:44"),
            (
                "[{ address: 127.0.0.1:1, tls: { certificate: a, key: b, minimum: \"1.1\" } }]",
                "invalid-value 1:74"
            ),
            (
                "[{ address: 127.0.0.1:1, "
                    + "tls: { certificate: a, key: b, client_certificates: optional } }]",
                "invalid-value 1:86"
            ),
            ("[{ address: 127.0.0.1:1, proxy_protocol: yes }]", "wrong-type 1:50"),
        ]
    )
    func reportsMistakes(_ value: String, _ place: String) {
        let load = read("listen: \(value)\n")
        #expect(load.document == nil && !load.isUnreadable)
        let found = load.diagnostics.map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(Set(found) == Set(place.split(separator: " ").paired()), "\(found)")
    }

    @Test("TLS at the top of the file is told where it belongs")
    func placesTLS() throws {
        let found = try #require(read("tls: { certificate: a.pem }\n").diagnostics.first)
        #expect(found.code == "misplaced-key")
        #expect(found.hint?.contains("`listen`") == true)
    }

    private func read(_ text: String) -> GatewayDocument.Load {
        GatewayDocument.read(bytes: Array(text.utf8), file: "/etc/methodwall/methodwall.yaml")
    }
}

extension Array where Element == Substring {
    /// `code place code place` as `code place` each.
    fileprivate func paired() -> [String] {
        stride(from: 0, to: count - 1, by: 2).map { "\(self[$0]) \(self[$0 + 1])" }
    }
}
