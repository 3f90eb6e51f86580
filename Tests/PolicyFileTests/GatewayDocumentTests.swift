import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// The configuration file.
@Suite struct GatewayDocumentTests {
    @Test("every key is read")
    func readsEveryKey() throws {
        let load = read(
            """
            listen:
              - address: 0.0.0.0:8080
              - "[::]:8081"
            upstreams:
              legacy: http://127.0.0.1:9000
              crm:
                urls: [https://10.0.0.5:8443]
                timeouts: { connect: 1s, response: 15s, idle: 2m }
                preserve_host: false
              app:
                url: unix:/run/app.sock
            policies: rules/
            trusted_proxies: [10.0.0.0/8, "fd00::/8", 127.0.0.1]
            identity_fields: { strip: [X-Company-User, X-Trusted-*], keep: Remote-User }
            log: { refusals: log/refused.jsonl, overflow: wait, query: true }
            workers: 4
            limits:
              head: 64KiB
              target: 4KiB
              fields: 64
              body: 10MiB
              head_timeout: 5s
              idle_timeout: 1m
              body_timeout: 20s
              tunnel_idle_timeout: 2h
              connections: 500
              connections_per_client: 20
            drain: 1m
            preserve_host: false
            """
        )
        #expect(load.diagnostics == [])
        let document = try #require(load.document)
        #expect(
            document.listen.map(\.address) == [
                ListenAddress(host: "0.0.0.0", port: 8080), ListenAddress(host: "::", port: 8081),
            ]
        )
        #expect(document.upstreams.map(\.name) == ["legacy", "crm", "app"])
        #expect(
            document.upstreams.map(\.urls) == [
                ["http://127.0.0.1:9000"], ["https://10.0.0.5:8443"], ["unix:/run/app.sock"],
            ]
        )
        #expect(document.upstreams[0].timeouts == GatewayDocument.Timeouts())
        #expect(document.upstreams[1].timeouts.connect == .seconds(1))
        #expect(document.upstreams[1].timeouts.response == .seconds(15))
        #expect(document.upstreams[1].timeouts.idle == .seconds(120))
        #expect(document.upstreams.map(\.preservesHost) == [nil, false, nil])
        #expect(document.defaultUpstream == nil)
        #expect(document.policies == "/etc/methodwall/rules/")
        let proxies = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"]
        #expect(document.trustedProxies == proxies.compactMap { NetworkPrefix($0) })
        #expect(document.identityFieldsToStrip == ["X-Company-User", "X-Trusted-*"])
        #expect(document.identityFieldsToKeep == ["Remote-User"])
        #expect(document.log.refusals == .file("/etc/methodwall/log/refused.jsonl"))
        #expect(document.log.overflow == .wait && document.log.includesQuery)
        #expect(document.workers == 4)
        let limits = document.limits
        #expect(limits.headBytesMax == 65_536 && limits.targetBytesMax == 4_096)
        #expect(limits.fieldCountMax == 64 && limits.bodyBytesMax == 10 << 20)
        #expect(limits.headTimeout == .seconds(5) && limits.idleTimeout == .seconds(60))
        #expect(limits.bodyTimeout == .seconds(20) && limits.tunnelIdleTimeout == .seconds(7_200))
        #expect(limits.connectionsMax == 500 && limits.connectionsPerClientMax == 20)
        #expect(document.drain == .seconds(60))
        #expect(!document.preservesHost)
    }

    @Test(
        "B-45: the names of identity fields are field names, with one * at the end perhaps",
        arguments: [
            ("strip: \"X-*-User\"", "invalid-field-name 1:27"),
            ("strip: \"*\"", "invalid-field-name 1:27"),
            ("strip: [X-A, \"X **\"]", "invalid-field-name 1:33"),
            ("keep: [X-A, x-a]", "invalid-value 1:32"),
            ("strip: []", "invalid-value 1:27"),
            ("drop: [X-A]", "unknown-key 1:20"),
            ("keep: [\"é\"]", "invalid-field-name 1:27"),
        ]
    )
    func refusesIdentityFields(_ entry: String, _ place: String) {
        let load = read("identity_fields: { \(entry) }\n")
        #expect(load.document == nil)
        #expect(
            load.diagnostics.map { "\($0.code) \($0.location.line):\($0.location.column)" } == [
                place
            ]
        )
    }

    @Test("what is not written has the documented default")
    func readsDefaults() throws {
        let document = try #require(read("upstreams: { app: http://127.0.0.1:9000 }\n").document)
        var expected = GatewayDocument()
        expected.file = "/etc/methodwall/methodwall.yaml"
        expected.upstreams = [.init(name: "app", url: "http://127.0.0.1:9000")]
        #expect(document == expected)
        #expect(document.defaultUpstream == "app")
        #expect(document.listen.map(\.address.description) == ["127.0.0.1:8405"])
        #expect(document.workers == nil && document.limits.bodyBytesMax == nil)
    }

    @Test("the example of the design is read")
    func readsTheExample() throws {
        let load = read(
            """
            listen:
              - address: 0.0.0.0:8080
              - address: "[::]:8443"
                tls: { certificate: server.pem, key: server.key, client_ca: clients.pem }
              - address: unix:/run/methodwall.sock
                proxy_protocol: true
            upstreams:
              legacy: http://127.0.0.1:9000
              crm:
                urls: ["https://10.0.0.5:8443", "https://10.0.0.6:8443"]
                tls: { ca: ca.pem }
                timeouts: { connect: 2s, response: 30s, idle: 60s }
                health: { path: /healthz, interval: 5s }
            policies: policies/
            trusted_proxies: [10.0.0.0/8]
            log: { refusals: stdout, overflow: drop, query: false }
            admin: 127.0.0.1:8406
            workers: auto
            limits: { head: 32KiB, target: 8KiB, fields: 128, body: unlimited, head_timeout: 10s }
            drain: 30s
            """
        )
        #expect(load.diagnostics.isEmpty)
        let document = try #require(load.document)
        #expect(document.listen.map(\.address.description).count == 3)
        let crm = try #require(document.upstreams.first { $0.name == "crm" })
        #expect(crm.urls == ["https://10.0.0.5:8443", "https://10.0.0.6:8443"])
        #expect(crm.tls.ca?.hasSuffix("/ca.pem") == true && crm.health?.path == "/healthz")
        #expect(document.admin != nil)
    }

    @Test(
        "a mistake is reported where it stands",
        arguments: [
            ("listen: 8080", "invalid-address 1:9"), ("listen: []", "invalid-value 1:9"),
            ("listen: [127.0.0.1:1, 127.0.0.1:1]", "invalid-value 1:23"),
            ("listen: [{ adress: 127.0.0.1:1 }]", "unknown-key 1:12"),
            ("listen: [{ }]", "missing-key 1:10"),
            ("upstreams: [a]", "wrong-type 1:12"),
            ("upstreams: { \"a b\": http://a }", "invalid-value 1:14"),
            ("upstreams: { a: 127.0.0.1:9000 }", "invalid-upstream 1:17"),
            ("upstreams: { a: { timeouts: { connect: 1s } } }", "missing-key 1:14"),
            ("upstreams: { a: { url: http://a, urls: [http://a] } }", "invalid-value 1:14"),
            ("upstreams: { a: { url: http://a, timeouts: { conect: 1s } } }", "unknown-key 1:46"),
            ("trusted_proxies: [10.0.0.1/8]", "invalid-network 1:19"),
            ("trusted_proxies: 300.0.0.1", "invalid-network 1:18"),
            ("log: { refusals: 1 }", "wrong-type 1:18"), ("log: stdout", "wrong-type 1:6"),
            ("log: { overflow: block }", "invalid-value 1:18"),
            ("workers: 0", "invalid-value 1:10"),
            ("workers: many", "wrong-type 1:10"), ("workers: 5000", "invalid-value 1:10"),
            ("limits: { head: 0B }", "invalid-size 1:17"),
            ("limits: { body: none }", "invalid-size 1:17"),
            ("limits: { fields: 0 }", "invalid-value 1:19"),
            ("limits: { head: 1023B, target: 512B }", "invalid-size 1:17"),
            ("limits: { target: 255B }", "invalid-size 1:19"),
            ("limits: { target: 64KiB }", "invalid-size 1:19"),
            ("limits: { target: 8KiB, head: 4KiB }", "invalid-size 1:31"),
            ("limits: { fields: 7 }", "invalid-value 1:19"),
            ("limits: { head_timeout: 0s }", "invalid-duration 1:25"),
            ("limits: { idle_timeout: 0ms }", "invalid-duration 1:25"),
            ("limits: { body_timeout: 00d }", "invalid-duration 1:25"),
            ("limits: { tunnel_idle_timeout: 0s }", "invalid-duration 1:32"),
            ("limits: { tunnel_idle_timeout: 60 }", "invalid-duration 1:32"),
            (
                "upstreams: { a: { url: http://a, timeouts: { connect: 0s } } }",
                "invalid-duration 1:55"
            ),
            (
                "upstreams: { a: { url: http://a, timeouts: { response: 0s } } }",
                "invalid-duration 1:56"
            ),
            (
                "upstreams: { a: { url: http://a, timeouts: { idle: 0s } } }",
                "invalid-duration 1:52"
            ),
            ("upstreams: { a: http://169.254.169.254 }", "invalid-upstream 1:17"),
            ("log: { refusals: stderr }", "invalid-value 1:18"),
            ("log: { refusals: refused.jsonl }", "invalid-value 1:18"),
            ("drain: soon", "invalid-duration 1:8"),
            ("drain: 30", "invalid-duration 1:8"), ("polices: a", "unknown-key 1:1"),
            ("preserve_host: yes", "wrong-type 1:16"),
        ]
    )
    func reportsMistakes(_ line: String, _ place: String) {
        let load = read(line + "\n")
        #expect(load.document == nil && !load.isUnreadable)
        let found = load.diagnostics.map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(found == [place])
    }

    @Test("the least values are accepted, and draining may take no time at all")
    func acceptsLeastValues() throws {
        let load = read(
            """
            limits: { head: 1KiB, target: 256B, fields: 8, head_timeout: 1ms }
            log: { refusals: ./stderr }
            drain: 0s
            """
        )
        let document = try #require(load.document, "\(load.diagnostics)")
        #expect(document.limits.headBytesMax == 1_024 && document.limits.targetBytesMax == 256)
        #expect(document.limits.fieldCountMax == 8 && document.drain == .zero)
        #expect(document.log.refusals == .file("/etc/methodwall/./stderr"))
    }

    @Test("the file is read under the same conditions as a policy (F-07, F-10)")
    func readsSafely() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("policies: p\n", to: "methodwall.yaml")
        #expect(GatewayDocument.read(path: path).document?.policies == folder.path("p"))
        chmod(path, 0o666)
        let refused = GatewayDocument.read(path: path)
        #expect(refused.isUnreadable && refused.diagnostics.map(\.code) == ["insecure-permissions"])
        #expect(GatewayDocument.read(path: path, insecurePermissions: true).document != nil)
        let missing = GatewayDocument.read(path: folder.path("none.yaml"))
        #expect(missing.isUnreadable && missing.diagnostics.map(\.code) == ["file-unreadable"])
    }

    private func read(_ text: String) -> GatewayDocument.Load {
        GatewayDocument.read(bytes: Array(text.utf8), file: "/etc/methodwall/methodwall.yaml")
    }
}
