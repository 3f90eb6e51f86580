import TestKit
import Testing

@Suite("Ways round by the host (B-40)", .blocking)
struct BypassHostTests {
    /// One closed host beside an open default: whoever blurs the host gets to the default.
    static let shared = SharedFixture {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                let text = "\(request.method) \(request.target) at \(request["Host"] ?? "-")"
                try connection.send(
                    "HTTP/1.1 200 OK\r\nX-Origin: raw\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
                        + text
                )
            }
        }
        let folder = try TemporaryFolder()
        try folder.write("methodwall: 1\npaths:\n  /**: any\n", to: "policies/rest.yaml")
        let gateway = try RunningGateway(
            policy: "methodwall: 1\nhosts: [admin.test]\npaths:\n  /status: GET\n  /**: none\n",
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--workers", "1"],
            folder: folder,
            keeping: origin
        )
        return Fixture(origin: origin, gateway: gateway)
    }

    static let malformed: [BypassCase] =
        [
            "a b", "a, b", "a,b", "a;b", "evil@admin.test", "admin.test/evil", "admin.test?evil",
            "admin.test#evil", "admin.test\\evil", "admin.test:", "admin.test:0",
            "admin.test:99999", "admin.test:+80", "admin.test:80:80", "admin.test:x", ":80", "",
            "admin.test%00", "%61dmin.test", "[::1", "::1", "[::1%25eth0]", "[evil]", ".", "..",
            "admin..test", ".admin.test", "\"admin.test\"", "http://admin.test", "*",
        ].map {
            BypassCase.malformed(
                "GET /evil HTTP/1.1\r\nHost: \($0)\r\nX-C: evil\r\n\r\n",
                "invalid_host"
            )
        } + [
            .malformed("GET /evil HTTP/1.1\r\nX-C: evil\r\n\r\n", "missing_host"),
            .malformed("GET /evil HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "duplicate_host"),
            .malformed("GET /evil HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n", "duplicate_host"),
            .malformed("GET /evil HTTP/1.1\r\nHost : a\r\n\r\n", "space_before_colon"),
            .malformed("GET /evil HTTP/1.1\r\n Host: a\r\n\r\n", "whitespace_before_fields"),
            .malformed("GET /evil HTTP/1.1\r\nX: y\r\n Host: a\r\n\r\n", "obs_fold"),
            .malformed("GET /evil HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "obs_fold"),
            .malformed(
                "GET http://admin.test/evil HTTP/1.1\r\nHost: other.test\r\n\r\n",
                "authority_mismatch"
            ),
            .malformed(
                "GET http://other.test/evil HTTP/1.1\r\nHost: admin.test\r\n\r\n",
                "authority_mismatch"
            ),
            .malformed(
                "GET http://admin.test:81/evil HTTP/1.1\r\nHost: admin.test\r\n\r\n",
                "authority_mismatch"
            ),
        ]

    @Test(
        "B-40: a host that is missing, double, ambiguous or none is refused",
        arguments: malformed
    )
    func refusesMalformedHosts(_ bypass: BypassCase) throws {
        try bypass.expectRefusal(by: Self.shared.get())
    }

    @Test(
        "B-40: no spelling of a host leads to the policy of another",
        arguments: [
            "admin.test", "ADMIN.test", "Admin.Test", "admin.test.", "admin.test:80",
            "admin.test:8080", "aDmIn.TeSt.:81", "admin.test:080",
        ]
    )
    func findsThePolicy(_ host: String) throws {
        let fixture = try Self.shared.get()
        let text = request("DELETE", "/evil", ["X-C: evil"], host: host)
        #expect(try fixture.gateway.exchange(text).status == 405)
        try fixture.expectNoEvil()
    }

    @Test("B-40: only HTTP/1.0 may come without a host, and gets the policy for any host")
    func judgesOldRequests() throws {
        let gateway = try Self.shared.get().gateway
        let response = try gateway.exchange("GET /old HTTP/1.0\r\n\r\n")
        #expect(response.status == 200)
        #expect(try gateway.exchange("BREW /evil HTTP/1.0\r\n\r\n").status == 501)
    }

    @Test("B-40: the origin gets one Host, and the validated one in X-Forwarded-Host")
    func forwardsOneHost() throws {
        let fixture = try Self.shared.get()
        for (target, host) in [
            ("/one", "other.test:8080"), ("http://Other.test/two", "Other.test"),
        ] {
            let response = try fixture.gateway.exchange(
                request("GET", target, ["X-Forwarded-Host: evil.test"], host: host)
            )
            #expect(response.text.hasSuffix(" at \(host)"))
            #expect(fixture.countAtOrigin("\r\nX-Forwarded-Host: \(host)\r\n") == 1)
            #expect(fixture.countAtOrigin("\r\nHost: \(host)\r\n") == 1)
        }
        #expect(!fixture.origin.receivedText.contains("evil"))
    }
}

extension Fixture {
    fileprivate init(origin: RawOrigin, gateway: RunningGateway) {
        self.origin = origin
        self.gateway = gateway
    }
}
