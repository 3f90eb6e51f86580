import MethodPolicy
import Testing

@testable import PolicyFile

/// The keys of an upstream in the configuration file.
@Suite struct UpstreamKeysTests {
    private func read(_ text: String) -> GatewayDocument.Load {
        GatewayDocument.read(bytes: Array(text.utf8), file: "/etc/methodwall/methodwall.yaml")
    }

    @Test("every key of an upstream is read; files count from the configuration file's folder")
    func readsEveryKey() throws {
        let load = read(
            """
            upstreams:
              crm:
                urls: ["https://10.0.0.5:8443", "https://10.0.0.6:8443"]
                balance: least-connections
                tls:
                  ca: ca.pem
                  certificate: /etc/ssl/client.pem
                  key: keys/client.key
                  server_name: crm.internal
                  minimum: 1.3
                timeouts: { connect: 1s, response: 15s, idle: 2m, keep: 20s, life: 1h }
                health:
                  path: /healthz?full=1
                  host: crm.example.com:8080
                  interval: 10s
                  timeout: 3s
                  unhealthy: 5
                  healthy: 1
                  status: 200-204
                limits: { connections: 64, waiting: 0, wait: 250ms, per_client: 100 }
                dns_refresh: 2m
                preserve_host: false
            """
        )
        #expect(load.diagnostics == [])
        let upstream = try #require(load.document?.upstreams.first)
        #expect(upstream.name == "crm" && upstream.preservesHost == false)
        #expect(upstream.urls == ["https://10.0.0.5:8443", "https://10.0.0.6:8443"])
        #expect(upstream.balance == .leastConnections)
        #expect(upstream.tls.ca == "/etc/methodwall/ca.pem")
        #expect(upstream.tls.certificate == "/etc/ssl/client.pem")
        #expect(upstream.tls.key == "/etc/methodwall/keys/client.key")
        #expect(upstream.tls.serverName == "crm.internal" && upstream.tls.minimum == .tls13)
        #expect(upstream.timeouts.keep == .seconds(20) && upstream.timeouts.life == .seconds(3600))
        let health = try #require(upstream.health)
        #expect(health.path == "/healthz?full=1" && health.host == "crm.example.com:8080")
        #expect(health.interval == .seconds(10) && health.patience == .seconds(3))
        #expect(health.unhealthy == 5 && health.healthy == 1 && health.status == 200...204)
        #expect(upstream.limits.connections == 64 && upstream.limits.waiting == 0)
        #expect(upstream.limits.wait == .milliseconds(250) && upstream.limits.perClient == 100)
        #expect(upstream.nameRefresh == .seconds(120))
    }

    @Test("what is not written has the documented default")
    func readsDefaults() throws {
        let text = "upstreams: { a: { url: http://a, health: { path: / } } }\n"
        let upstream = try #require(read(text).document?.upstreams.first)
        #expect(upstream.balance == .roundRobin && upstream.tls == GatewayDocument.UpstreamTLS())
        #expect(upstream.timeouts == GatewayDocument.Timeouts())
        #expect(upstream.timeouts.keep == .seconds(55) && upstream.timeouts.life == .seconds(600))
        #expect(upstream.limits == GatewayDocument.UpstreamLimits())
        #expect(upstream.limits.wait == .seconds(5) && upstream.limits.connections == nil)
        #expect(upstream.nameRefresh == .seconds(30))
        let health = try #require(upstream.health)
        #expect(health.interval == .seconds(5) && health.patience == .seconds(2))
        #expect(health.unhealthy == 3 && health.healthy == 2 && health.status == 200...399)
    }

    @Test("a check that comes often has no more time than from one to the next")
    func boundsPatience() throws {
        let text = "upstreams: { a: { url: http://a, health: { path: /, interval: 500ms } } }\n"
        let upstream = try #require(read(text).document?.upstreams.first)
        #expect(upstream.health?.patience == .milliseconds(500))
    }

    @Test("several URLs may stand alone")
    func readsAList() throws {
        let load = read("upstreams: { a: [http://a, http://b] }\n")
        #expect(load.document?.upstreams.map(\.urls) == [["http://a", "http://b"]])
    }

