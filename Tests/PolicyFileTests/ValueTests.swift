import Testing

@testable import PolicyFile

/// The small values that files are made of.
@Suite struct ValueTests {
    @Test(
        "durations have a number and a unit",
        arguments: [
            ("0s", Duration.zero), ("250ms", .milliseconds(250)), ("10s", .seconds(10)),
            ("5m", .seconds(300)), ("1h", .seconds(3600)), ("365d", .seconds(31_536_000)),
        ]
    )
    func readsDurations(_ text: String, _ duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(
        "anything else is not a duration",
        arguments: [
            "", "s", "10", "10 s", "-1s", "+1s", "1.5s", "1S", "1w", "366d", "1e3s", "10s ", "٣s",
            "999999999999999d", "9999999999999999s",
        ]
    )
    func refusesDurations(_ text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(
        "sizes have a number and a binary unit",
        arguments: [
            ("512B", 512), ("32KiB", 32_768), ("8MiB", 8_388_608), ("1GiB", 1 << 30),
            ("1TiB", 1 << 40), ("10", nil), ("10KB", nil), ("10k", nil), ("-1B", nil), ("", nil),
            ("999999999999999TiB", nil),
        ] as [(String, Int?)]
    )
    func readsSizes(_ text: String, _ size: Int?) {
        #expect(Quantity.size(text) == size)
    }

    @Test(
        "the nearest word is found, and a far one is not",
        arguments: [
            ("hots", "hosts"), ("host", "hosts"), ("HOSTS", "hosts"), ("ohsts", "hosts"),
            ("path", "paths"), ("pahts", "paths"), ("trailing-slash", "trailing_slash"),
            ("paint", nil), ("x", nil), ("", nil), ("zebra", nil),
        ] as [(String, String?)]
    )
    func suggests(_ word: String, _ nearest: String?) {
        #expect(
            Suggestion.nearest(to: word, among: ["hosts", "paths", "trailing_slash"]) == nearest
        )
    }

    @Test(
        "addresses to listen on",
        arguments: [
            ("127.0.0.1:8405", ListenAddress(host: "127.0.0.1", port: 8405)),
            ("[::]:0", ListenAddress(host: "::", port: 0)),
            ("localhost:80", ListenAddress(host: "localhost", port: 80)),
            ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
            ("systemd:http", .systemd(name: "http")), ("systemd:", nil), ("systemd:a b", nil),
            (".:80", nil), ("a..b:80", nil),
            ("8080", nil), (":8080", nil), ("::1:80", nil), ("a:65536", nil), ("a:", nil),
            ("a:b", nil), ("unix:a", nil), ("http://a:1", nil), ("[::1]", nil), ("[::1", nil),
            ("[a]:1", nil), ("a b:1", nil), ("unix:/" + String(repeating: "x", count: 120), nil),
        ] as [(String, ListenAddress?)]
    )
    func readsListenAddresses(_ text: String, _ address: ListenAddress?) {
        #expect(ListenAddress(text) == address)
        #expect((ListenAddress.fault(in: text) == nil) == (address != nil))
        if let address { #expect(address.description == text) }
    }

    @Test(
        "what cannot be an upstream is refused",
        arguments: [
            "unix:/run/a\u{0}b", "unix:/run/a\nb", "unix:/run/a\u{7F}", "unix:/", "unix:a",
            "unix:/" + String(repeating: "x", count: 107), "http://.", "http://...", "http://a..b",
            "http://.a", "http://a..", "http://a b", "http://[::1", "http://[1:.]",
            "http://[::1\u{0}]",
            "http://user@a", "http://a/b", "http://a?b", "ftp://a", "http://a:0", "http://a:",
        ]
    )
    func refusesUpstreams(_ text: String) {
        #expect(UpstreamURL.fault(in: text) != nil)
    }

    @Test(
        "link-local addresses are no upstreams, however they are written (L-26)",
        arguments: [
            "http://169.254.169.254", "https://169.254.0.1:443/", "http://[fe80::1]:80",
            "http://[FEBF::1]", "http://[::ffff:169.254.169.254]", "http://2852039166",
            "http://0xA9.254.169.254", "http://169.16689662", "http://169.254.169.254.",
        ]
    )
    func refusesLinkLocal(_ text: String) throws {
        let fault = try #require(UpstreamURL.fault(in: text))
        #expect(fault.why.contains("link-local") && fault.hint?.contains("metadata") == true)
    }

    @Test(
        "other upstreams are accepted",
        arguments: [
            "http://a", "http://a.example.:80", "https://10.0.0.1:8443/", "http://[::1]:9000",
            "http://169.253.1.1", "http://169.254.example", "http://[fec0::1]",
            "unix:/run/a b.sock",
        ]
    )
    func acceptsUpstreams(_ text: String) {
        #expect(UpstreamURL.fault(in: text) == nil)
    }

    @Test(
        "the digest is SHA-256, however it is fed (FIPS 180-4's examples)",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func digests(_ text: String, _ expected: String) {
        for size in 1...65 {
            var digest = Digest()
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                digest.update(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(digest.hexadecimal() == expected)
        }
    }

    @Test("the digest of a million octets is right")
    func digestsMuch() {
        var digest = Digest()
        for _ in 0..<1000 { digest.update([UInt8](repeating: 0x61, count: 1000)) }
        #expect(
            digest.hexadecimal()
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        )
    }
}
