import Foundation
import TestKit
import Testing

/// Listeners that are no plain TCP port: PROXY headers, unix-domain sockets, redirects.
@Suite("Listeners", .blocking)
struct ListenerTests {
    private static let policy = """
        methodwall: 1
        paths:
          /status: GET
          /users/{id:int}:
            allow: GET DELETE
            only:
              DELETE: { clients: 203.0.113.0/24 }
        """

    /// Names a client whom the policy lets delete.
    private static let textHeader = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n"
    /// Version 2: IPv4, TCP, 198.51.100.9 port 1234, whom it does not.
    private static let binaryHeader: [UInt8] =
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
        + [198, 51, 100, 9, 192, 0, 2, 1, 0x04, 0xD2, 0x01, 0xBB]

    private func gateway(_ listen: String, more: String = "") throws -> RunningGateway {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                let text = request.head.fields.map(\.description).joined(separator: "\n")
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                )
            }
        }
        return try RunningGateway(
            configuration: """
                listen: [\(listen)]
                workers: 2
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                \(more)
                """,
            policy: Self.policy,
            keeping: origin
        )
    }

    @Test("A PROXY header names the client, in the policy, to the origin and in the log")
    func readsProxyHeaders() throws {
        let gateway = try gateway(
            "{ address: 127.0.0.1:0, proxy_protocol: true }",
            more: "trusted_proxies: 127.0.0.1"
        )
        let client = try gateway.connect()
        try client.send(Self.textHeader + request("DELETE", "/users/7"))
        let response = try client.readResponse()
        #expect(response.status == 200)
        #expect(response.text.contains("X-Forwarded-For: 203.0.113.7"))
        let other = try gateway.connect()
        try other.send(Self.binaryHeader + Array(request("DELETE", "/users/7").utf8))
        #expect(try other.readResponse(to: "DELETE").status == 403)
        let entry = try gateway.waitForLogEntry { $0.status == 403 }
        #expect(entry["client.address"] == "198.51.100.9" && entry["client.port"] == "1234")
    }

    @Test(
        "Without a PROXY header, or from somebody who is not trusted, there is no answer",
        arguments: [
            ("127.0.0.1", "GET /status HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("127.0.0.1", "PROXY TCP4 203.0.113.7\r\n"), ("127.0.0.1", "PROXY TCP9 a b 1 2\r\n"),
            ("127.0.0.1", "\r\n\r\n\u{0}\r\nQUIX\n"),
            (
                "192.0.2.1",
                "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\nGET /status HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
        ]
    )
    func refusesProxyHeaders(_ trusted: String, _ text: String) throws {
        let gateway = try gateway(
            "{ address: 127.0.0.1:0, proxy_protocol: true }",
            more: "trusted_proxies: \(trusted)"
        )
        let client = try gateway.connect()
        try? client.send(text)
        #expect(client.isClosedByPeer())
        _ = try gateway.process.waitForLine(.standardError, containing: "PROXY header")
    }

    @Test("A PROXY header names the client on a unix-domain socket too")
    func readsProxyHeadersOnPaths() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.sock")
        let gateway = try gateway(
            "\"127.0.0.1:0\", { address: \"unix:\(path)\", proxy_protocol: true }"
        )
        let client = try RawClient(unixPath: path)
        try client.send(Self.textHeader + request("DELETE", "/users/7"))
        let response = try client.readResponse()
        #expect(response.status == 200)
        #expect(response.text.contains("X-Forwarded-For: 203.0.113.7"))
        let other = try RawClient(unixPath: path)
        try other.send(Self.binaryHeader + Array(request("DELETE", "/users/7").utf8))
        #expect(try other.readResponse(to: "DELETE").status == 403)
        let entry = try gateway.waitForLogEntry { $0.status == 403 }
        #expect(entry["client.address"] == "198.51.100.9" && entry["client.port"] == "1234")
        let bare = try RawClient(unixPath: path)
        try bare.send(request("GET", "/status"))
        #expect(bare.isClosedByPeer())
    }

    @Test("A PROXY header stands before the TLS handshake, and nowhere else")
    func readsProxyHeadersBeforeTLS() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("a", ["DNS:a.test"])
        let gateway = try gateway(
            "{ address: 127.0.0.1:0, proxy_protocol: true, \(Self.tls(identity)) }",
            more: "trusted_proxies: 127.0.0.1"
        )
        func delete(after header: [UInt8], within: [UInt8] = []) throws -> TLSClient.Answer {
            let octets = within + Array(request("DELETE", "/users/7", ["Connection: close"]).utf8)
            let client = TLSClient(port: gateway.port, authority: authority)
            return try client.exchange(octets, after: header)
        }
        let answer = try delete(after: Array(Self.textHeader.utf8))
        #expect(answer.text.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        #expect(answer.text.contains("X-Forwarded-For: 203.0.113.7"))
        #expect(answer.text.contains("X-Forwarded-Proto: https"))
        #expect(try delete(after: Self.binaryHeader).text.hasPrefix("HTTP/1.1 403 "))
        let entry = try gateway.waitForLogEntry { $0.status == 403 }
        #expect(entry["client.address"] == "198.51.100.9")
        #expect(try delete(after: []).isRefused)
        #expect(try delete(after: [], within: Array(Self.textHeader.utf8)).isRefused)
    }

    @Test("With `http2: false` a client that would rather speak HTTP/2 gets HTTP/1.1")
    func agreesOnVersions() throws {
        let authority = try TestAuthority()
        let tls = Self.tls(try authority.issue("a", ["DNS:a.test"]))
        let octets = Array(request("GET", "/status", ["Connection: close"]).utf8)
        for (keys, expected) in [
            ("", "h2"), ("http2: true, ", "h2"), ("http2: false, ", "http/1.1"),
        ] {
            let gateway = try gateway("{ address: 127.0.0.1:0, \(keys)\(tls) }")
            let client = TLSClient(port: gateway.port, authority: authority)
            let answer = try client.exchange(octets, offering: ["h2", "http/1.1"])
            #expect(answer.version == expected)
            #expect(expected == "h2" || answer.text.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        }
    }

    private static func tls(_ identity: TestAuthority.Identity) -> String {
        "tls: { certificate: \"\(identity.certificate)\", key: \"\(identity.key)\" }"
    }

    @Test("A PROXY header that does not end has its time")
    func timesProxyHeaders() throws {
        let gateway = try gateway(
            "{ address: 127.0.0.1:0, proxy_protocol: true }",
            more: "trusted_proxies: 127.0.0.1\nlimits: { head_timeout: 300ms }"
        )
        let client = try gateway.connect()
        try client.send("PROXY TC")
        #expect(client.isClosedByPeer())
    }

    @Test("Permitted requests are redirected, what is not permitted is refused")
    func redirects() throws {
        let gateway = try gateway("{ address: 127.0.0.1:0, redirect: 8443 }")
        let response = try gateway.exchange(
            request("GET", "/status?a=%20b", host: "shop.test:8080")
        )
        #expect(response.status == 308)
        #expect(response["location"] == "https://shop.test:8443/status?a=%20b")
        #expect(
            try gateway.exchange(request("GET", "/status", host: "[::1]")).head["location"]
                == "https://[::1]:8443/status"
        )
        #expect(try gateway.exchange(request("POST", "/status")).status == 405)
        #expect(try gateway.exchange(request("GET", "/none")).status == 404)
        #expect(try gateway.exchange(request("OPTIONS", "/status")).status == 204)
    }

    @Test("A unix-domain socket is for owner and group, and replaces one that nobody listens on")
    func listensOnPaths() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.sock")
        let listen = "\"127.0.0.1:0\", \"unix:\(path)\""
        let first = try gateway(listen)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
        for _ in 0..<8 {
            let client = try RawClient(unixPath: path)
            try client.send(request("GET", "/status"))
            let response = try client.readResponse()
            #expect(response.status == 200 && response.text.contains("X-Forwarded-For: unknown"))
        }
        let second = try ChildProcess.run(
            try Programs.methodwall(),
            [
                "run", "--listen", "unix:\(path)", "--upstream", "http://127.0.0.1:9", "--policies",
                first.folder.path("policies"),
            ]
        )
        #expect(second.status == 2)
        #expect(second.error.contains("cannot listen on unix:\(path): Address already in use"))
        first.process.signal(SIGKILL)
        _ = try first.process.wait()
        let third = try gateway(listen)
        #expect(try RawClient(unixPath: path).exchange(request("GET", "/status")).status == 200)
        #expect(third.process.text(.standardError).contains("unix:\(path)"))
    }

    @Test("A socket that systemd passes is accepted from; one that it does not is an error")
    func listensForSystemd() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.policy, to: "policies/p.yaml")
        let arguments = [
            "run", "--listen", "systemd:http", "--upstream", "http://127.0.0.1:9", "--policies",
            folder.path("policies"),
        ]
        let alone = try ChildProcess.run(try Programs.methodwall(), arguments)
        #expect(alone.status == 2)
        #expect(alone.error.contains("no such socket was passed"))
        let passed = try SystemdSocket("http", arguments)
        for _ in 0..<8 {
            let client = try RawClient(port: passed.port)
            #expect(try client.exchange(request("DELETE", "/status")).status == 405)
        }
        passed.process.stop()
    }
}
