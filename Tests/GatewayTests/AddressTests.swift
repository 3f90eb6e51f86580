import Dispatch
import MethodPolicy
import Testing

@testable import Gateway

@Suite("Addresses (R-16 B-42 B-69)")
struct AddressTests {
    @Test(
        "An address is read and written",
        arguments: ["127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8::7f"]
    )
    func readsAddresses(text: String) throws {
        let address = try #require(PeerAddress(text: text))
        #expect(address.text == Array(text.utf8))
        #expect(address.network == NetworkAddress(text))
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

    @Test("A peer without an address has none to be told apart by")
    func hasNoAddress() {
        #expect(PeerAddress.none.network == nil)
        #expect(String(decoding: PeerAddress.none.text, as: UTF8.self) == "unknown")
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
}
