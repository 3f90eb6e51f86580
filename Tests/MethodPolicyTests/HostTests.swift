import MethodPolicy
import TestKit
import Testing

@Suite("Hosts")
struct HostTests {
    static let served: [(host: String, policy: String)] = [
        ("shop.example.com", "shop"), ("SHOP.Example.COM", "shop"), ("shop.example.com.", "shop"),
        ("a.shop.example.com", "shop-below"), ("a.b.shop.example.com", "shop-below"),
        ("A.SHOP.example.com.", "shop-below"),
        ("x.example.com", "below"), ("xshop.example.com", "below"),
        ("a.b.example.com", "below"), ("-.example.com", "below"),
        ("exact.below.example.com", "exact"), ("x.exact.below.example.com", "below"),
        ("[::1]", "address"), ("127.0.0.1", "address"),
        ("[0:0:0:0:0:0:0:1]", "address"), ("[::0001]", "address"), ("[0::0:1]", "address"),
        ("[0000:0000:0000:0000:0000:0000:0000:0001]", "address"), ("[::0.0.0.1]", "address"),
        ("[::2]", "rest"), ("[::1:0]", "rest"), ("[1::]", "rest"), ("[::]", "rest"),
        ("[2001:DB8::a]", "address-2"), ("[2001:db8:0:0:0::000A]", "address-2"),
        ("[2001:db8::b]", "rest"), ("[2001:db8:0:a::]", "rest"),
        ("[::FFFF:102:304]", "address-2"), ("[::ffff:1.2.3.4]", "address-2"),
        ("[0:0:0:0:0:ffff:1.2.3.4]", "address-2"), ("[::ffff:1.2.3.5]", "rest"),
        ("[::1.2.3.4]", "rest"), ("1.2.3.4", "rest"),
        // What is no address is nobody's, even if it ends like a wildcard.
        ("[::1", "rest"), ("::1", "rest"), ("[::1].", "rest"), ("[::1]x", "rest"),
        ("[", "rest"), ("[]", "rest"), ("[:]", "rest"), ("[:::1]", "rest"), ("[::1:]", "rest"),
        ("[::1%25eth0]", "rest"), ("[.example.com", "rest"), ("[a.example.com", "rest"),
        // Nothing stands before the dot, or another name ends alike: not covered by a wildcard.
        (".example.com", "rest"), ("example.com", "rest"), ("badexample.com", "rest"),
        ("shop.example.com..", "rest"), ("shop.example.com:80", "rest"),
        ("", "rest"), (".", "rest"), ("..", "rest"), ("*.example.com", "below"),
        (String(repeating: "a.", count: 120) + "example.com", "below"),
        // No name is that long, so no file with hosts serves it.
        (String(repeating: "a.", count: 122) + "example.com", "rest"),
    ]

    static let definitions = [
        policy([rule("/shop")], name: "shop", hosts: ["shop.example.com"]),
        policy([rule("/shop-below")], name: "shop-below", hosts: ["*.Shop.example.com"]),
        policy([rule("/below")], name: "below", hosts: ["*.example.com"]),
        policy([rule("/exact")], name: "exact", hosts: ["exact.below.example.com"]),
        policy([rule("/address")], name: "address", hosts: ["[::1]", "127.0.0.1"]),
        policy(
            [rule("/address-2")],
            name: "address-2",
            hosts: ["[2001:db8::A]", "[::ffff:1.2.3.4]"]
        ),
    ]

