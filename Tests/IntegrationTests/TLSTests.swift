import Foundation
import TestKit
import Testing

/// Listeners with TLS, seen by curl and openssl.
@Suite("TLS", .blocking)
struct TLSTests {
    private static let policy = """
        methodwall: 1
        policy: shop
        paths:
          /status: GET
          /users: GET POST
          /upload: POST
          /users/{id:int}:
            allow: GET DELETE
            only:
              DELETE:
                certificates: ["subject=CN=deploy,O=Example", "uri=spiffe://example.com/ci"]
        """

    /// A gateway with one TLS listener in front of an origin that echoes.
    private struct Secure {
        let fixture: (gateway: RunningGateway, origin: RawOrigin)
        let authority: TestAuthority
        var port: Int { fixture.gateway.port }

        init(_ authority: TestAuthority, _ tls: [String], more: String = "") throws {
            self.authority = authority
            let origin = try RawOrigin { connection in
                while let head = try connection.readHead() {
                    var count = 0
                    try connection.readContent(of: head) { count += $0.count }
                    let fields = head.fields.filter { $0.name != "Host" }
                    let text =
                        head.startLine + "\n"
                        + fields.map(\.description).joined(separator: "\n") + "\ncontent \(count)\n"
                    let body = head.startLine.hasPrefix("HEAD ") ? "" : text
                    try connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(body)"
                    )
                }
            }
            let gateway = try RunningGateway(
                configuration: """
                    listen:
                      - address: 127.0.0.1:0
                        tls:
                    \(tls.map { "      \($0)\n" }.joined())
                    workers: 2
                    upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                    \(more)
                    """,
                policy: TLSTests.policy,
                keeping: origin
            )
            fixture = (gateway, origin)
        }