    @Test(
        "a mistake is reported where it stands",
        arguments: [
            ("urls: [http://a, http://a]", "invalid-value 1:36"),
            ("urls: [http://a, https://b]", "invalid-upstream 1:36"),
            ("urls: [http://a, b]", "invalid-upstream 1:36"),
            ("url: [http://a, http://b]", "wrong-type 1:24"),
            ("url: http://a, balance: random", "invalid-value 1:43"),
            ("url: http://a, tls: { ca: a.pem }", "invalid-value 1:34"),
            ("url: https://a, tls: { key: a.key }", "missing-key 1:42"),
            ("url: https://a, tls: { server_name: \"a:1\" }", "invalid-value 1:55"),
            ("url: https://a, tls: { server_name: \"[::1]\" }", "invalid-value 1:55"),
            ("url: https://a, tls: { minimum: 1.1 }", "invalid-value 1:51"),
            ("url: https://a, tls: { sni: a }", "unknown-key 1:42"),
            ("url: http://a, health: { interval: 5s }", "missing-key 1:42"),
            ("url: http://a, health: { path: healthz }", "invalid-value 1:50"),
            ("url: http://a, health: { path: \"/a b\" }", "invalid-value 1:50"),
            ("url: http://a, health: { path: \"/a\\r\\nX: y\" }", "invalid-character 1:50"),
            ("url: http://a, health: { path: \"/#a\" }", "invalid-value 1:50"),
            ("url: http://a, health: { path: /, host: \"a b\" }", "invalid-value 1:59"),
            ("url: http://a, health: { path: /, status: 99 }", "invalid-value 1:61"),
            ("url: http://a, health: { path: /, status: 399-200 }", "invalid-value 1:61"),
            ("url: http://a, health: { path: /, status: 100-200 }", "invalid-value 1:61"),
            ("url: http://a, health: { path: /, status: 200-300-400 }", "invalid-value 1:61"),
            ("url: http://a, health: { path: /, unhealthy: 0 }", "invalid-value 1:64"),
            ("url: http://a, health: { path: /, interval: 0s }", "invalid-duration 1:63"),
            (
                "url: http://a, health: { path: /, interval: 1s, timeout: 2s }",
                "invalid-duration 1:76"
            ),
            ("url: http://a, limits: { connections: 0 }", "invalid-value 1:57"),
            ("url: http://a, limits: { wait: 0s }", "invalid-duration 1:50"),
            (
                "url: http://a, limits: { connections: 4, per_client: 5 }",
                "invalid-value 1:72"
            ),
            ("url: http://a, dns_refresh: 500ms", "invalid-duration 1:47"),
            ("url: http://a, timeouts: { keep: 0s }", "invalid-duration 1:52"),
            ("url: http://a, http2: 2", "wrong-type 1:41"),
            ("url: http://a, proxy_protocol: true", "misplaced-key 1:34"),
        ]
    )
    func reportsMistakes(_ keys: String, _ place: String) {
        let load = read("upstreams: { a: { \(keys) } }\n")
        #expect(load.document == nil)
        let found = load.diagnostics.map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(found == [place], "\(load.diagnostics.map(\.message))")
    }

    @Test("one client may have as much as there is, over all URLs")
    func acceptsTheWhole() {
        let keys = "urls: [http://a, http://b], limits: { connections: 4, per_client: 8 }"
        #expect(read("upstreams: { a: { \(keys) } }\n").document != nil)
        let more = keys.replacing("per_client: 8", with: "per_client: 9")
        #expect(read("upstreams: { a: { \(more) } }\n").document == nil)
        let most = keys.replacing("connections: 4", with: "connections: 9000000000000000000")
        #expect(read("upstreams: { a: { \(most) } }\n").document != nil)
    }

    @Test("an upstream has at most 64 URLs")
    func boundsURLs() {
        let urls = (1...65).map { "http://a\($0)" }
        let most = urls.dropLast().joined(separator: ", ")
        #expect(read("upstreams: { a: [\(most)] }\n").document != nil)
        let found = read("upstreams: { a: [\(urls.joined(separator: ", "))] }\n").diagnostics
        #expect(found.map(\.code) == ["invalid-value"])
    }

    @Test(
        "what the reader takes and refuses, the schema takes and refuses as well",
        arguments: [
            ("url: http://a, health: { path: /, status: 204 }", true),
            ("url: http://a, health: { path: /, status: 200-399 }", true),
            ("urls: [http://a, http://b], balance: client", true),
            ("url: http://a, http2: true", true),
            ("url: https://a, tls: { minimum: \"1.3\", server_name: a }", true),
            ("url: http://a, limits: { waiting: 0 }", true),
            ("url: http://a, limits: { connections: 0 }", false),
            ("url: http://a, health: { path: healthz }", false),
            ("url: http://a, health: { interval: 5s }", false),
            ("url: http://a, balance: random", false),
            ("url: https://a, tls: { minimum: \"1.1\" }", false),
            ("url: http://a, timeouts: { life: 0s }", false),
        ]
    )
    func agreesWithTheSchema(_ keys: String, _ isFine: Bool) throws {
        let text = "upstreams: { a: { \(keys) } }\n"
        #expect((read(text).document != nil) == isFine)
        let schema = SchemaChecker(PolicySchema.configurationJSON())
        #expect(try schema.faults(in: text).isEmpty == isFine)
    }
}
