import Dispatch
import Testing

@testable import Gateway

@Suite("Addresses (R-16 B-42 B-69)")
struct AddressTests {
    @Test(
        "An address is 4 or 16 octets, written as it came",
        arguments: [
            ("127.0.0.1", [127, 0, 0, 1]), ("0.0.0.0", [0, 0, 0, 0]),
            ("255.255.255.255", [255, 255, 255, 255]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("2001:db8::7f", [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f]),
        ] as [(String, [UInt8])]
    )
    func readsAddresses(text: String, octets: [UInt8]) throws {
        let address = try #require(PeerAddress(text: text))
        #expect(address.octets == octets)
        #expect(address.text == Array(text.utf8))
    }

    @Test(
        "An IPv4-mapped IPv6 address is the IPv4 address",
        arguments: ["::ffff:192.0.2.7", "::FFFF:192.0.2.7", "::ffff:c000:207"]
    )
    func unmapsAddresses(_ text: String) throws {
        let address = try #require(PeerAddress(text: text))
        #expect(address == PeerAddress(text: "192.0.2.7"))
        #expect(String(decoding: address.text, as: UTF8.self) == "192.0.2.7")
    }

    @Test(
        "What is no address is not read",
        arguments: [
            "", " ", "unknown", "127.1", "127.0.0.1.", "127.0.0.256", "127.0.0.1 ", "[::1]",
            "::1::", ":::", "1:2:3:4:5:6:7", "10.0.0.0/8", "example.com", "1.2.3.4:80",
        ]
    )
    func refusesOtherText(_ text: String) {
        #expect(PeerAddress(text: text) == nil)
    }

    @Test("A peer without an address is in no range")
    func hasNoAddress() throws {
        let none = PeerAddress.none
        #expect(String(decoding: none.text, as: UTF8.self) == "unknown")
        for text in ["0.0.0.0/0", "::/0"] {
            let prefix = try #require(AddressPrefix(text))
            #expect(!prefix.contains(none))
        }
    }

    @Test(
        "A range holds its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "9.255.255.255", false), ("10.1.2.3/8", "10.200.0.1", true),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
            ("192.0.2.7/32", "192.0.2.7", true), ("192.0.2.7/32", "192.0.2.8", false),
            ("192.0.2.6/31", "192.0.2.7", true), ("192.0.2.6/31", "192.0.2.8", false),
            ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
            ("128.0.0.0/1", "255.0.0.1", true), ("128.0.0.0/1", "127.255.255.255", false),
            ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
            ("255.255.255.255/0", "1.2.3.4", true),
            ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.7", false),
            ("::/0", "::ffff:192.0.2.7", false),
            ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::", false),
            ("::1/128", "::1", true), ("::1/128", "::2", false), ("::2/127", "::3", true),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true), ("::ffff:192.0.2.7", "192.0.2.7", true),
        ] as [(String, String, Bool)]
    )
    func holdsAddresses(prefix: String, address: String, isInside: Bool) throws {
        let range = try #require(AddressPrefix(prefix))
        let peer = try #require(PeerAddress(text: address))
        #expect(range.contains(peer) == isInside)
    }

    @Test(
        "What is no range is not read",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/8 ",
            "10.0.0.0/8/8", "10.0.0.0/x", "10.0.0/8", "::/129", "::1/", "localhost", "any/0",
            "10.0.0.0/99999999999999999999",
        ]
    )
    func refusesOtherRanges(_ text: String) {
        #expect(AddressPrefix(text) == nil)
    }

    @Test("B-69: connections are counted in all and for each client")
    func countsConnections() throws {
        let ledger = ConnectionLedger(connectionsMax: 3, perClientMax: 2)
        let first = try #require(PeerAddress(text: "192.0.2.1"))
        let second = try #require(PeerAddress(text: "192.0.2.2"))
        #expect(ledger.open(first))
        #expect(ledger.open(first))
        // One too many of the client. It does not count: it costs the others nothing.
        #expect(!ledger.open(first))
        #expect(ledger.total == 2)
        #expect(ledger.open(second))
        // One too many in all.
        #expect(!ledger.open(second))
        #expect(ledger.total == 3)
        ledger.close(first)
        #expect(ledger.open(second))
        for client in [first, second, second] { ledger.close(client) }
        #expect(ledger.total == 0)
        #expect(ledger.open(first))
    }

    @Test("B-69: a client counts the same in both notations of its address")
    func countsMappedAddresses() throws {
        let ledger = ConnectionLedger(connectionsMax: 10, perClientMax: 1)
        let plain = try #require(PeerAddress(text: "192.0.2.1"))
        let mapped = try #require(PeerAddress(text: "::ffff:192.0.2.1"))
        #expect(ledger.open(plain))
        #expect(!ledger.open(mapped))
    }

    @Test("Workers that count at once lose nothing")
    func countsFromManyThreads() throws {
        let ledger = ConnectionLedger(connectionsMax: 8, perClientMax: 8)
        let client = try #require(PeerAddress(text: "192.0.2.1"))
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<2000 {
                _ = ledger.open(client)
                ledger.close(client)
            }
        }
        #expect(ledger.total == 0)
        #expect(ledger.open(client))
    }

    @Test(
        "Listening addresses are read",
        arguments: [
            ("127.0.0.1:8405", "127.0.0.1", 8405), ("[::1]:0", "::1", 0), ("[::]:1", "::", 1),
            (":8405", "0.0.0.0", 8405), ("localhost:65535", "localhost", 65535),
        ]
    )
    func readsListenAddresses(text: String, host: String, port: Int) throws {
        let parsed = try ListenAddress.parse(text)
        #expect(parsed.host == host)
        #expect(parsed.port == port)
    }

    @Test(
        "What is no listening address is refused in one line that shows it",
        arguments: [
            "", "127.0.0.1", "127.0.0.1:", ":", "[::1]", "::1:80", "::", "host:http", "host:65536",
            "host:-1", "host: 80", "host:80 ", "host:99999999999999999999",
        ]
    )
    func refusesListenAddresses(_ text: String) {
        do throws(GatewayError) {
            let parsed = try ListenAddress.parse(text)
            Issue.record("read as \(parsed.host) and \(parsed.port)")
        } catch {
            #expect(error.description.hasPrefix("cannot listen on '\(text)': "))
            #expect(!error.description.contains("\n"))
        }
    }
}