        func curl(
            _ path: String,
            _ arguments: [String] = [],
            host: String = "a.test"
        ) throws -> ChildProcess.Finished {
            let usual = [
                "-sS", "--max-time", "20", "--noproxy", "*", "--cacert", authority.certificate,
                "--resolve", "\(host):\(port):127.0.0.1",
            ]
            return try ChildProcess.run(
                try Programs.installed("curl"),
                usual + arguments + ["https://\(host):\(port)\(path)"]
            )
        }
    }

    private static func keys(_ identity: TestAuthority.Identity) -> [String] {
        ["  certificate: \(identity.certificate)", "  key: \(identity.key)"]
    }

    private static let versions = [["--http1.1"], ["--http2"]]

    @Test(
        "Both versions of HTTP work, are judged, and are named to the origin",
        arguments: versions
    )
    func speaksHTTP(_ version: [String]) throws {
        let authority = try TestAuthority()
        let secure = try Secure(authority, Self.keys(authority.issue("a", ["DNS:a.test"])))
        let isHTTP2 = version == ["--http2"]
        let found = try secure.curl("/status", version + ["-w", "%{http_version} %{http_code}"])
        #expect(found.output.hasSuffix(isHTTP2 ? "2 200" : "1.1 200"), "\(found.error)")
        #expect(found.output.contains("X-Forwarded-Proto: https"))
        #expect(found.output.contains(isHTTP2 ? "Via: 2.0 methodwall" : "Via: 1.1 methodwall"))
        let refused = try secure.curl("/users", version + ["-i", "-X", "DELETE"]).output
        #expect(refused.contains(" 405"))
        #expect(refused.lowercased().contains("allow: get, head, post, options"))
        let head = try secure.curl("/status", version + ["-I"])
        #expect(head.status == 0 && head.output.contains(" 200"))
        let entry = try secure.fixture.gateway.waitForLogEntry { $0.status == 405 }
        #expect(entry["network.protocol.version"] == (isHTTP2 ? "2" : "1.1"))
        let options = try secure.curl("/users", version + ["-i", "-X", "OPTIONS"])
        #expect(options.status == 0 && options.output.contains(" 204"))
    }

    @Test("Uploads and refused uploads end well", arguments: versions)
    func takesUploads(_ version: [String]) throws {
        let authority = try TestAuthority()
        let secure = try Secure(authority, Self.keys(authority.issue("a", ["DNS:a.test"])))
        let folder = try TemporaryFolder()
        let file = try folder.write([UInt8](repeating: 0x61, count: 3_000_000), to: "upload")
        let known = ["--data-binary", "@\(file)"]
        let type = ["-H", "Content-Type: application/octet-stream", "-H", "Expect:"]
        #expect(
            try secure.curl("/upload", version + type + known).output.hasSuffix("content 3000000\n")
        )
        // Of unknown length: HTTP/1.1 has a coding for that, HTTP/2 needs none.
        let framing = version == ["--http2"] ? "Content-Length:" : "Transfer-Encoding: chunked"
        let unknown = ["-T", file, "-X", "POST", "-H", framing] + type
        #expect(try secure.curl("/upload", version + unknown).output.hasSuffix("content 3000000\n"))
        let refused = try secure.curl(
            "/status",
            version + type + known + ["-o", "/dev/null", "-w", "%{http_code}"]
        )
        #expect(refused.status == 0 && refused.output == "405", "\(refused.error)")
    }

    @Test("Rules keep methods for clients with a certificate")
    func knowsClients() throws {
        let authority = try TestAuthority()
        let lines =
            Self.keys(try authority.issue("a", ["DNS:a.test"]))
            + ["  client_ca: \(authority.certificate)", "  client_certificates: optional"]
        let secure = try Secure(authority, lines)
        let deploy = try authority.issue("deploy", ["DNS:x"], subject: "/O=Example/CN=deploy")
        let ci = try authority.issue("ci", ["URI:spiffe://example.com/ci"])
        let other = try authority.issue("other", ["DNS:deploy"])
        let elsewhere = try TestAuthority()
        let stranger = try elsewhere.issue(
            "deploy",
            ["DNS:x"],
            subject: "/O=Example/CN=deploy"
        )
        let expired = try authority.issue("late", ["URI:spiffe://example.com/ci"], isExpired: true)
        func delete(_ identity: TestAuthority.Identity?) throws -> ChildProcess.Finished {
            let proof = identity.map { ["--cert", $0.certificate, "--key", $0.key] } ?? []
            return try secure.curl(
                "/users/7",
                proof + ["-X", "DELETE", "-o", "/dev/null", "-w", "%{http_code}"]
            )
        }
        #expect(try delete(deploy).output == "200")
        #expect(try delete(ci).output == "200")
        #expect(try delete(other).output == "403")
        #expect(try delete(nil).output == "403")
        #expect(try withExtendedLifetime(elsewhere) { try delete(stranger).output } == "000")
        #expect(eventually(within: .seconds(5)) { (try? delete(expired).output) == "000" })
        let line = try secure.fixture.gateway.process.waitForLine(
            .standardError,
            containing: "CERTIFICATE_VERIFY_FAILED"
        )
        #expect(line.contains("error=CERTIFICATE_VERIFY_FAILED times="))
        #expect(line.hasSuffix("a TLS handshake failed"))
    }

    @Test("Without a certificate there is no connection where one is required")
    func requiresCertificates() throws {
        let authority = try TestAuthority()
        let lines =
            Self.keys(try authority.issue("a", ["DNS:a.test"]))
            + ["  client_ca: \(authority.certificate)"]
        let secure = try Secure(authority, lines)
        #expect(try secure.curl("/status").status != 0)
        let client = try authority.issue("client", ["DNS:x"])
        let proof = ["--cert", client.certificate, "--key", client.key]
        #expect(try secure.curl("/status", proof).output.hasPrefix("GET /status"))
    }

    @Test(
        "The client's name chooses the certificate, a renewed one is taken up, a broken one is not"
    )
    func choosesAndRenews() throws {
        let authority = try TestAuthority()
        let folder = try TemporaryFolder()
        let (chain, key) = (folder.path("b.pem"), folder.path("b.key"))
        func install(_ identity: TestAuthority.Identity) throws {
            for (from, to) in [(identity.certificate, chain), (identity.key, key)] {
                try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
            }
        }
        try install(authority.issue("first", ["DNS:b.test", "DNS:*.b.test"]))
        // Its wildcard stands behind the other's exact name.
        let first = try authority.issue("a", ["DNS:a.test", "DNS:*.test"])
        let secure = try Secure(
            authority,
            [
                "  certificates:",
                "    - { certificate: \(first.certificate), key: \(first.key) }",
                "    - { certificate: \(chain), key: \(key) }",
            ]
        )
        func shown(_ name: String) throws -> String {
            let arguments = [
                "s_client", "-connect", "127.0.0.1:\(secure.port)", "-servername", name,
            ]
            let output = try ChildProcess.run(try Programs.installed("openssl"), arguments).output
            return output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init)
                ?? ""
        }
        #expect(try shown("a.test").contains("CN = a"))
        #expect(try shown("B.test").contains("CN = first"))
        #expect(try shown("x.B.test").contains("CN = first"))
        #expect(try shown("y.x.b.test").contains("CN = a"))
        let gateway = secure.fixture.gateway
        try install(authority.issue("second", ["DNS:b.test"]))
        gateway.process.signal(SIGHUP)
        #expect(eventually { (try? shown("b.test").contains("CN = second")) == true })
        // Nor is a signal needed.
        try install(authority.issue("third", ["DNS:b.test"]))
        #expect(
            eventually(within: .seconds(30)) {
                (try? shown("b.test").contains("CN = third")) == true
            }
        )
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: chain))
        gateway.process.signal(SIGHUP)
        let line = try gateway.process.waitForLine(
            .standardError,
            containing: "certificates rejected"
        )
        #expect(line.contains(chain))
        #expect(try shown("b.test").contains("CN = third"))
    }

    @Test("Bad files end the start with one line that names them and code 2")
    func refusesBadFiles() throws {
        let authority = try TestAuthority()
        let (one, other) = (
            try authority.issue("a", ["DNS:a"]), try authority.issue("b", ["DNS:b"])
        )
        let folder = try TemporaryFolder()
        try folder.write(Self.policy, to: "policies/shop.yaml")
        let rubbish = try folder.write("rubbish", to: "rubbish.pem")
        let cases = [
            (one.certificate, other.key, "does not belong to the certificate"),
            (rubbish, one.key, "no certificate in PEM form"),
            (one.certificate, rubbish, "no private key in PEM form"),
            (folder.path("none.pem"), one.key, "No such file"),
        ]
        for (certificate, key, text) in cases {
            let file = try folder.write(
                """
                listen:
                  - address: 127.0.0.1:0
                    tls: { certificate: "\(certificate)", key: "\(key)" }
                upstreams: { a: "http://127.0.0.1:9" }
                """,
                to: "methodwall.yaml"
            )
            let ended = try ChildProcess.run(
                try Programs.methodwall(),
                ["run", "--config", file],
                folder: folder.path
            )
            #expect(ended.status == 2)
            let lines = ended.error.split(separator: "\n").filter { $0.contains(text) }
            #expect(lines.count == 1, "\(ended.error)")
        }
    }

    @Test("TLS 1.2 and 1.3 are spoken unless told otherwise, and TLS 1.1 is not")
    func speaksCurrentVersions() throws {
        let authority = try TestAuthority()
        let secure = try Secure(authority, Self.keys(authority.issue("a", ["DNS:a.test"])))
        func handshake(_ version: String) throws -> ChildProcess.Finished {
            // What OpenSSL itself would refuse to offer is let through.
            let arguments = [
                "s_client", "-connect", "127.0.0.1:\(secure.port)", version, "-cipher",
                "DEFAULT@SECLEVEL=0",
            ]
            return try ChildProcess.run(try Programs.installed("openssl"), arguments)
        }
        for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let found = try handshake(version)
            #expect(found.status == 0 && found.output.contains("New, \(name), "), "\(found)")
        }
        let old = try handshake("-tls1_1")
        #expect(old.status != 0 && old.error.contains("alert protocol version"), "\(old)")
    }

    @Test("Old versions of TLS, and plain HTTP, are turned away; silence has its time")
    func turnsAway() throws {
        let authority = try TestAuthority()
        let secure = try Secure(
            authority,
            Self.keys(authority.issue("a", ["DNS:a.test"])) + ["  minimum: \"1.3\""],
            more: "limits: { head_timeout: 300ms }"
        )
        #expect(try secure.curl("/status", ["--tls-max", "1.2"]).status != 0)
        #expect(try secure.curl("/status", ["--tlsv1.3"]).output.hasPrefix("GET /status"))
        let plain = try RawClient(port: secure.port)
        try plain.send("GET /status HTTP/1.1\r\nHost: a.test\r\n\r\n")
        #expect((try? plain.readToEnd())?.starts(with: Array("HTTP".utf8)) != true)
        let silent = try RawClient(port: secure.port)
        #expect(silent.isClosedByPeer())
        #expect(try secure.curl("/status").output.hasPrefix("GET /status"))
    }

    @Test(
        "SIGTERM lets requests end in both versions, and idle connections go at once",
        arguments: versions
    )
    func drains(_ version: [String]) throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("a", ["DNS:a.test"])
        let origin = try RawOrigin()
        let gateway = try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                    tls: { certificate: "\(identity.certificate)", key: "\(identity.key)" }
                workers: 1
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                """,
            policy: Self.policy,
            keeping: origin
        )
        let client = try ChildProcess(
            try Programs.installed("curl"),
            version + [
                "-sS", "--noproxy", "*", "-k", "--max-time", "20",
                "https://127.0.0.1:\(gateway.port)/status",
            ]
        )
        let connection = try origin.accept()
        _ = try connection.expectRequest()
        gateway.process.signal(SIGTERM)
        _ = try gateway.process.waitForLine(.standardError, containing: "draining")
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
        #expect(try client.wait() == 0)
        #expect(client.text(.standardOutput) == "late")
        #expect(try gateway.process.wait() == 0)
    }
}
