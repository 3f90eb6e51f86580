import MethodPolicy
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

    @Test(arguments: [
        "", "*", "*.", "**.example.com", "a.*.com", "a*.example.com", "http://example.com",
        "example.com/", "example.com:80", ".example.com", "example..com", "example.com.",
        "b\u{FC}cher.example", "a b", "[::1", "[]", "[1.2.3.4]", "user@example.com",
        String(repeating: "a", count: 64) + ".test", String(repeating: "a.", count: 127) + "a",
    ])
    func refusesWhatIsNoHost(_ host: String) {
        let found = faults([policy([rule("/")], hosts: [host])])
        #expect(found.map(\.code) == [.invalidHost])
    }
}
