import MethodPolicy
import Testing

@Suite("Networks and names of clients")
struct NetworkTests {
    @Test(
        "addresses are read as text and written in one form",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("::ffff:192.0.2.7", "192.0.2.7"), ("::FFFF:c000:0207", "192.0.2.7"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("::192.0.2.7", "::c000:207"),
        ]
    )
    func readsAddresses(_ example: (text: String, description: String)) throws {
        let address = try #require(NetworkAddress(example.text))
        #expect(address.description == example.description)
        #expect(NetworkAddress(example.description) == address)
        #expect(address.isIPv4 == !example.description.contains(":"))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4",
        ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1%eth0", "[::1]", "::12345", "::g",
        "1::2::3", "1.2.3.4:80", "localhost", "١.2.3.4",
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(NetworkAddress(text) == nil)
        #expect(NetworkPrefix(text) == nil)
    }

    @Test func takesOctets() {
        let four: [UInt8] = [192, 0, 2, 7]
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255] + four
        let six = [UInt8](repeating: 0, count: 15) + [1]
        #expect(NetworkAddress(octets: four.span) == NetworkAddress("192.0.2.7"))
        #expect(NetworkAddress(octets: mapped.span) == NetworkAddress("192.0.2.7"))
        #expect(NetworkAddress(octets: six.span) == NetworkAddress("::1"))
        for count in [0, 3, 5, 15, 17] {
            #expect(NetworkAddress(octets: [UInt8](repeating: 1, count: count).span) == nil)
        }
    }

    @Test(
        "a range holds its addresses and no others, IPv4 and IPv6 apart",
        arguments: [
            (
                "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
                ["9.255.255.255", "11.0.0.0", "::a00:1"]
            ),
            ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8", "::c000:207"]),
            ("192.0.2.6/31", ["192.0.2.6", "192.0.2.7"], ["192.0.2.5", "192.0.2.8"]),
            ("0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "::", "fd00::1"]),
            ("::/0", ["::1", "ffff::"], ["1.2.3.4", "::ffff:1.2.3.4"]),
            ("fd00::/8", ["fd00::", "fdff::1"], ["fc00::", "fe00::"]),
            ("::1/128", ["::1"], ["::", "::2"]),
            ("::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.0.0.0"]),
        ]
    )
    func holds(_ example: (text: String, inside: [String], outside: [String])) throws {
        let prefix = try #require(NetworkPrefix(example.text))
        for text in example.inside {
            #expect(prefix.contains(try #require(NetworkAddress(text))), "\(text)")
        }
        for text in example.outside {
            #expect(!prefix.contains(try #require(NetworkAddress(text))), "\(text)")
        }
        #expect(NetworkPrefix(prefix.description) == prefix)
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
        "10.0.0.0/8/8", "/8", "::1/127", "::/129", "::/1280", "::ffff:10.0.0.0/95", "10.0.0.0/ 8",
        "fd00::1/8", "::ffff:0.0.0.0/0",
    ])
    func refusesWhatIsNoRange(_ text: String) {
        #expect(NetworkPrefix(text) == nil)
    }

    @Test("names of certificates have a kind")
    func readsNames() {
        #expect(CertificateName("subject=CN=deploy,O=Example") == .subject("CN=deploy,O=Example"))
        #expect(CertificateName("dns=deploy.example.com") == .dns("deploy.example.com"))
        #expect(CertificateName("uri=spiffe://a/b?c=d") == .uri("spiffe://a/b?c=d"))
        #expect(CertificateName("email=a@example.com") == .email("a@example.com"))
        for text in [
            "", "dns", "dns=", "=a", "DNS=a", "subject=deploy", "ip=10.0.0.1", "dns=a\nb",
            "dns=" + String(repeating: "a", count: 1_025),
        ] {
            #expect(CertificateName(text) == nil, "\(text)")
        }
    }
}