    @Test("exact, then the longest wildcard, then the file without hosts", arguments: served)
    func servesHosts(_ example: (host: String, policy: String)) throws {
        let rest = policy([rule("/rest")], name: "rest")
        for definitions in [Self.definitions + [rest], [rest] + Self.definitions.reversed()] {
            let snapshot = try snapshot(definitions)
            #expect(
                snapshot.outcome("GET", "/\(example.policy)", host: example.host)
                    == .forward(pattern: "/\(example.policy)")
            )
            let host = Array(example.host.utf8)
            let policy = snapshot.policy(forHost: host.span)
            #expect(policy?.name == example.policy)
        }
    }

    @Test("R-20: a host that no file serves gets 421")
    func refusesOtherHosts() throws {
        let snapshot = try snapshot(Self.definitions)
        for (host, policy) in Self.served where policy == "rest" {
            #expect(
                snapshot.outcome("GET", "/shop", host: host)
                    == .refuse(status: 421, .noPolicyForHost, allow: nil),
                "\(host)"
            )
        }
        #expect(
            try PolicySnapshot.compile([], version: "0", defaultUpstream: nil).get()
                .outcome("GET", "/") == .refuse(status: 421, .noPolicyForHost, allow: nil)
        )
    }

    @Test(
        "one IPv6 address written in two ways is one host",
        arguments: [
            ("[::1]", "[0:0:0:0:0:0:0:1]"), ("[::1]", "[::0001]"), ("[2001:DB8::]", "[2001:db8::]"),
            ("[::ffff:1.2.3.4]", "[::FFFF:0102:0304]"), ("[::]", "[0:0:0:0:0:0:0:0]"),
            ("[::]", "[::0.0.0.0]"), ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"),
            ("[::2:3:4:5:6:7:8]", "[0:2:3:4:5:6:7:8]"), ("[1::8]", "[1:0:0:0::0:0:8]"),
            ("[1:2:3:4:5:6:255.255.0.1]", "[1:2:3:4:5:6:ffff:1]"),
        ]
    )
    func comparesAddresses(_ pair: (String, String)) throws {
        let found = faults([
            policy([rule("/a")], name: "a", hosts: [pair.0]),
            policy([rule("/b")], name: "b", hosts: [pair.1]),
        ])
        #expect(found.map(\.code) == [.duplicateHost])
        #expect(found.first?.related.map(\.file) == ["a.yaml"])
        let one = try snapshot(policy([rule("/a")], hosts: [pair.0]))
        #expect(one.outcome("GET", "/a", host: pair.1) == .forward(pattern: "/a"))
    }

    @Test("any 128 bits compare as the number they are, in long, short and mixed spellings")
    func comparesRandomAddresses() throws {
        let seed: UInt64 = 0x1F6_5EED
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let groups = (0..<8).map { _ in
                Bool.random(using: &generator)
                    ? 0 : UInt16.random(in: 0...0xFFFF, using: &generator)
            }
            let other = groups.enumerated().map {
                $0.offset == round % 8 ? ~$0.element : $0.element
            }
            let snapshot = try snapshot(policy([rule("/a")], hosts: [long(groups)]))
            for spelling in spellings(groups) {
                #expect(
                    snapshot.outcome("GET", "/a", host: spelling) == .forward(pattern: "/a"),
                    "seed \(seed), round \(round): \(spelling) is \(long(groups))"
                )
            }
            for spelling in spellings(other) {
                #expect(
                    snapshot.outcome("GET", "/a", host: spelling).isRefused,
                    "seed \(seed), round \(round): \(spelling) is not \(long(groups))"
                )
            }
        }
    }

    private func hexadecimal(_ groups: some Sequence<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    private func long(_ groups: [UInt16]) -> String {
        let padded = groups.map { group in
            let digits = String(group, radix: 16, uppercase: true)
            return String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "[\(padded.joined(separator: ":"))]"
    }

    /// Every way to leave out one run of zero groups, with the end in either form.
    private func spellings(_ groups: [UInt16]) -> [String] {
        let octets = groups[6...].flatMap { [$0 >> 8, $0 & 0xFF] }.map { String($0) }
        let dotted = octets.joined(separator: ".")
        var spellings = ["[\(hexadecimal(groups))]", "[\(hexadecimal(groups[..<6])):\(dotted)]"]
        for start in 0..<8 {
            for end in start..<8 where groups[start...end].allSatisfy({ $0 == 0 }) {
                let head = hexadecimal(groups[..<start])
                spellings.append("[\(head)::\(hexadecimal(groups[(end + 1)...]))]")
                guard end < 6 else { continue }
                let middle = groups[(end + 1)..<6].map { String($0, radix: 16) + ":" }.joined()
                spellings.append("[\(head)::\(middle)\(dotted)]")
            }
        }
        return spellings
    }

    @Test(arguments: [
        "", "*", "*.", "**.example.com", "a.*.com", "a*.example.com", "http://example.com",
        "example.com/", "example.com:80", ".example.com", "example..com", "example.com.",
        "b\u{FC}cher.example", "a b", "[::1", "[]", "[1.2.3.4]", "[:]", "[:::]", "[1]",
        "[::1:]", "[:1::]", "[1::2::3]", "[12345::]", "[::g]", "[::1].", "[::1]:80", "[::1%25eth0]",
        "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::1:2:3:4:5:6:7:8]",
        "[1:2:3:4:5:6:7:1.2.3.4]", "[1:2:3:4:5:6::1.2.3.4]", "[::1.2.3]", "[::1.2.3.4.5]",
        "[::256.1.1.1]", "[::01.2.3.4]", "[::1.2.3.4:5]", "[::1.2.3.]", "[v1.x]", "[::.1.2.3]",
        "user@example.com",
        String(repeating: "a", count: 64) + ".test", String(repeating: "a.", count: 127) + "a",
    ])
    func refusesWhatIsNoHost(_ host: String) {
        let found = faults([policy([rule("/")], hosts: [host])])
        #expect(found.map(\.code) == [.invalidHost])
    }
}
